// The checks of an ID token, in the order of OpenID Connect Core 3.1.3.7 and, after a refresh, 12.2.
import { SessionError } from '../errors.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Expected {
	isIssuer(iss: unknown): boolean
	readonly clientId: string
	/** Audiences that may be named beside this client. */
	readonly trustedAudiences?: readonly string[]
	/** What the sign-in sent; after a refresh what the former ID token had, and it need not come back. */
	readonly nonce: string | undefined
	/** Whose session it is; `undefined` where a sign-in is to tell. */
	readonly sub: string | undefined
	/** Whether it came with a refresh: then it need not say again what the first one said. */
	readonly isRefresh: boolean
	/** Wall clock, ms since the epoch, corrected by `skewMs` where the token shows one; `undefined` after a refresh, whose answer is fresh by itself: a clock that was set ends no session (I4). */
	readonly now: number | undefined
	/** How far the wall clock is ahead of the provider's by this token, ms: it came over TLS, to a request of this page. */
	readonly skewMs?: number
	readonly toleranceMs: number
	/** What the sign-in asked for. */
	readonly asked?: Asked | undefined
}

/** What a sign-in asked for and the ID token has to show. */
export interface Asked {
	/** The authentication may be no older than this, s. */
	readonly maxAge?: number | undefined
	/** One of these, asked for as essential (OpenID Connect Core 5.5.1.1). */
	readonly acr?: readonly string[] | undefined
}

const refuse = (detail: string): never => {
	throw new SessionError('id_token_invalid', { detail })
}

function partOf(jwt: string, at: 0 | 1): Claims | undefined {
	const [header, payload, signature, more] = jwt.split('.')
	if (!header || !payload || signature === undefined || more !== undefined) return undefined
	try {
		const part = [header, payload][at] as string
		const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), char => char.charCodeAt(0))
		const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
		return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Claims) : undefined
	} catch {
		return undefined
	}
}

/** The claims of a JWT (RFC 7519), unchecked. */
export const payloadOf = (jwt: string): Claims | undefined => partOf(jwt, 1)

/** RFC 7515 section 4.1.1 */
export const algOf = (jwt: string): string => String(partOf(jwt, 0)?.['alg'] ?? '')

/** The claims of a JWT, unchecked. @throws SessionError `id_token_invalid` if it is none */
export function decode(jwt: unknown): Claims {
	const claims = typeof jwt === 'string' ? payloadOf(jwt) : undefined
	return claims ?? refuse('not a JWT')
}

/** Characters of an audience that an error shows. */
const SHOWN_AUDIENCE = 100

/** The audiences beside this client are trusted by it (OpenID Connect Core 3.1.3.7, 3): as the token was issued to it, or by the option. */
function checkAudiences(audiences: readonly unknown[], azp: unknown, { clientId, trustedAudiences = [] }: Expected) {
	if (!audiences.includes(clientId)) refuse('aud')
	if (azp === clientId) return
	if (azp !== undefined) refuse('azp')
	const other = audiences.find(audience => audience !== clientId && !trustedAudiences.includes(audience as string))
	if (other !== undefined) refuse(`aud: ${JSON.stringify(other).slice(0, SHOWN_AUDIENCE)} is not in trustedAudiences`)
}

/**
 * The present by the provider's clock. Where the answer came over TLS to a request of this page, with the nonce of that request, its time of
 * issue is the present one; a token that is over as it is issued shows nothing.
 */
function presentBy({ nonce: given, exp, iat }: Claims, { nonce, now, skewMs = 0 }: Expected): number | undefined {
	const isTelling = nonce !== undefined && given === nonce && typeof exp === 'number' && typeof iat === 'number' && exp > iat
	return now === undefined || !isTelling ? now : now - skewMs
}

/** @throws SessionError `id_token_invalid`, naming the claim */
export function checkIdToken(jwt: unknown, expected: Expected): Claims {
	const { isIssuer, nonce, sub, isRefresh, toleranceMs, asked = {} } = expected
	const claims = decode(jwt)
	const now = presentBy(claims, expected)
	const { iss, aud, azp, exp, iat, acr, auth_time: authTime } = claims as Record<string, unknown>
	// 2. The issuer is the one discovered.
	if (!isIssuer(iss)) refuse('iss')
	// 3, 4, 5. This client is among the audiences, and it trusts the others; azp, where it is present, is this client.
	checkAudiences(Array.isArray(aud) ? aud : [aud], azp, expected)
	// 6. TLS to the token endpoint stands for the signature, unless `verifySignature` is set.
	// 7. An algorithm is named, and it is not `none`: only a client that registered it may take that.
	if (/^(none)?$/i.test(algOf(jwt as string))) refuse('alg')
	// 9. Not expired.
	if (typeof exp !== 'number' || (now !== undefined && now >= exp * 1000 + toleranceMs)) refuse('exp')
	// 10. Not issued in the future.
	if (typeof iat !== 'number' || (now !== undefined && iat * 1000 > now + toleranceMs)) refuse('iat')
	// 11. The nonce of this very sign-in; 12.2: after a refresh the same, if any.
	if (nonce !== undefined && (!isRefresh || 'nonce' in claims) && claims['nonce'] !== nonce) refuse('nonce')
	// 12. What was asked for as essential.
	if (asked.acr && !asked.acr.includes(acr as string)) refuse('acr')
	// 13. The authentication is as recent as was asked.
	const { maxAge } = asked
	if (maxAge !== undefined && now !== undefined && !(typeof authTime === 'number' && now <= (authTime + maxAge) * 1000 + toleranceMs))
		refuse('auth_time')
	// 2 (Core 2): sub is a non-empty string of at most 255 characters; 12.2: the same user after a refresh.
	const subject = claims['sub']
	if (typeof subject !== 'string' || !subject || subject.length > 255 || (sub !== undefined && subject !== sub)) refuse('sub')
	return claims
}

/** The hash function of a signature's algorithm (RFC 7518 section 3.1, RFC 9864); `undefined` where WebCrypto has none. */
function hashOf(alg: string): string | undefined {
	const bits = /(256|384|512)K?$/.exec(alg)?.[1]
	return bits ? `SHA-${bits}` : /^(EdDSA|Ed25519)$/.test(alg) ? 'SHA-512' : undefined
}

/**
 * OpenID Connect Core 3.1.3.8: an access token that came with this ID token, where that says so.
 * @throws SessionError `id_token_invalid`, naming `at_hash`
 */
export async function checkAccessTokenHash(jwt: string, accessToken: string): Promise<void> {
	const { at_hash: given } = decode(jwt) as { at_hash?: unknown }
	const hash = hashOf(algOf(jwt))
	if (given === undefined || !hash) return
	const digest = new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(accessToken)))
	const half = btoa(String.fromCharCode(...digest.subarray(0, digest.length / 2)))
	const expected = half.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
	if (given !== expected) refuse('at_hash')
}
