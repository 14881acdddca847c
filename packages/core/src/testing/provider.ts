// An OpenID Provider in memory: rotates refresh tokens, notices their reuse, ends sessions, and has bad days. Answers as over HTTP.
import type { Time } from './time.ts'

export const AUTHORITY = 'https://id.example'

/**
 * What becomes of a refresh token once it is used. `'strict'`: a new one comes, and the old one used again ends the grant.
 * `'grace'`: for a while the old one is taken again. `'kept'`: it stays. `'none'`: there is none.
 */
export type Rotation = 'strict' | 'grace' | 'kept' | 'none'

export interface ProviderOptions {
	/** ms an access token lives. Default 60 s. */
	readonly lifetimeMs?: number
	/** Default `'strict'`. */
	readonly rotation?: Rotation
	/** ms after its rotation for which an old refresh token is taken, for `'grace'`. Default 10 s. */
	readonly graceMs?: number
	/** ms a refresh token lives. Default: for ever. */
	readonly refreshLifetimeMs?: number
}

/** What a token request was about, and what came of it. */
export interface TokenRequest {
	readonly grantType: 'code' | 'refresh'
	readonly token: string
	readonly outcome: 'issued' | 'reissued' | 'refused' | 'reuse'
	/** What was issued, if anything was. */
	readonly accessToken: string | undefined
	/** The authorization request that the code answers. */
	readonly request: URL | undefined
}

export interface Answer {
	readonly status: number
	readonly body: string
	readonly headers?: Readonly<Record<string, string>>
}

export interface Grant {
	readonly sub: string
	/** What ID tokens say of the user. */
	readonly claims: object
	readonly nonce: string
	readonly authTime: number
	refreshToken: string
	isRevoked: boolean
}

interface Issued {
	readonly grant: Grant
	readonly at: number
	usedAt: number | undefined
}

const json = (status: number, body: object): Answer => ({
	status,
	body: JSON.stringify(body),
	headers: { 'Content-Type': 'application/json' },
})

const oauthError = (error: string): Answer => json(400, { error })

/** `btoa` takes Latin-1 only. */
const ascii = (text: string) => text.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Its signature is none: TLS to the token endpoint stands for it (OpenID Connect Core 3.1.3.7, 6). */
const jwt = (claims: object): string =>
	`${btoa('{"alg":"RS256"}')}.${btoa(ascii(JSON.stringify(claims)))
		.replace(/\+/g, '-')
		.replace(/\//g, '_')}.c2ln`

export type FakeProvider = ReturnType<typeof createProvider>

