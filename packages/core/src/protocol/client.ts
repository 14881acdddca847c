// The engine: OidcClient of oidc-client-ts with its transport replaced, since its own has no limit on the body and lets the refresh token out in errors.
import { OidcClient, type OidcMetadata, type StateStore } from 'oidc-client-ts'
import { SessionError } from '../errors.ts'
import type { Config } from '../options.ts'
import { type Network, OAuthError, requestJson, sessionErrorOf, UnknownOutcome } from './http.ts'

/** The parts of oidc-client-ts 3.5 that are private in its types and touched here; `client.test.ts` notices if they move. */
interface Seam {
	_metadata: unknown
	_jsonService: {
		getJson(url: string): Promise<unknown>
		postForm(url: string, request: { body: URLSearchParams }): Promise<unknown>
	}
}

/** Sign-ins under way are kept in the session record, not by the engine. */
const noStore: StateStore = {
	set: async () => {},
	get: async () => null,
	remove: async () => null,
	getAllKeys: async () => [],
}

export type TokenResponse = Readonly<Record<string, unknown>>

/** JSON that is no token response, as a proxy's maintenance page, says nothing of what the provider did (I6). */
function tokenResponse(json: unknown): TokenResponse {
	const { access_token, error } = json as TokenResponse
	if (typeof access_token === 'string' && access_token) return json as TokenResponse
	// Some providers answer 200 with an error.
	if (typeof error === 'string') throw new OAuthError(error)
	throw new UnknownOutcome('provider_error', 'the token endpoint gave no token response')
}

export interface CodeExchange {
	readonly code: string
	readonly codeVerifier: string
	readonly redirectUri: string
}

export class Engine extends OidcClient {
	private metadata: Promise<OidcMetadata> | undefined
	private readonly config: Config

	constructor(config: Config, network: Network) {
		super({
			authority: config.authority,
			client_id: config.clientId,
			redirect_uri: config.redirectUri,
			post_logout_redirect_uri: config.postLogoutRedirectUri,
			scope: config.scope,
			...(config.resource && { resource: config.resource }),
			stateStore: noStore,
		})
		this.config = config
		const json: Seam['_jsonService'] = {
			getJson: url => requestJson(network, url, {}, config.requestTimeoutMs),
			postForm: (url, { body }) => requestJson(network, url, { method: 'POST', body }, config.tokenRequestTimeoutMs),
		}
		for (const part of [this.metadataService, this._tokenClient]) (part as unknown as Seam)._jsonService = json
	}

	/**
	 * The discovery document, asked for once and checked (OpenID Connect Discovery 1.0 section 4.3).
	 * @throws SessionError `discovery_failed`, `network_error`, `timeout`
	 */
	discover(): Promise<OidcMetadata> {
		this.metadata ??= this.checkedMetadata().catch(error => {
			this.forget()
			throw error
		})
		return this.metadata
	}

	/** Asks again: whether the provider can be reached right now. */
	rediscover(): Promise<OidcMetadata> {
		this.forget()
		return this.discover()
	}

	private forget() {
		this.metadata = undefined
		// The engine keeps what it has read, also of a document that was refused.
		;(this.metadataService as unknown as Seam)._metadata = null
	}

	private async checkedMetadata(): Promise<OidcMetadata> {
		const { authority } = this.config
		let found: Partial<OidcMetadata>
		try {
			found = await this.metadataService.getMetadata()
		} catch (error) {
			const cause = sessionErrorOf(error)
			throw cause.code === 'provider_error'
				? new SessionError('discovery_failed', { detail: `${authority}: ${cause.detail}`, cause })
				: cause
		}
		const bare = (issuer: unknown) => String(issuer).replace(/\/$/, '')
		if (bare(found.issuer) !== bare(authority))
			throw new SessionError('discovery_failed', { detail: `${authority} names the issuer ${found.issuer}` })
		if (!URL.canParse(found.authorization_endpoint ?? '') || !URL.canParse(found.token_endpoint ?? '')) {
			throw new SessionError('discovery_failed', { detail: `${authority} names no authorization or token endpoint` })
		}
		return found as OidcMetadata
	}

	/** RFC 6749 section 4.1.3; of the answer it is only seen that it is one. */
	async exchangeCode({ code, codeVerifier, redirectUri }: CodeExchange): Promise<TokenResponse> {
		return tokenResponse(
			await this._tokenClient.exchangeCode({ code, code_verifier: codeVerifier, redirect_uri: redirectUri, ...this.resource }),
		)
	}

	/** RFC 6749 section 6; of the answer it is only seen that it is one. */
	async refresh(refreshToken: string): Promise<TokenResponse> {
		return tokenResponse(await this._tokenClient.exchangeRefreshToken({ refresh_token: refreshToken, ...this.resource }))
	}

	private get resource() {
		return this.config.resource ? { resource: this.config.resource } : {}
	}
}
