// An OpenID Provider in memory: rotates refresh tokens, notices their reuse, ends sessions, and has bad days. Answers as over HTTP.
import { jwt } from './jwt.ts'
import type { FakeProof } from './prover.ts'
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
	/** The APIs it knows (RFC 8707). Default: any. */
	readonly resources?: readonly string[]
	/** s that the `iat` of a proof of possession may be off (RFC 9449 section 11.1). Default: any. */
	readonly proofAgeS?: number
	/** What it tells beside: members of a token response, and claims of its ID token. */
	readonly tells?: (now: number) => { readonly response?: object; readonly claims?: object }
}

/** What a token request was about, and what came of it. */
export interface TokenRequest {
	readonly grantType: 'code' | 'refresh'
	readonly token: string
	readonly outcome: 'issued' | 'reissued' | 'refused' | 'reuse'
	/** The API that was asked for, if one was. */
	readonly resource: string | undefined
	/** What was issued, if anything was. */
	readonly accessToken: string | undefined
	/** The authorization request that the code answers. */
	readonly request: URL | undefined
}

export interface Answer {
	readonly status: number
	readonly body: string
	/** Where redirects have led to. Default: the address that was asked. */
	readonly url?: string
	readonly headers?: Readonly<Record<string, string>>
}

export interface Grant {
	readonly sub: string
	/** What ID tokens say of the user. */
	readonly claims: object
	readonly nonce: string
	readonly authTime: number
	/** Asked for at sign-in: more than this is not given later. */
	readonly resources: readonly string[]
	readonly scopes: readonly string[]
	/** The key that its tokens are bound to (RFC 9449). */
	readonly jkt: string | undefined
	/** OpenID Connect Front-Channel Logout 1.0 section 3 */
	readonly sid: string
	/** OpenID Connect Session Management 1.0 section 2 */
	readonly sessionState: string
	refreshToken: string
	isRevoked: boolean
	/** The browser's session there is over; the tokens live on. */
	isSignedOut: boolean
}

