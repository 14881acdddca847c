// A token response, checked and brought into the form the record keeps. Apart from the exchange, so that the answer is durable first (I7).
import { SessionError } from '../errors.ts'
import type { User } from '../snapshot.ts'
import { isFlat } from './http.ts'
import { type Claims, checkIdToken, type Expected, payloadOf } from './id-token.ts'

/** A raw token response (RFC 6749 section 5.1) and how old it may be. */
export interface Answer {
	readonly response: Readonly<Record<string, unknown>>
	/** When it was asked for: the tokens are no older than this; ms in session time. */
	readonly issuedAt: number
	/** Wall clock, ms since the epoch. */
	readonly receivedWall: number
	/** Monotonic clock of the page load that asked; absent in what an older page has stored. */
	readonly receivedMono?: number
	/** Wall clock as it was asked for; absent in what an older page has stored. */
	readonly sentWall?: number
	/** The page load that asked. */
	readonly page?: string
	/** Of the silent sign-in that it answers: it comes in place of a refresh, and brings an ID token of its own. */
	readonly nonce?: string | undefined
	/** Of what it was asked for, where that is not the main token: whoever finds it must know where it belongs. */
	readonly name?: string
}

/** What was there before a refresh; responses may leave out what has not changed. */
export interface Former {
	readonly refreshToken: string | undefined
	readonly idToken: string
	readonly user: User
}

export interface Validated {
	readonly tokens: {
		readonly accessToken: string
		readonly refreshToken: string | undefined
		readonly idToken: string
	}
	readonly user: User
	readonly issuedAt: number
	readonly expiresAt: number
	/** Of the refresh token and of the provider's session; `undefined` where this answer does not tell. */
	readonly refreshExpiresAt: number | undefined
	readonly sessionExpiresAt: number | undefined
	readonly renewable: boolean
	/** How long ago the user authenticated, by the provider's clock. */
	readonly authenticatedMsAgo: number | undefined
	/** OpenID Connect Front-Channel Logout 1.0 section 3; `undefined` where the answer has no ID token, or that does not name it. */
	readonly sid: string | undefined
}

/** Claims about the token rather than the user. */
const PROTOCOL_CLAIMS = new Set(
	'iss aud exp iat nbf jti nonce at_hash c_hash s_hash azp sid session_state session_expiry typ auth_time'.split(' '),
)

const LONGEST_LIFETIME_S = 30 * 86_400

/** A claim that is nested too deep is left out. @param isOfMany whether users of several issuers are taken: then `iss` belongs to who it is */
const userOf = (claims: Claims, isOfMany: boolean): User =>
	Object.fromEntries(
		Object.entries(claims).filter(([claim, value]) => isFlat(value) && (!PROTOCOL_CLAIMS.has(claim) || (isOfMany && claim === 'iss'))),
	) as unknown as User

interface Lifetime {
	/** The present by a new ID token, ms; `undefined` where none came. */
	readonly present: number | undefined
	readonly toleranceMs: number
	readonly fallbackMs: number
}

/**
 * ms: `expires_in` from the request, else `exp` of a JWT access token (RFC 9068), else the configured lifetime; 0 where it came expired. The `exp`
 * only helps to plan the renewal: without an ID token it is compared with session time, which may differ by the tolerance.
 */
function lifetimeMs({ response, issuedAt }: Answer, accessToken: string, { present, toleranceMs, fallbackMs }: Lifetime): number {
	const told = response['expires_in']
	const seconds = typeof told === 'number' || (typeof told === 'string' && told.trim()) ? Number(told) : Number.NaN
	if (!Number.isNaN(seconds)) return Math.max(0, Math.min(seconds, LONGEST_LIFETIME_S)) * 1000
	const exp = payloadOf(accessToken)?.['exp']
	if (typeof exp !== 'number') return fallbackMs
	const left = exp * 1000 - (present ?? issuedAt)
	if (left > 0) return Math.min(left, LONGEST_LIFETIME_S * 1000)
	return present === undefined && left > -toleranceMs ? fallbackMs : 0
}

/** s; `undefined` where the ID token is none, or was there before. */
function newIssueTime(claims: Claims | undefined, former: Former | undefined): number | undefined {
	const [iat, before] = [claims?.['iat'], former && payloadOf(former.idToken)?.['iat']]
	return typeof iat === 'number' && !(typeof before === 'number' && iat <= before) ? iat : undefined
}

/** ms in session time of a lifetime in s, if it is one. Keycloak says 0 of what never expires. */
const endOf = ({ issuedAt }: Answer, seconds: unknown): number | undefined => {
	const lasting = Number(seconds ?? 0)
	return lasting > 0 && lasting < Number.POSITIVE_INFINITY ? issuedAt + lasting * 1000 : undefined
}

/** `refresh_token_expires_in` of draft-ietf-oauth-refresh-token-expiration; `refresh_expires_in` of Keycloak. */
const refreshEnd = (answer: Answer): number | undefined =>
	endOf(answer, answer.response['refresh_token_expires_in'] ?? answer.response['refresh_expires_in'])

