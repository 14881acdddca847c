// What the stories ask of the protocol. Exchanges and their validation are apart.

import { SessionError } from '../errors.ts'
import type { Config, Indicator } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import { type AuthorizationParams, paramsOf, resourcesOf, scopeOf } from './authorization.ts'
import { type CodeExchange, checkedEndpoint, Engine, type TokenResponse } from './client.ts'
import { UnknownOutcome, within } from './http.ts'
import { type Asked, checkAccessTokenHash } from './id-token.ts'
import { idTokenHint, logoutHintOf } from './id-token-hint.ts'
import { asksForNonce, createProofs, type LoadProver, type Proofs } from './proofs.ts'
import { type Answer, type Former, type Validated, validate } from './validate.ts'

export interface AuthorizationRequest {
	readonly url: string
	readonly state: string
	readonly codeVerifier: string
	readonly nonce: string
	/** What was asked for (RFC 8707 section 2.1). */
	readonly resources: readonly string[]
}

/** What an answer is checked against: the sign-in's nonce and wishes, or whose session it is. */
export interface Expectation {
	readonly nonce?: string | undefined
	readonly asked?: Asked | undefined
	readonly sub?: string | undefined
}

export interface EndSessionRequest {
	readonly idToken: string | undefined
	/** Default: the ID token's `login_hint`, as Entra ID has it; `sub` where the ID token is too long for an address. */
	readonly logoutHint?: string | undefined
	readonly state?: string | undefined
	/** Whether it is sent in a body, where an ID token of any length fits. */
	readonly isPosted?: boolean | undefined
}

export interface Protocol {
	/** Asks for the discovery document, if it is not known yet. @throws SessionError `discovery_failed`, `network_error`, `timeout` */
	prepare(): Promise<void>
	/** Whether the provider can be reached at all, whatever it says. @throws UnknownOutcome */
	reach(): Promise<void>
	/**
	 * OpenID Connect Core 3.1.2.1, with PKCE (RFC 7636), state and nonce; pushed where the provider takes that (RFC 9126).
	 * @throws SessionError `invalid_option`, `discovery_failed`; OAuthError, UnknownOutcome where it has to be pushed
	 */
	authorizationRequest(params: AuthorizationParams): Promise<AuthorizationRequest>
	/** Proofs of possession (RFC 9449), where tokens are to be bound to a key. */
	readonly proofs: Proofs | undefined
	/** The proof that the next token request takes. @throws SessionError `chunk_failed`, or as `prepare` */
	tokenProof(dpopKey: CryptoKeyPair | undefined): Promise<string | undefined>
	/** @throws OAuthError, UnknownOutcome; SessionError as `tokenProof` */
	exchangeCode(exchange: CodeExchange, dpopKey?: CryptoKeyPair): Promise<Answer>
	/** After `prepare`, the request leaves in the same task. @throws OAuthError, UnknownOutcome */
	refresh(refreshToken: string, indicator: Indicator, proof?: string): Promise<Answer>
	/** @throws SessionError `id_token_invalid`, `provider_error`; where keys are needed `discovery_failed`, `network_error`, `timeout`, `chunk_failed` */
	validate(answer: Answer, expected: Expectation, former?: Former): Promise<Validated>
	/** Whether a response's `iss` is this provider (RFC 9207 section 2.4); an empty one is, unless the provider says that it sends it. */
	isOwnIssuer(iss: string): Promise<boolean>
	/** OpenID Connect RP-Initiated Logout 1.0 section 2; `undefined` where the provider has no such endpoint. */
	endSessionUrl(request: EndSessionRequest): Promise<string | undefined>
	/** OpenID Connect Session Management 1.0 section 3.3; `undefined` where the provider has no such page at its own origin. */
	checkSessionUrl(): Promise<string | undefined>
	/** RFC 7009, on a request that outlives the page; nothing waits for it. */
	revoke(refreshToken: string): Promise<void>
}

/** `fetch` that takes the nonce of every answer, but of one from another origin: a redirect led there. */
const noting =
	(fetch: Platform['fetch'], proofs: Proofs): Platform['fetch'] =>
	async (input, init) => {
		const response = await fetch(input, init)
		if (new URL(response.url || String(input)).origin === new URL(String(input)).origin) proofs.note(String(input), response)
		return response
	}

const loadProver: LoadProver = async () => (await import('./dpop.ts')).prover

/**
 * @param now session time
 * @param load what makes proofs of possession
 * @param present the time of proofs, where session time is not the present
 */
