// What the stories ask of the protocol. Exchanges and their validation are apart.
import type { Config } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import { type CodeExchange, Engine, type TokenResponse } from './client.ts'
import { type Answer, type Former, type Validated, validate } from './validate.ts'

export interface AuthorizationRequest {
	readonly url: string
	readonly state: string
	readonly codeVerifier: string
	readonly nonce: string
}

export interface Protocol {
	/** Asks for the discovery document, if it is not known yet. @throws SessionError `discovery_failed`, `network_error`, `timeout` */
	prepare(): Promise<void>
	/** OpenID Connect Core 3.1.2.1, with PKCE (RFC 7636), state and nonce. */
	authorizationRequest(params: { prompt?: string | undefined; loginHint?: string | undefined }): Promise<AuthorizationRequest>
	/** @throws OAuthError, UnknownOutcome */
	exchangeCode(exchange: CodeExchange): Promise<Answer>
	/** After `prepare`, the request leaves in the same task. @throws OAuthError, UnknownOutcome */
	refresh(refreshToken: string): Promise<Answer>
	/** @throws SessionError `id_token_invalid`, `provider_error` */
	validate(answer: Answer, expected: { nonce?: string | undefined; sub?: string | undefined }, former?: Former): Promise<Validated>
	/** Whether a response's `iss` is this provider (RFC 9207); an empty one is, for not every provider sends it. */
	isOwnIssuer(iss: string): Promise<boolean>
	/** OpenID Connect RP-Initiated Logout 1.0 section 2; `undefined` where the provider has no such endpoint. */
	endSessionUrl(idToken: string | undefined): Promise<string | undefined>
	/** RFC 7009, on a request that outlives the page; nothing waits for it. */
	revoke(refreshToken: string): Promise<void>
}

export function createProtocol(config: Config, platform: Platform, now: () => number): Protocol {
	const { fetch, clock, random } = platform
	const engine = new Engine(config, platform)
	async function received(request: Promise<TokenResponse>): Promise<Answer> {
		// Its age is counted from here: the answer may be slow, or wait in a page that is frozen.
		const issuedAt = now()
		return { response: await request, issuedAt, receivedWall: clock.wall() }
	}

	return {
		async prepare() {
			await engine.discover()
		},
		async authorizationRequest({ prompt, loginHint }) {
			await engine.discover()
			const nonce = random.id()
			const { url, state } = await engine.createSigninRequest({
				nonce,
				...(prompt && { prompt }),
				...(loginHint && { login_hint: loginHint }),
			})
			return { url, state: state.id, codeVerifier: state.code_verifier as string, nonce }
		},
		async exchangeCode(exchange) {
			await engine.discover()
			return received(engine.exchangeCode(exchange))
		},
		refresh: refreshToken => received(engine.refresh(refreshToken)),
		async validate(answer, { nonce, sub }, former) {
			const { issuer } = await engine.discover()
			const expected = { issuer, clientId: config.clientId, nonce, sub, toleranceMs: config.clockToleranceMs }
			return validate(answer, expected, former, config.accessTokenLifetimeMs)
		},
		async isOwnIssuer(iss) {
			return !iss || iss === (await engine.discover()).issuer
		},
		async endSessionUrl(idToken) {
			// A page that has left for a provider that is down could not say so, nor finish the sign-out.
			const { end_session_endpoint } = await engine.rediscover()
			if (!end_session_endpoint) return undefined
			const { url } = await engine.createSignoutRequest({
				client_id: config.clientId,
				...(idToken && { id_token_hint: idToken }),
			})
			return url
		},
		async revoke(refreshToken) {
			const { revocation_endpoint } = await engine.discover()
			if (!revocation_endpoint) return
			const body = new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: config.clientId })
			await fetch(revocation_endpoint, { method: 'POST', body, keepalive: true, signal: clock.limit(config.requestTimeoutMs) })
		},
	}
}