/** Of a token request (RFC 8707 section 2.2, RFC 6749 section 6). */
export interface Asked {
	readonly resource: string | undefined
	readonly scopes: readonly string[] | undefined
	readonly jkt: string | undefined
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

export type FakeProvider = ReturnType<typeof createProvider>

export function createProvider(time: Time, clientId: string, options: ProviderOptions = {}) {
	const {
		tells,
		lifetimeMs = 60_000,
		rotation = 'strict',
		graceMs = 10_000,
		refreshLifetimeMs = Number.POSITIVE_INFINITY,
		resources,
		proofAgeS = Number.POSITIVE_INFINITY,
	} = options
	const grants: Grant[] = []
	const codes = new Map<string, Omit<Grant, 'authTime' | 'refreshToken' | 'isRevoked' | 'isSignedOut'> & { readonly request: URL }>()
	const issued = new Map<string, Issued>()
	const accessTokens = new Map<string, Asked & { readonly grant: Grant; readonly sub: string; readonly expiresAt: number }>()
	const counts = { code: 0, refresh: 0, reuse: 0, revoked: [] as string[] }
	const listeners: ((request: TokenRequest) => void)[] = []
	/** Proofs of possession that were used (RFC 9449 section 11.1). */
	const proofs = new Set<number>()
	let nonce: string | undefined
	let serial = 0
	/** Who is signed in at the provider, whatever becomes of the tokens. */
	let session: string | undefined
	/** The browser keeps the provider's cookies from frames, or the provider forbids to be framed. */
	let frames: 'open' | 'without cookies' | 'forbidden' = 'open'
	/** Of whom the next refresh response speaks, by an error of the provider's. */
	let impostor: string | undefined
	/** What every refresh is answered with. */
	let refusal: string | undefined

	const metadata = {
		issuer: AUTHORITY,
		authorization_endpoint: `${AUTHORITY}/authorize`,
		token_endpoint: `${AUTHORITY}/token`,
		revocation_endpoint: `${AUTHORITY}/revoke`,
		end_session_endpoint: `${AUTHORITY}/end-session`,
		check_session_iframe: `${AUTHORITY}/check-session`,
		jwks_uri: `${AUTHORITY}/jwks`,
	}

	/** Its own clock is right. */
	const seconds = () => Math.floor((Date.UTC(2026, 0, 1) + time.truth()) / 1000)
	/** When the user authenticated last. */
	let authTime = seconds()

	function issue(grant: Grant, asked: Asked, isFirst: boolean): Answer {
		serial += 1
		// OpenID Connect Core 12.2: no ID token where `openid` was not asked for. Such an answer speaks of nobody.
		const isTold = (asked.scopes ?? ['openid']).includes('openid')
		const sub = (!isFirst && isTold && impostor) || grant.sub
		if (!isFirst && isTold) impostor = undefined
		const accessToken = `access-${serial}`
		accessTokens.set(accessToken, { ...asked, grant, sub, expiresAt: time.truth() + lifetimeMs })
		const isRotated = rotation !== 'none' && (isFirst || rotation !== 'kept')
		if (isRotated) {
			grant.refreshToken = `refresh-${serial}`
			issued.set(grant.refreshToken, { grant, at: time.truth(), usedAt: undefined })
		}
		const iat = seconds()
		const told = tells?.(iat)
		return json(200, {
			...told?.response,
			access_token: accessToken,
			token_type: asked.jkt ? 'DPoP' : 'Bearer',
			expires_in: lifetimeMs / 1000,
			...(isRotated && { refresh_token: grant.refreshToken }),
			...(isTold && {
				id_token: jwt({
					...grant.claims,
					...told?.claims,
					iss: AUTHORITY,
					aud: clientId,
					sub,
					iat,
					exp: iat + 3600,
					auth_time: grant.authTime,
					sid: grant.sid,
					...(isFirst && { nonce: grant.nonce }),
				}),
			}),
		})
	}

	function respond(sub: string, request: URL, claims: object) {
		serial += 1
		const code = `code-${serial}`
		const { searchParams } = request
		const scopes = searchParams.get('scope')?.split(' ') ?? []
		const jkt = searchParams.get('dpop_jkt') ?? undefined
		const [sid, sessionState] = [`sid-${serial}`, `session-${serial}`]
		const [nonce, resources] = [searchParams.get('nonce') ?? '', searchParams.getAll('resource')]
		codes.set(code, { sub, claims, nonce, resources, scopes, jkt, sid, sessionState, request })
		return { state: searchParams.get('state') ?? '', code, sessionState }
	}

	/** What is not to be had: a resource that it does not know or that was not asked for at sign-in, a scope that was not. */
	function lacking({ resources: granted, scopes }: Grant, asked: Asked): string | undefined {
		const { resource } = asked
		if (resource && !(granted.includes(resource) && (resources ?? granted).includes(resource))) return 'invalid_target'
		return asked.scopes?.some(scope => !scopes.includes(scope)) ? 'invalid_scope' : undefined
	}

	function exchange(code: string, asked: Asked): [TokenRequest['outcome'], Answer] {
		counts.code += 1
		const known = codes.get(code)
		if (!known || (known.jkt && known.jkt !== asked.jkt)) return ['refused', oauthError('invalid_grant')]
		codes.delete(code)
		const grant: Grant = { ...known, jkt: asked.jkt, authTime, refreshToken: '', isRevoked: false, isSignedOut: false }
		grants.push(grant)
		return ['issued', issue(grant, asked, true)]
	}

	function refresh(token: string, asked: Asked): [TokenRequest['outcome'], Answer] {
		counts.refresh += 1
		if (refusal) return ['refused', oauthError(refusal)]
		const known = issued.get(token)
		if (!known || known.grant.isRevoked || time.truth() - known.at > refreshLifetimeMs) return ['refused', oauthError('invalid_grant')]
		if (known.grant.jkt !== asked.jkt) return ['refused', oauthError('invalid_grant')]
		const isUsable = known.usedAt === undefined || rotation === 'kept'
		const lack = isUsable && lacking(known.grant, asked)
		if (lack) return ['refused', oauthError(lack)]
		if (known.usedAt === undefined || rotation === 'kept') {
			known.usedAt = time.truth()
			return ['issued', issue(known.grant, asked, false)]
		}
		if (rotation === 'grace' && time.truth() - known.usedAt <= graceMs) return ['reissued', issue(known.grant, asked, false)]
		counts.reuse += 1
		known.grant.isRevoked = true
		return ['reuse', oauthError('invalid_grant')]
	}

	function token(form: URLSearchParams, proof: FakeProof | undefined): Answer {
		if (proof && nonce && proof.nonce !== nonce) return oauthError('use_dpop_nonce')
		if (proof && proofs.has(proof.jti)) return oauthError('invalid_dpop_proof')
		if (proof && Math.abs((proof.iat ?? seconds()) - seconds()) > proofAgeS) return oauthError('invalid_dpop_proof')
		if (proof) proofs.add(proof.jti)
		const isRefresh = form.get('grant_type') === 'refresh_token'
		const given = form.get(isRefresh ? 'refresh_token' : 'code') ?? ''
		const resource = form.get('resource') ?? undefined
		const asked = { resource, scopes: form.get('scope')?.split(' '), jkt: proof?.jkt }
		const request = codes.get(given)?.request
		const [outcome, answer] = (isRefresh ? refresh : exchange)(given, asked)
		const accessToken = /issued/.test(outcome) ? `access-${serial}` : undefined
		const grantType = isRefresh ? 'refresh' : 'code'
		for (const listener of listeners) listener({ grantType, token: given, outcome, resource, accessToken, request })
		return answer
	}

	const withNonce = (answer: Answer): Answer => (nonce ? { ...answer, headers: { ...answer.headers, 'DPoP-Nonce': nonce } } : answer)

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
		handle(url: URL, form: URLSearchParams, proof?: FakeProof): Answer {
			if (url.pathname === '/.well-known/openid-configuration') return json(200, metadata)
			if (url.pathname === '/token') return withNonce(token(form, proof))
			if (url.pathname === '/revoke') return revoke(form)
			return { status: 404, body: '<!doctype html><title>Not found</title>', headers: { 'Content-Type': 'text/html' } }
		},
		/** Whose access token it is, and what it was asked for, if it is one and lives. */
		introspect(accessToken: string): ({ readonly sub: string } & Asked) | undefined {
			const known = accessTokens.get(accessToken)
			if (!known || known.grant.isRevoked || known.expiresAt <= time.truth()) return undefined
			const { sub, resource, scopes, jkt } = known
			return { sub, resource, scopes, jkt }
		},
		/** A user signs in; the response that the provider sends back to the redirect URI. @param claims what ID tokens say of the user */
		signIn(sub: string, request: URL, claims: object = { name: sub }) {
			if (session !== sub || request.searchParams.get('prompt') === 'login') authTime = seconds()
			session = sub
			return respond(sub, request, claims)
		},
		/** The response to an authorization request with `prompt=none`, in a hidden frame or a window; `undefined`: none comes. */
		silently(request: URL, where: 'frame' | 'window' = 'frame'): Readonly<Record<string, string>> | undefined {
			if (where === 'frame' && frames === 'forbidden') return undefined
			const state = request.searchParams.get('state') ?? ''
			const isKnown = where === 'window' || frames === 'open'
			if (!isKnown || session === undefined) return { state, error: 'login_required' }
			const { code, sessionState } = respond(session, request, { name: session })
			return { state, code, session_state: sessionState }
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
		/** From now on each refresh is answered with this OAuth error, and nothing is done; `undefined`: no more. */
		refuseRefreshes(error: string | undefined) {
			refusal = error
		},
		/** From now on proofs of possession need this nonce (RFC 9449 section 8). */
		demand(next: string) {
			nonce = next
		},
		/** What its check-session page answers (OpenID Connect Session Management 1.0 section 3.2). */
		checkSession(message: unknown): 'unchanged' | 'changed' | 'error' {
			const [client, state, more] = String(message).split(' ')
			if (client !== clientId || !state || more !== undefined) return 'error'
			return grants.some(grant => grant.sessionState === state && !grant.isSignedOut) ? 'unchanged' : 'changed'
		},
		/** The browser's session there is over; tokens live on, as those of `offline_access` do. */
		signOut() {
			session = undefined
			for (const grant of grants) grant.isSignedOut = true
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
