// The engine: OidcClient of oidc-client-ts with its transport replaced, since its own has no limit on the body and lets the refresh token out in errors.
import { OidcClient, type OidcMetadata, type StateStore } from 'oidc-client-ts'
import { SessionError } from '../errors.ts'
import type { Config, Indicator } from '../options.ts'
import { isSecureAddress } from '../secure-address.ts'
import { isFlat, type Network, requestJson, sessionErrorOf, UnknownOutcome } from './http.ts'
import { redact } from './redaction.ts'

/** The parts of oidc-client-ts 3.5 that are private in its types and touched here; `client.test.ts` notices if they move. */
interface Seam {
	_metadata: unknown
	_jsonService: {
		getJson(url: string): Promise<unknown>
		postForm(url: string, request: { body: URLSearchParams; extraHeaders?: Record<string, string> | undefined }): Promise<unknown>
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

/** What is read of a provider's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414, RFC 9126, RFC 9207). */
export type Metadata = OidcMetadata & {
	readonly authorization_response_iss_parameter_supported?: boolean
	readonly pushed_authorization_request_endpoint?: string
	readonly require_pushed_authorization_requests?: boolean
}

/** JSON that is no token response, as a proxy's maintenance page, says nothing of what the provider did (I6). */
function tokenResponse(json: unknown): TokenResponse {
	const { access_token } = json as TokenResponse
	// What could not be stored would lose the refresh token beside it (I7).
	if (typeof access_token === 'string' && access_token)
		return Object.fromEntries(Object.entries(json as TokenResponse).filter(([, value]) => isFlat(value)))
	throw new UnknownOutcome('provider_error', 'the token endpoint gave no token response')
}

/** What the provider's documents are good for, if they are not. */
function ofDiscovery(error: unknown, address: string): SessionError {
	const cause = sessionErrorOf(error)
	if (cause.code !== 'provider_error') return cause
	return new SessionError('discovery_failed', { detail: `${redact(address, [])}: ${cause.detail}`, cause })
}

/**
 * Returns the provider's endpoint `name`, if a token or the page may be sent there. Checked at each use: metadata may come from an option, and may change.
 * @throws SessionError `discovery_failed`, naming the endpoint
 */
export function checkedEndpoint(name: string, url: string): string {
	if (URL.canParse(url) && isSecureAddress(new URL(url))) return url
	// The address itself may be a script.
	throw new SessionError('discovery_failed', { detail: name })
}

const extra = (proof: string | undefined) => (proof ? { extraHeaders: { DPoP: proof } } : {})

export interface CodeExchange {
	readonly code: string
	readonly codeVerifier: string
	readonly redirectUri: string
}

export class Engine extends OidcClient {
	private metadata: Promise<Metadata> | undefined
	private known: Metadata | undefined
	private isPushed = true
	private readonly config: Config
	private readonly network: Network

	constructor(config: Config, network: Network) {
		super({
			authority: config.authority,
			client_id: config.clientId,
			redirect_uri: config.redirectUri,
			post_logout_redirect_uri: config.postLogoutRedirectUri,
			scope: config.scope,
			...(config.resource && { resource: config.resource }),
			...(config.metadata && { metadata: config.metadata }),
			stateStore: noStore,
		})
		this.config = config
		this.network = network
		const json: Seam['_jsonService'] = {
			getJson: url => requestJson(network, url, {}, config.requestTimeoutMs),
			postForm: (url, { body, extraHeaders: headers = {} }) =>
				requestJson(network, checkedEndpoint('token_endpoint', url), { method: 'POST', body, headers }, config.tokenRequestTimeoutMs),
		}
		for (const part of [this.metadataService, this._tokenClient]) (part as unknown as Seam)._jsonService = json
	}

	/**
	 * The discovery document, asked for once and checked (OpenID Connect Discovery 1.0 section 4.3).
	 * @throws SessionError `discovery_failed`, `network_error`, `timeout`
	 */
	discover(): Promise<Metadata> {
		this.metadata ??= this.checkedMetadata().catch(error => {
			this.forget()
			throw error
		})
		return this.metadata
	}

	/** Asks again: whether the provider can be reached right now. */
	rediscover(): Promise<Metadata> {
		this.forget()
		return this.discover()
	}

	private forget() {
		this.metadata = undefined
		// The engine keeps what it has read, also of a document that was refused.
		;(this.metadataService as unknown as Seam)._metadata = this.config.metadata ?? null
	}

	private async checkedMetadata(): Promise<Metadata> {
		const { authority } = this.config
		let found: Metadata
		try {
			found = (await this.metadataService.getMetadata()) as Metadata
		} catch (error) {
			throw ofDiscovery(error, authority)
		}
		if (!this.isProvider(found.issuer))
			throw new SessionError('discovery_failed', { detail: `${authority} names the issuer ${redact(String(found.issuer), [])}` })
		if (!URL.canParse(found.authorization_endpoint ?? '') || !URL.canParse(found.token_endpoint ?? '')) {
			throw new SessionError('discovery_failed', { detail: `${authority} names no authorization_endpoint or token_endpoint` })
		}
		this.known = found
		return found
	}

	/** Whether the document is of the provider that was configured; a slash at the end is no difference. */
	private isProvider(found: unknown): boolean {
		const { authority, metadata } = this.config
		const wanted = this.config.issuer() ?? (metadata ? metadata.issuer : authority)
		const bare = (issuer: unknown) => String(issuer).replace(/\/$/, '')
		return typeof wanted === 'function' ? wanted(String(found)) : !!found && bare(found) === bare(wanted)
	}

	/** Whether an ID token or a response is of this provider: its issuer to the letter, or what the predicate says. After `discover`. */
	readonly isIssuer = (iss: unknown): boolean => {
		const wanted = this.config.issuer()
		return typeof wanted === 'function' ? typeof iss === 'string' && wanted(iss) : iss === this.known?.issuer
	}

	/** The provider's signing keys (RFC 7517). @throws SessionError `discovery_failed`, `network_error`, `timeout` */
	async keys(): Promise<unknown> {
		const { jwks_uri } = await this.discover()
		if (!jwks_uri) throw new SessionError('discovery_failed', { detail: 'jwks_uri' })
		try {
			return await requestJson(this.network, checkedEndpoint('jwks_uri', jwks_uri), {}, this.config.requestTimeoutMs)
		} catch (error) {
			throw ofDiscovery(error, jwks_uri)
		}
	}

	/**
	 * The address to go to for the authorization request `url`: that of the request pushed before, where the provider takes that (RFC 9126).
	 * Where it does not have to be pushed, trouble with that is none.
	 */
	async push(url: string): Promise<string> {
		const {
			authorization_endpoint,
			pushed_authorization_request_endpoint: endpoint,
			require_pushed_authorization_requests: isRequired,
		} = await this.discover()
		if (!endpoint || !(isRequired || this.isPushed)) return url
		const target = new URL(checkedEndpoint('authorization_endpoint', authorization_endpoint))
		const body = new URLSearchParams([...new URL(url).searchParams].filter(([name]) => !target.searchParams.has(name)))
		try {
			const address = checkedEndpoint('pushed_authorization_request_endpoint', endpoint)
			const { request_uri } = await requestJson(this.network, address, { method: 'POST', body }, this.config.requestTimeoutMs)
			if (typeof request_uri !== 'string') throw new UnknownOutcome('provider_error', 'the pushed request has no request_uri')
			target.searchParams.set('client_id', this.config.clientId)
			target.searchParams.set('request_uri', request_uri)
			return target.href
		} catch (error) {
			if (isRequired) throw error
			this.isPushed = false
			return url
		}
	}

	/** RFC 6749 section 4.1.3; of the answer it is only seen that it is one. @param proof RFC 9449 section 5 */
	async exchangeCode({ code, codeVerifier, redirectUri }: CodeExchange, proof?: string): Promise<TokenResponse> {
		const exchange = { code, code_verifier: codeVerifier, redirect_uri: redirectUri, ...this.main, ...extra(proof) }
		return tokenResponse(await this._tokenClient.exchangeCode(exchange))
	}

	/** RFC 6749 section 6; of the answer it is only seen that it is one. @param proof RFC 9449 section 5 */
	async refresh(refreshToken: string, { name, resource, scope }: Indicator, proof?: string): Promise<TokenResponse> {
		const asked = name ? { ...(resource && { resource }), ...(scope && { scope }) } : this.main
		return tokenResponse(await this._tokenClient.exchangeRefreshToken({ refresh_token: refreshToken, ...asked, ...extra(proof) }))
	}

	/**
	 * What asks for the main token. Its scopes are named where some API is told apart by scopes alone: a token request without any would mean
	 * all that were granted, and some providers take those of one API only.
	 */
	private get main() {
		const { resource, scope, apis } = this.config
		const isByScope = apis.some(({ indicator }) => indicator.scope && indicator.resource === resource)
		return { ...(resource && { resource }), ...(isByScope && { scope }) }
	}
}