export function createProvider(time: Time, clientId: string, options: ProviderOptions = {}) {
	const { lifetimeMs = 60_000, rotation = 'strict', graceMs = 10_000, refreshLifetimeMs = Number.POSITIVE_INFINITY } = options
	const grants: Grant[] = []
	const codes = new Map<string, { readonly sub: string; readonly claims: object; readonly nonce: string; readonly request: URL }>()
	const issued = new Map<string, Issued>()
	const accessTokens = new Map<string, { readonly grant: Grant; readonly sub: string; readonly expiresAt: number }>()
	const counts = { code: 0, refresh: 0, reuse: 0, revoked: [] as string[] }
	const listeners: ((request: TokenRequest) => void)[] = []
	let serial = 0
	/** Who is signed in at the provider, whatever becomes of the tokens. */
	let session: string | undefined
	/** The browser keeps the provider's cookies from frames, or the provider forbids to be framed. */
	let frames: 'open' | 'without cookies' | 'forbidden' = 'open'
	/** Of whom the next refresh response speaks, by an error of the provider's. */
	let impostor: string | undefined

	const metadata = {
		issuer: AUTHORITY,
		authorization_endpoint: `${AUTHORITY}/authorize`,
		token_endpoint: `${AUTHORITY}/token`,
		revocation_endpoint: `${AUTHORITY}/revoke`,
		end_session_endpoint: `${AUTHORITY}/end-session`,
		jwks_uri: `${AUTHORITY}/jwks`,
	}

	/** Its own clock is right. */
	const seconds = () => Math.floor((Date.UTC(2026, 0, 1) + time.truth()) / 1000)
	/** When the user authenticated last. */
	let authTime = seconds()

	function issue(grant: Grant, isFirst: boolean): Answer {
		serial += 1
		const sub = (!isFirst && impostor) || grant.sub
		if (!isFirst) impostor = undefined
		const accessToken = `access-${serial}`
		accessTokens.set(accessToken, { grant, sub, expiresAt: time.truth() + lifetimeMs })
		const isRotated = rotation !== 'none' && (isFirst || rotation !== 'kept')
		if (isRotated) {
			grant.refreshToken = `refresh-${serial}`
			issued.set(grant.refreshToken, { grant, at: time.truth(), usedAt: undefined })
		}
		const iat = seconds()
		return json(200, {
			access_token: accessToken,
			token_type: 'Bearer',
			expires_in: lifetimeMs / 1000,
			...(isRotated && { refresh_token: grant.refreshToken }),
			id_token: jwt({
				...grant.claims,
				iss: AUTHORITY,
				aud: clientId,
				sub,
				iat,
				exp: iat + 3600,
				auth_time: grant.authTime,
				...(isFirst && { nonce: grant.nonce }),
			}),
		})
	}

	function respond(sub: string, request: URL, claims: object): { readonly state: string; readonly code: string } {
		serial += 1
		const code = `code-${serial}`
		codes.set(code, { sub, claims, nonce: request.searchParams.get('nonce') ?? '', request })
		return { state: request.searchParams.get('state') ?? '', code }
	}

	function exchange(code: string): [TokenRequest['outcome'], Answer] {
		counts.code += 1
		const known = codes.get(code)
		if (!known) return ['refused', oauthError('invalid_grant')]
		codes.delete(code)
		const grant: Grant = { ...known, authTime, refreshToken: '', isRevoked: false }
		grants.push(grant)
		return ['issued', issue(grant, true)]
	}

	function refresh(token: string): [TokenRequest['outcome'], Answer] {
		counts.refresh += 1
		const known = issued.get(token)
		if (!known || known.grant.isRevoked || time.truth() - known.at > refreshLifetimeMs) return ['refused', oauthError('invalid_grant')]
		if (known.usedAt === undefined || rotation === 'kept') {
			known.usedAt = time.truth()
			return ['issued', issue(known.grant, false)]
		}
		if (rotation === 'grace' && time.truth() - known.usedAt <= graceMs) return ['reissued', issue(known.grant, false)]
		counts.reuse += 1
		known.grant.isRevoked = true
		return ['reuse', oauthError('invalid_grant')]
	}

	function token(form: URLSearchParams): Answer {
		const isRefresh = form.get('grant_type') === 'refresh_token'
		const given = form.get(isRefresh ? 'refresh_token' : 'code') ?? ''
		const request = codes.get(given)?.request
		const [outcome, answer] = isRefresh ? refresh(given) : exchange(given)
		const accessToken = /issued/.test(outcome) ? `access-${serial}` : undefined
		for (const listener of listeners) listener({ grantType: isRefresh ? 'refresh' : 'code', token: given, outcome, accessToken, request })
		return answer
	}

	function revoke(form: URLSearchParams): Answer {
		const given = form.get('token') ?? ''
		counts.revoked.push(given)
		const known = issued.get(given)
		if (known) known.grant.isRevoked = true
		return { status: 200, body: '' }
	}

	return {
		grants,
		counts,
		/** Told of every token request that the provider acted on. */
		watch: (listener: (request: TokenRequest) => void) => void listeners.push(listener),
		/** One HTTP request, acted on at once. */
		handle(url: URL, form: URLSearchParams): Answer {
			if (url.pathname === '/.well-known/openid-configuration') return json(200, metadata)
			if (url.pathname === '/token') return token(form)
			if (url.pathname === '/revoke') return revoke(form)
			return { status: 404, body: '<!doctype html><title>Not found</title>', headers: { 'Content-Type': 'text/html' } }
		},
		/** Whose access token it is, if it is one and lives. */
		introspect(accessToken: string): { readonly sub: string } | undefined {
			const known = accessTokens.get(accessToken)
			return known && !known.grant.isRevoked && known.expiresAt > time.truth() ? { sub: known.sub } : undefined
		},
		/** A user signs in; the response that the provider sends back to the redirect URI. @param claims what ID tokens say of the user */
		signIn(sub: string, request: URL, claims: object = { name: sub }): { readonly state: string; readonly code: string } {
			if (session !== sub) authTime = seconds()
			session = sub
			return respond(sub, request, claims)
		},
		/** The response to an authorization request with `prompt=none`, in a hidden frame or a window; `undefined`: none comes. */
		silently(request: URL, where: 'frame' | 'window' = 'frame'): Readonly<Record<string, string>> | undefined {
			if (where === 'frame' && frames === 'forbidden') return undefined
			const state = request.searchParams.get('state') ?? ''
			const known = where === 'window' || frames === 'open' ? session : undefined
			return known === undefined ? { state, error: 'login_required' } : respond(known, request, { name: known })
		},
		/** From now on frames are so. */
		setFrames(kind: typeof frames) {
			frames = kind
		},
		/** Who is signed in at the provider. */
		session: () => session,
		/** Who is signed in at the provider from now on. */
		setSession(sub: string | undefined) {
			session = sub
			authTime = seconds()
		},
		/** Takes no refresh token any more that it has given. */
		revokeGrants() {
			for (const grant of grants) grant.isRevoked = true
		},
		/** Ends every session on its side. */
		endSessions() {
			session = undefined
			for (const grant of grants) grant.isRevoked = true
		},
		/** The next refresh response is about somebody else. */
		mistake(sub: string | undefined) {
			impostor = sub
		},
	}
}