export function createProtocol(config: Config, platform: Platform, now: () => number, load = loadProver, present = now): Protocol {
	const { fetch, clock, random } = platform
	const inTime = <T>(work: Promise<T>) => within(platform, config.requestTimeoutMs, work)
	const loadBounded: LoadProver = async () => {
		const { newKey, thumbprint, prove } = await load()
		return {
			newKey: () => inTime(newKey()),
			thumbprint: key => inTime(thumbprint(key)),
			prove: (...proven) => inTime(prove(...proven)),
		}
	}
	const proofs = config.dpop ? createProofs(loadBounded, present) : undefined
	const engine = new Engine(config, { clock, fetch: proofs ? noting(fetch, proofs) : fetch })
	let verifier: Promise<(jwt: string) => Promise<void>> | undefined

	async function received(request: Promise<TokenResponse>): Promise<Answer> {
		// Its age is counted from here: the answer may be slow, or wait in a page that is frozen.
		const issuedAt = now()
		const sentWall = clock.wall()
		return { response: await request, issuedAt, sentWall, receivedWall: clock.wall(), receivedMono: clock.mono() }
	}

	/** What checks signatures; a load that failed is tried again at the next use. */
	function loadVerifier() {
		verifier ??= import('./signature.ts').then(
			({ createVerifier }) => createVerifier(() => engine.keys(), now),
			cause => {
				verifier = undefined
				throw new SessionError('chunk_failed', { cause })
			},
		)
		return verifier
	}

	async function verify(jwt: string): Promise<void> {
		const check = await loadVerifier()
		return check(jwt)
	}

	// Early, so that a later deploy, which removes old chunks, cannot break a tab that is open for long.
	if (config.verifySignature) loadVerifier().catch(() => {})
	proofs?.prover().catch(() => {})

	async function tokenProof(dpopKey: CryptoKeyPair | undefined): Promise<string | undefined> {
		if (!proofs || !dpopKey) return undefined
		const { token_endpoint } = await engine.discover()
		return proofs.prove(dpopKey, { method: 'POST', url: token_endpoint })
	}

	return {
		proofs,
		tokenProof,
		async prepare() {
			await engine.discover()
			await proofs?.prover()
		},
		async reach() {
			const signal = clock.limit(config.requestTimeoutMs)
			try {
				await fetch(config.authority, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal })
			} catch (cause) {
				throw new UnknownOutcome('network_error', 'the provider', { cause })
			}
		},
		async authorizationRequest(params) {
			const extraQueryParams = paramsOf(params)
			const resources = resourcesOf(config, params)
			await engine.discover()
			const nonce = random.id()
			const asked = { nonce, extraQueryParams, scope: scopeOf(config), resource: resources }
			const request = await inTime(engine.createSigninRequest(asked))
			const url = new URL(request.url)
			const state = request.state.id + config.stateSuffix
			url.searchParams.set('state', state)
			const codeVerifier = request.state.code_verifier as string
			const address = checkedEndpoint('authorization_endpoint', await engine.push(url.href))
			return { url: address, state, codeVerifier, nonce, resources }
		},
		async exchangeCode(exchange, dpopKey) {
			await engine.discover()
			const proof = await tokenProof(dpopKey)
			try {
				return await received(engine.exchangeCode(exchange, proof))
			} catch (error) {
				// Once: a provider that asks for ever has refused.
				if (!proof || !asksForNonce(error)) throw error
				const again = await tokenProof(dpopKey)
				return received(engine.exchangeCode(exchange, again))
			}
		},
		async refresh(refreshToken, indicator, proof) {
			const answer = await received(engine.refresh(refreshToken, indicator, proof))
			return indicator.name ? { ...answer, name: indicator.name } : answer
		},
		async validate(answer, { nonce, sub, asked }, former) {
			await engine.discover()
			const { clientId, clockToleranceMs: toleranceMs } = config
			const expected = {
				isIssuer: engine.isIssuer,
				trustedAudiences: config.trustedAudiences,
				clientId,
				nonce,
				sub,
				asked,
				toleranceMs,
				isBound: config.dpop,
				isOfMany: typeof config.issuer() === 'function',
			}
			const validated = validate(answer, expected, former, config.accessTokenLifetimeMs)
			// Checks that are asynchronous, of an ID token that came with this answer.
			const { accessToken, idToken } = validated.tokens
			if (idToken !== former?.idToken) await inTime(checkAccessTokenHash(idToken, accessToken))
			if (idToken !== former?.idToken && config.verifySignature) await verify(idToken)
			return validated
		},
		async isOwnIssuer(iss) {
			const metadata = await engine.discover()
			return iss ? engine.isIssuer(iss) : !metadata.authorization_response_iss_parameter_supported
		},
		async endSessionUrl({ idToken, logoutHint, state, isPosted }) {
			// A page that has left for a provider that is down could not say so, nor finish the sign-out.
			const { end_session_endpoint } = await engine.rediscover()
			if (!end_session_endpoint) return undefined
			checkedEndpoint('end_session_endpoint', end_session_endpoint)
			const idHint = isPosted ? idToken : idTokenHint(idToken)
			const hint = logoutHint ?? logoutHintOf(idToken, !!idHint)
			const { url } = await engine.createSignoutRequest({
				client_id: config.clientId,
				...(idHint && { id_token_hint: idHint }),
				extraQueryParams: { ...(hint && { logout_hint: hint }), ...(state && { state }) },
			})
			return url
		},
		async checkSessionUrl() {
			const { check_session_iframe: url } = await engine.discover()
			return url && URL.canParse(url) && new URL(url).origin === new URL(config.authority).origin ? url : undefined
		},
		async revoke(refreshToken) {
			const { revocation_endpoint } = await engine.discover()
			if (!revocation_endpoint) return
			const body = new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: config.clientId })
			await fetch(checkedEndpoint('revocation_endpoint', revocation_endpoint), {
				method: 'POST',
				body,
				keepalive: true,
				// A redirect would carry the token elsewhere.
				redirect: 'error',
				signal: clock.limit(config.requestTimeoutMs),
			})
		},
	}
}