/** `authorization_expires_in` of the same draft; the claim `session_expiry` (IPSIE, OpenID Connect Enterprise Extensions), by the provider's own clock. */
function sessionEnd(answer: Answer, claims: Claims | undefined): number | undefined {
	const { session_expiry: until, iat } = claims ?? {}
	// One that is over as it is told is none: a lifetime in its place, or 0 for never.
	const claimed = typeof until === 'number' && typeof iat === 'number' ? endOf(answer, until - iat) : undefined
	const ends = [claimed, endOf(answer, answer.response['authorization_expires_in'])].filter(end => end !== undefined)
	return ends.length > 0 ? Math.min(...ends) : undefined
}

/** Of the ID token that came; `undefined` where a refresh brought none, as it may. */
function claimsOf(answer: Answer, expected: Wanted, former: Former | undefined): Claims | undefined {
	const { response, receivedWall, nonce: own } = answer
	// Some serialisers write null for what is absent.
	const idToken = response['id_token'] ?? undefined
	const isRefresh = former !== undefined && own === undefined
	if (isRefresh && idToken === undefined) return undefined
	const before = former && payloadOf(former.idToken)
	const nonce = isRefresh ? (before?.['nonce'] as string | undefined) : (own ?? expected.nonce)
	// 12.2: the very issuer of the sign-in, where a predicate takes several; a `sub` says who it is at one of them only (Core 2).
	const isIssuer = (iss: unknown) => expected.isIssuer(iss) && (!before || iss === before['iss'])
	const aheadMs = clockOffMs(answer) ?? 0
	const skewMs = Math.abs(aheadMs) > expected.toleranceMs ? aheadMs : 0
	return checkIdToken(idToken, { ...expected, isIssuer, nonce, isRefresh, skewMs, now: former ? undefined : receivedWall })
}

/** ms between the authentication and the ID token. */
const ageOf = ({ iat, auth_time: authTime }: { iat?: unknown; auth_time?: unknown }): number | undefined =>
	typeof iat === 'number' && typeof authTime === 'number' ? (iat - authTime) * 1000 : undefined

/** ms by which the wall clock is at least ahead of the provider's, as a token response's ID token has it: the answer may have waited for a page that slept. */
export function clockOffMs({ response, issuedAt, receivedWall, sentWall = issuedAt }: Answer): number | undefined {
	const iat = payloadOf(String(response['id_token']))?.['iat']
	if (typeof iat !== 'number') return undefined
	const ms = receivedWall - iat * 1000
	return ms > 0 ? Math.max(0, ms - Math.max(0, receivedWall - sentWall)) : ms
}

type Wanted = Omit<Expected, 'now' | 'isRefresh'>

export interface ExpectedAnswer extends Wanted {
	/** Whether the token is to be bound to a key (RFC 9449). */
	readonly isBound: boolean
	/** Whether ID tokens of several issuers are taken. */
	readonly isOfMany: boolean
}

/**
 * @param former what a refresh, or a silent sign-in in its place, goes on from; `undefined` at sign-in
 * @throws SessionError `id_token_invalid`, `provider_error`
 */
export function validate(
	answer: Answer,
	{ isBound, isOfMany, ...expected }: ExpectedAnswer,
	former: Former | undefined,
	fallbackLifetimeMs: number,
): Validated {
	const { response, issuedAt } = answer
	const { access_token: accessToken, refresh_token: rotated } = response as Record<string, unknown>
	// Some serialisers write null for what is absent.
	const tokenType = response['token_type'] ?? undefined
	if (typeof accessToken !== 'string' || !accessToken) throw new SessionError('provider_error', { detail: 'access_token' })
	// RFC 6749 section 7.1: a client must not use a token whose type it does not know. RFC 9449 section 5: nor one that is bound to no key.
	if (String(tokenType ?? (isBound ? '' : 'bearer')).toLowerCase() !== (isBound ? 'dpop' : 'bearer'))
		throw new SessionError('provider_error', { detail: 'token_type' })
	const claims = claimsOf(answer, expected, former)
	const sid = claims?.['sid']
	const { toleranceMs } = expected
	const iat = newIssueTime(claims, former)
	const present = iat === undefined ? undefined : iat * 1000
	const lifetime = lifetimeMs(answer, accessToken, { present, toleranceMs, fallbackMs: fallbackLifetimeMs })
	// A sign-in that brings nothing of use has failed; in a renewal the refresh token counts too.
	if (lifetime === 0 && !former) throw new SessionError('provider_error', { detail: 'the access token has expired as it arrives' })
	const refreshToken = typeof rotated === 'string' && rotated ? rotated : former?.refreshToken
	return {
		tokens: {
			accessToken,
			refreshToken,
			idToken: claims ? (response['id_token'] as string) : (former?.idToken ?? ''),
		},
		user: claims ? userOf(claims, isOfMany) : (former as Former).user,
		issuedAt,
		expiresAt: issuedAt + lifetime,
		refreshExpiresAt: refreshEnd(answer),
		sessionExpiresAt: sessionEnd(answer, claims),
		renewable: refreshToken !== undefined,
		authenticatedMsAgo: claims && ageOf(claims),
		sid: typeof sid === 'string' && sid ? sid : undefined,
	}
}
