import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Config, MAIN } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import { createProtocol } from './index.ts'

const AUTHORITY = 'https://id.example/realm'
const WALL = 1_800_000_000_000

const config = {
	authority: AUTHORITY,
	clientId: 'shop',
	stateSuffix: '.hash',
	redirectUri: 'https://shop.example/callback',
	postLogoutRedirectUri: 'https://shop.example/goodbye',
	scope: 'openid profile offline_access',
	resource: undefined,
	apis: [],
	requestTimeoutMs: 10_000,
	tokenRequestTimeoutMs: 30_000,
	clockToleranceMs: 300_000,
	accessTokenLifetimeMs: 300_000,
	issuer: () => undefined,
} as unknown as Config

const metadata = {
	issuer: AUTHORITY,
	authorization_endpoint: `${AUTHORITY}/auth?tenant=7`,
	token_endpoint: `${AUTHORITY}/token`,
	end_session_endpoint: `${AUTHORITY}/logout`,
	revocation_endpoint: `${AUTHORITY}/revoke`,
}

interface Sent {
	readonly url: string
	readonly method: string
	readonly form: Record<string, string>
	readonly keepalive: boolean | undefined
	readonly redirect: RequestInit['redirect']
	readonly limitMs: number | undefined
}

const isDiscovery = ({ url }: Sent) => url.endsWith('/.well-known/openid-configuration')

/** A provider that answers by the given fetch, and a protocol that talks to it. */
function world({
	document = metadata as unknown,
	token = () => Response.json({ access_token: 'at' }),
	options = {} as Partial<Config>,
} = {}) {
	const sent: Sent[] = []
	const provider = { document: () => Response.json(document), token }
	const given: typeof globalThis.fetch = async (url, init = {}) => {
		const form = init.body instanceof URLSearchParams ? Object.fromEntries(init.body) : {}
		const one: Sent = {
			url: String(url),
			method: init.method ?? 'GET',
			form,
			keepalive: init.keepalive,
			redirect: init.redirect,
			limitMs: init.signal ? limit : undefined,
		}
		sent.push(one)
		return isDiscovery(one) ? provider.document() : provider.token()
	}
	let ids = 0
	const platform = {
		fetch: given,
		clock: {
			wall: () => WALL,
			mono: () => 0,
			limit(ms: number) {
				limit = ms
				return new AbortController().signal
			},
		},
		random: {
			id: () => {
				ids += 1
				return `random-${ids}`
			},
		},
	} as unknown as Platform
	const protocol = createProtocol({ ...config, ...options }, platform, () => WALL + 7)
	return { protocol, provider, sent, tokenRequests: () => sent.filter(({ url }) => url === metadata.token_endpoint) }
}

/** ms of the limit set last */
let limit: number | undefined

beforeEach(() => {
	const otherWay = () => {
		throw new Error('a request that does not go through the given fetch')
	}
	vi.stubGlobal('fetch', otherWay)
	vi.stubGlobal('XMLHttpRequest', otherWay)
	limit = undefined
})

afterEach(() => {
	vi.unstubAllGlobals()
	vi.restoreAllMocks()
})

const exchange = { code: 'c0de', codeVerifier: 'verifier', redirectUri: 'https://shop.example/callback?old' }

describe('the seam with oidc-client-ts', () => {
	it.each([
		{ what: 'a code exchange', run: ({ protocol }: ReturnType<typeof world>) => protocol.exchangeCode(exchange) },
		{
			what: 'a refresh',
			run: async ({ protocol }: ReturnType<typeof world>) => {
				await protocol.prepare()
				await protocol.refresh('rt', MAIN)
			},
		},
	])('holds for $what: it goes by the given fetch alone, and within our limits (I10)', async ({ run }) => {
		const place = world()
		await run(place)
		expect(place.sent.map(({ url, method, limitMs }) => ({ url, method, limitMs }))).toEqual([
			{ url: `${AUTHORITY}/.well-known/openid-configuration`, method: 'GET', limitMs: config.requestTimeoutMs },
			{ url: metadata.token_endpoint, method: 'POST', limitMs: config.tokenRequestTimeoutMs },
		])
	})

	it.each([
		{ what: 'an authorization request', run: ({ protocol }: ReturnType<typeof world>) => protocol.authorizationRequest({}) },
		{ what: 'a sign-out', run: ({ protocol }: ReturnType<typeof world>) => protocol.endSessionUrl({ idToken: 'id' }) },
	])('holds for $what: nothing is asked but the discovery document', async ({ run }) => {
		const place = world()
		await run(place)
		expect(place.sent.map(isDiscovery)).toEqual([true])
	})

	it('sends a refused token once, though a DPoP-Nonce header invites a second time (I1)', async () => {
		const { protocol, tokenRequests } = world({
			token: () => Response.json({ error: 'invalid_grant' }, { status: 400, headers: { 'DPoP-Nonce': 'once-more' } }),
		})
		await protocol.prepare()
		await expect(protocol.refresh('rt', MAIN)).rejects.toMatchObject({ name: 'OAuthError', code: 'invalid_grant' })
		expect(tokenRequests()).toHaveLength(1)
	})

	it('gives the answer as it came, with nothing checked or left out, and when it came (I7)', async () => {
		const response = { access_token: 'at', refresh_token: 'rt', id_token: 'no JWT', extra: { of: 'the provider' } }
		const { protocol } = world({ token: () => Response.json(response) })
		await protocol.prepare()
		expect(await protocol.refresh('rt', MAIN)).toEqual({
			response,
			issuedAt: WALL + 7,
			sentWall: WALL,
			receivedWall: WALL,
			receivedMono: expect.any(Number),
		})
	})

	it('keeps nothing of a sign-in to itself: what is needed later is in the request', async () => {
		const first = world()
		const { codeVerifier } = await first.protocol.authorizationRequest({})
		const reloaded = world()
		await reloaded.protocol.exchangeCode({ ...exchange, codeVerifier })
		expect(reloaded.tokenRequests()[0]?.form['code_verifier']).toBe(codeVerifier)
	})
})

describe('discovery', () => {
	it('is asked for once by calls that come together (P8)', async () => {
		const { protocol, sent } = world()
		await Promise.all([protocol.prepare(), protocol.prepare(), protocol.authorizationRequest({})])
		expect(sent).toHaveLength(1)
	})

	it('is asked for again at a sign-out: a page that left for a provider that is down could not say so', async () => {
		const { protocol, sent } = world()
		await protocol.prepare()
		await protocol.endSessionUrl({ idToken: undefined })
		expect(sent).toHaveLength(2)
	})

	it('is not asked for again once it is known', async () => {
		const { protocol, sent } = world()
		await protocol.prepare()
		await protocol.authorizationRequest({})
		expect(sent).toHaveLength(1)
	})

	it.each([
		{ trouble: 'no network', document: () => Promise.reject(new TypeError('fetch failed')), code: 'network_error' },
		{ trouble: 'HTML', document: () => new Response('<!doctype html>'), code: 'discovery_failed' },
		{
			trouble: 'a document of another issuer',
			document: () => Response.json({ ...metadata, issuer: 'https://evil.example' }),
			code: 'discovery_failed',
		},
		{ trouble: 'half a document', document: () => Response.json({ issuer: AUTHORITY }), code: 'discovery_failed' },
	])('is asked for again after $trouble (I6)', async ({ document, code }) => {
		const { protocol, provider, sent } = world()
		const healthy = provider.document
		provider.document = document as () => Response
		await expect(protocol.prepare()).rejects.toMatchObject({ code })
		provider.document = healthy
		await protocol.prepare()
		expect(sent).toHaveLength(2)
	})

	it.each([
		{ why: 'it names another issuer', document: { ...metadata, issuer: 'https://evil.example' } },
		{ why: 'it names no issuer', document: { ...metadata, issuer: undefined } },
		{ why: 'its issuer only begins like the authority', document: { ...metadata, issuer: `${AUTHORITY}s` } },
		{ why: 'it names no authorization endpoint', document: { ...metadata, authorization_endpoint: undefined } },
		{ why: 'it names no token endpoint', document: { ...metadata, token_endpoint: undefined } },
		{ why: 'it is not JSON', document: undefined },
	])('is refused if $why', async ({ document }) => {
		const { protocol, provider } = world({ document })
		if (!document) provider.document = () => new Response('<!doctype html>')
		const refusal = expect.objectContaining({ code: 'discovery_failed', detail: expect.stringContaining(AUTHORITY) })
		await expect(protocol.prepare()).rejects.toEqual(refusal)
	})

	it.each([
		{ authority: AUTHORITY, issuer: AUTHORITY },
		{ authority: `${AUTHORITY}/`, issuer: AUTHORITY },
		{ authority: AUTHORITY, issuer: `${AUTHORITY}/` },
		{ authority: `${AUTHORITY}/`, issuer: `${AUTHORITY}/` },
	])('of $authority takes the issuer $issuer: a slash at the end is no difference', async ({ authority, issuer }) => {
		const { protocol, sent } = world({ options: { authority }, document: { ...metadata, issuer } })
		await protocol.prepare()
		expect(sent[0]?.url).toBe(`${AUTHORITY}/.well-known/openid-configuration`)
	})

	it('of a provider that names another issuer is taken if that is the one in `issuer`, and tokens of it alone', async () => {
		const issuer = 'https://issuer.example'
		const { protocol } = world({ options: { issuer: () => issuer }, document: { ...metadata, issuer } })
		await protocol.prepare()
		expect(await protocol.isOwnIssuer(issuer)).toBe(true)
		expect(await protocol.isOwnIssuer(AUTHORITY)).toBe(false)
		await expect(world({ options: { issuer: () => issuer } }).protocol.prepare()).rejects.toMatchObject({ code: 'discovery_failed' })
	})

	it('with a template for an issuer is taken if the predicate takes it, which decides on tokens too', async () => {
		const template = 'https://login.example/{tenantid}/v2.0'
		const isOfTenant = (issuer: string) => issuer === template || /^https:\/\/login\.example\/[0-9a-f-]{36}\/v2\.0$/.test(issuer)
		const tenant = 'https://login.example/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
		const { protocol } = world({ options: { issuer: () => isOfTenant }, document: { ...metadata, issuer: template } })
		await protocol.prepare()
		expect(await protocol.isOwnIssuer(tenant)).toBe(true)
		expect(await protocol.isOwnIssuer('https://evil.example/v2.0')).toBe(false)
		const other = world({ options: { issuer: () => isOfTenant }, document: { ...metadata, issuer: 'https://evil.example' } })
		await expect(other.protocol.prepare()).rejects.toMatchObject({ code: 'discovery_failed' })
	})

	it('is not asked for where the options have the metadata, not even at a sign-out', async () => {
		const own = { ...metadata, issuer: 'https://issuer.example/' }
		const { protocol, sent } = world({ options: { metadata: own } })
		await protocol.prepare()
		expect(await protocol.endSessionUrl({ idToken: undefined })).toContain(metadata.end_session_endpoint)
		expect(await protocol.isOwnIssuer(own.issuer)).toBe(true)
		expect(sent).toEqual([])
	})

	it.each([{ issuer: '' }, { issuer: undefined }, { token_endpoint: undefined }])(
		'in the options is checked too: $issuer, $token_endpoint',
		async change => {
			const { protocol } = world({ options: { metadata: { ...metadata, ...change } as never } })
			await expect(protocol.prepare()).rejects.toMatchObject({ code: 'discovery_failed' })
		},
	)

	it('that promises `iss` in each response has it missed (RFC 9207 section 2.4)', async () => {
		const { protocol } = world({ document: { ...metadata, authorization_response_iss_parameter_supported: true } })
		expect(await protocol.isOwnIssuer('')).toBe(false)
		expect(await protocol.isOwnIssuer(AUTHORITY)).toBe(true)
	})

	it('decides whose a response is, to the letter (RFC 9207)', async () => {
		const { protocol } = world()
		expect(await protocol.isOwnIssuer(AUTHORITY)).toBe(true)
		expect(await protocol.isOwnIssuer('')).toBe(true)
		expect(await protocol.isOwnIssuer(`${AUTHORITY}/`)).toBe(false)
		expect(await protocol.isOwnIssuer('https://evil.example')).toBe(false)
	})
})

describe('an endpoint of the provider', () => {
	const all = {
		...metadata,
		jwks_uri: `${AUTHORITY}/jwks`,
		check_session_iframe: `${AUTHORITY}/check`,
		pushed_authorization_request_endpoint: `${AUTHORITY}/par`,
		require_pushed_authorization_requests: true,
	}
	type Protocol = ReturnType<typeof world>['protocol']

	/** What uses each endpoint. */
	const uses: Readonly<Record<string, (protocol: Protocol) => Promise<unknown>>> = {
		authorization_endpoint: protocol => protocol.authorizationRequest({}),
		pushed_authorization_request_endpoint: protocol => protocol.authorizationRequest({}),
		token_endpoint: protocol => protocol.exchangeCode(exchange),
		end_session_endpoint: protocol => protocol.endSessionUrl({ idToken: 'id' }),
		revocation_endpoint: protocol => protocol.revoke('rt'),
		jwks_uri: protocol => protocol.validate({ response: { access_token: 'at', id_token: signed() }, issuedAt: 0, receivedWall: WALL }, {}),
	}
	const signed = () => {
		const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
		const seconds = WALL / 1000
		return `${encode({ alg: 'RS256' })}.${encode({ iss: AUTHORITY, aud: 'shop', exp: seconds + 60, iat: seconds, sub: 'alice' })}.c2ln`
	}
	const insecure = [
		'http://id.example/endpoint',
		'http://127.evil.example/endpoint',
		'http://localhost.evil.example/endpoint',
		'javascript:alert(1)//',
		'data:text/html,1',
		'blob:https://id.example/1',
		'/endpoint',
	]
	const cases = Object.keys(uses).flatMap(name => insecure.map(address => ({ name, address })))

	it.each(cases)('is refused where it is used: $name $address of the discovery document', async ({ name, address }) => {
		const { protocol, sent } = world({ options: { verifySignature: true }, document: { ...all, [name]: address } })
		await expect(uses[name]?.(protocol)).rejects.toMatchObject({ code: 'discovery_failed', detail: expect.stringContaining(name) })
		expect(sent.map(({ url }) => url)).not.toContain(address)
	})

	it.each(cases)('is refused where it is used: $name $address of the option `metadata`', async ({ name, address }) => {
		const { protocol, sent } = world({ options: { verifySignature: true, metadata: { ...all, [name]: address } as never } })
		await expect(uses[name]?.(protocol)).rejects.toMatchObject({ code: 'discovery_failed', detail: expect.stringContaining(name) })
		expect(sent.map(({ url }) => url)).not.toContain(address)
	})

	it('is checked at each use: the option `metadata` may change after the first', async () => {
		const own = { ...all }
		const { protocol, sent } = world({ options: { metadata: own } })
		await protocol.exchangeCode(exchange)
		own.token_endpoint = 'http://evil.example/token'
		await expect(protocol.refresh('rt', MAIN)).rejects.toMatchObject({ code: 'discovery_failed', detail: 'token_endpoint' })
		expect(sent.map(({ url }) => url)).toEqual([metadata.token_endpoint])
	})

	it.each(['http://localhost:8080', 'http://id.localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'https://id.example'])(
		'is taken at %s',
		async origin => {
			const own = Object.fromEntries(Object.entries(metadata).map(([name, url]) => [name, url.replace('https://id.example', origin)]))
			const { protocol, sent } = world({ options: { metadata: own as never } })
			expect((await protocol.authorizationRequest({})).url).toContain(origin)
			await protocol.exchangeCode(exchange)
			await protocol.revoke('rt')
			expect(sent.map(({ url }) => new URL(url).origin)).toEqual([origin, origin])
		},
	)

	it.each(['token_endpoint', 'revocation_endpoint', 'pushed_authorization_request_endpoint'])(
		'does not follow a redirect of the request to the %s, which carries a secret',
		async name => {
			const token = () => Response.json({ access_token: 'at', request_uri: 'urn:x' })
			const { protocol, sent } = world({ document: all, token })
			await uses[name]?.(protocol)
			expect(sent.filter(({ method }) => method === 'POST').map(({ redirect }) => redirect)).toEqual(['error'])
		},
	)
})

describe('the authorization request', () => {
	const paramsOf = ({ url }: { url: string }) => Object.fromEntries(new URL(url).searchParams)

	it('goes to the endpoint that was discovered, with what is there already', async () => {
		const { url } = await world().protocol.authorizationRequest({})
		expect(url.split('?')[0]).toBe(`${AUTHORITY}/auth`)
		expect(new URL(url).searchParams.get('tenant')).toBe('7')
	})

	it('has the parameters of the code flow, and no others (OpenID Connect Core 3.1.2.1)', async () => {
		const request = await world().protocol.authorizationRequest({})
		expect(paramsOf(request)).toEqual({
			tenant: '7',
			client_id: 'shop',
			redirect_uri: config.redirectUri,
			response_type: 'code',
			scope: config.scope,
			state: request.state,
			nonce: request.nonce,
			code_challenge: expect.any(String),
			code_challenge_method: 'S256',
		})
	})

	it('has the SHA-256 of the code verifier as its challenge (RFC 7636 section 4.2)', async () => {
		const request = await world().protocol.authorizationRequest({})
		const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(request.codeVerifier))
		expect(paramsOf(request)['code_challenge']).toBe(Buffer.from(digest).toString('base64url'))
		expect(request.codeVerifier).toMatch(/^[\w.~-]{43,128}$/)
	})

	it('has a state, nonce and verifier of its own each time', async () => {
		const { protocol } = world()
		const first = await protocol.authorizationRequest({})
		const second = await protocol.authorizationRequest({})
		const values = [first, second].flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier])
		expect(new Set(values).size).toBe(6)
		expect(first.state.length).toBeGreaterThanOrEqual(22)
	})

	it('has a state that says whose it is, in the address and in what is remembered', async () => {
		const request = await world().protocol.authorizationRequest({})
		expect(request.state).toMatch(/^[0-9a-f]{32}\.hash$/)
		expect(paramsOf(request)['state']).toBe(request.state)
	})

	it('has the prompt and login hint it was asked with', async () => {
		const request = await world().protocol.authorizationRequest({ prompt: 'login', loginHint: 'alice@example.com' })
		expect(paramsOf(request)).toMatchObject({ prompt: 'login', login_hint: 'alice@example.com' })
	})

	it('names the API that the token is for (RFC 8707)', async () => {
		const request = await world({ options: { resource: 'https://api.example' } }).protocol.authorizationRequest({})
		expect(paramsOf(request)).toMatchObject({ resource: 'https://api.example' })
	})
})

describe('a pushed authorization request (RFC 9126)', () => {
	const ENDPOINT = `${AUTHORITY}/par`
	const offered = { ...metadata, pushed_authorization_request_endpoint: ENDPOINT }
	const demanded = { ...offered, require_pushed_authorization_requests: true }
	const pushed = () => Response.json({ request_uri: 'urn:ietf:params:oauth:request_uri:x', expires_in: 60 }, { status: 201 })

	it('goes where the provider takes it, and the page goes on with its name alone', async () => {
		const { protocol, sent } = world({ document: offered, token: pushed })
		const request = await protocol.authorizationRequest({ loginHint: 'ada@example.com' })
		expect(request.url).toBe(
			`${AUTHORITY}/auth?tenant=7&client_id=shop&request_uri=${encodeURIComponent('urn:ietf:params:oauth:request_uri:x')}`,
		)
		const { url, method, form, limitMs } = sent.at(-1) as Sent
		expect({ url, method, limitMs }).toEqual({ url: ENDPOINT, method: 'POST', limitMs: config.requestTimeoutMs })
		expect(form).toEqual({
			client_id: 'shop',
			redirect_uri: config.redirectUri,
			response_type: 'code',
			scope: config.scope,
			state: request.state,
			nonce: request.nonce,
			code_challenge: expect.any(String),
			code_challenge_method: 'S256',
			login_hint: 'ada@example.com',
		})
	})

	it.each([
		{ trouble: 'no network', token: () => Promise.reject(new TypeError('CORS')) },
		{ trouble: 'an error', token: () => Response.json({ error: 'invalid_client' }, { status: 401 }) },
		{ trouble: 'HTML', token: () => new Response('<!doctype html>') },
		{ trouble: 'no name', token: () => Response.json({}) },
	])('that meets $trouble is made by the address, where it need not be pushed; and not pushed again', async ({ token }) => {
		const { protocol, sent } = world({ document: offered, token: token as () => Response })
		const { url, state } = await protocol.authorizationRequest({})
		expect(new URL(url).searchParams.get('state')).toBe(state)
		await protocol.authorizationRequest({})
		expect(sent.filter(one => one.url === ENDPOINT)).toHaveLength(1)
	})

	it.each([
		{ trouble: 'no network', token: () => Promise.reject(new TypeError('CORS')), code: 'network_error' },
		{ trouble: 'an error', token: () => Response.json({ error: 'invalid_request' }, { status: 400 }), code: 'invalid_request' },
	])('that meets $trouble fails the sign-in where it has to be pushed', async ({ token, code }) => {
		const { protocol } = world({ document: demanded, token: token as () => Response })
		await expect(protocol.authorizationRequest({})).rejects.toMatchObject({ code })
	})
})

describe('the token request', () => {
	it('of a code has the verifier and the redirect URI of the request, and no secret (RFC 6749 section 4.1.3)', async () => {
		const { protocol, tokenRequests } = world()
		await protocol.exchangeCode(exchange)
		expect(tokenRequests()[0]?.form).toEqual({
			grant_type: 'authorization_code',
			client_id: 'shop',
			code: 'c0de',
			code_verifier: 'verifier',
			redirect_uri: exchange.redirectUri,
		})
	})

	it('of a refresh has the refresh token and the client (RFC 6749 section 6)', async () => {
		const { protocol, tokenRequests } = world()
		await protocol.prepare()
		await protocol.refresh('rt', MAIN)
		expect(tokenRequests()[0]?.form).toEqual({ grant_type: 'refresh_token', client_id: 'shop', refresh_token: 'rt' })
	})

	it('names the API that the token is for, whichever the grant (RFC 8707)', async () => {
		const { protocol, tokenRequests } = world({ options: { resource: 'https://api.example' } })
		await protocol.exchangeCode(exchange)
		await protocol.refresh('rt', MAIN)
		expect(tokenRequests().map(({ form }) => form['resource'])).toEqual(['https://api.example', 'https://api.example'])
	})

	it('for another API asks for that one, and its answer says so (RFC 8707 section 2.2)', async () => {
		const { protocol, tokenRequests } = world({ options: { resource: 'https://api.example' } })
		await protocol.prepare()
		const answer = await protocol.refresh('rt', { name: 'urn:orders read', resource: 'urn:orders', scope: 'read' })
		expect(tokenRequests()[0]?.form).toMatchObject({ resource: 'urn:orders', scope: 'read' })
		expect(answer.name).toBe('urn:orders read')
	})

	it.each([
		{ apis: [{ scope: 'api://orders/read' }], scopes: ['openid profile offline_access', 'openid profile offline_access'] },
		{ apis: [{ resource: 'urn:orders', scope: 'read' }], scopes: [undefined, undefined] },
	])('for the main token names its scopes where others are told apart by scopes alone: $apis', async ({ apis, scopes }) => {
		const indicated = apis.map(api => ({ url: 'https://api.example/', indicator: { name: 'other', ...api } }))
		const { protocol, tokenRequests } = world({ options: { apis: indicated } })
		await protocol.exchangeCode(exchange)
		await protocol.refresh('rt', MAIN)
		expect(tokenRequests().map(({ form }) => form['scope'])).toEqual(scopes)
	})

	it('of a sign-in asks for everything that may be asked for later (RFC 8707 section 2.1)', async () => {
		const apis = [
			{ url: 'https://a.example/', indicator: { name: 'a', resource: 'urn:a', scope: 'profile read' } },
			{ url: 'https://b.example/', indicator: { name: 'b', resource: 'urn:a' } },
		]
		const { protocol } = world({ options: { resource: 'urn:main', apis } })
		const { url, resources } = await protocol.authorizationRequest({ resource: ['urn:c', 'urn:main'] })
		const { searchParams } = new URL(url)
		expect(searchParams.getAll('resource')).toEqual(['urn:main', 'urn:a', 'urn:c'])
		expect(resources).toEqual(['urn:main', 'urn:a', 'urn:c'])
		expect(searchParams.get('scope')).toBe('openid profile offline_access read')
		await expect(protocol.authorizationRequest({ resource: '' })).rejects.toMatchObject({ code: 'invalid_option' })
	})

	it('of a refresh leaves in the same task once all is prepared, so that no freeze can come in between (I1)', async () => {
		const { protocol, tokenRequests } = world()
		await protocol.prepare()
		const nextTask = new Promise<number>(resolve => setImmediate(() => resolve(tokenRequests().length)))
		const refreshed = protocol.refresh('rt', MAIN)
		expect(await nextTask).toBe(1)
		await refreshed
	})

	it('that nobody answered fails with an unknown outcome, and is not sent again here (I1)', async () => {
		const { protocol, tokenRequests } = world({ token: () => new Response('<p>later', { status: 503, headers: { 'Retry-After': '9' } }) })
		await protocol.prepare()
		await expect(protocol.refresh('rt', MAIN)).rejects.toMatchObject({ name: 'UnknownOutcome', retryAfterMs: 9000 })
		expect(tokenRequests()).toHaveLength(1)
	})
})

describe('the answer', () => {
	const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
	const jwt = (claims: object) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`
	const claims = { iss: AUTHORITY, aud: 'shop', exp: WALL / 1000 + 60, iat: WALL / 1000, nonce: 'n', sub: 'alice' }
	const answer = (change: object) => ({
		response: { access_token: 'at', id_token: jwt({ ...claims, ...change }) },
		issuedAt: WALL,
		receivedWall: WALL,
	})

	it('is checked against the issuer that was discovered, this client and the nonce', async () => {
		const { protocol } = world()
		expect((await protocol.validate(answer({}), { nonce: 'n' })).user).toEqual({ sub: 'alice' })
		for (const change of [{ iss: 'https://evil.example' }, { aud: 'admin' }, { nonce: 'other' }]) {
			await expect(protocol.validate(answer(change), { nonce: 'n' })).rejects.toMatchObject({ detail: Object.keys(change)[0] })
		}
	})

	it('is checked against the hash of its access token (OpenID Connect Core 3.1.3.8)', async () => {
		const { protocol } = world()
		const atHash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('at')))
			.subarray(0, 16)
			.toString('base64url')
		await expect(protocol.validate(answer({ at_hash: atHash }), { nonce: 'n' })).resolves.toMatchObject({ user: { sub: 'alice' } })
		await expect(protocol.validate(answer({ at_hash: 'other' }), { nonce: 'n' })).rejects.toMatchObject({ detail: 'at_hash' })
	})

	it('without an ID token of its own is not compared with the hash of the former one', async () => {
		const { protocol } = world()
		const former = { refreshToken: 'rt', idToken: jwt({ ...claims, at_hash: 'of the former' }), user: { sub: 'alice' } }
		const refreshed = { response: { access_token: 'next' }, issuedAt: WALL, receivedWall: WALL }
		expect((await protocol.validate(refreshed, { sub: 'alice' }, former)).tokens.accessToken).toBe('next')
	})

	it('has to show what the sign-in asked for', async () => {
		const { protocol } = world()
		const asked = { maxAge: 60, acr: ['mfa'] }
		await expect(protocol.validate(answer({}), { nonce: 'n', asked })).rejects.toMatchObject({ detail: 'acr' })
		await expect(protocol.validate(answer({ acr: 'mfa' }), { nonce: 'n', asked })).rejects.toMatchObject({ detail: 'auth_time' })
		await expect(protocol.validate(answer({ acr: 'mfa', auth_time: WALL / 1000 }), { nonce: 'n', asked })).resolves.toBeDefined()
	})

	it.each([
		{ keys: () => new Response('<!doctype html>'), code: 'discovery_failed' },
		{ keys: () => Promise.reject(new TypeError('fetch failed')), code: 'network_error' },
		{ keys: () => Response.json({ keys: [] }), code: 'id_token_invalid' },
	])('has its signature checked with `verifySignature`: $code', async ({ keys, code }) => {
		const { protocol } = world({
			options: { verifySignature: true },
			document: { ...metadata, jwks_uri: `${AUTHORITY}/jwks` },
			token: keys as () => Response,
		})
		await expect(protocol.validate(answer({}), { nonce: 'n' })).rejects.toMatchObject({ code })
	})

	it('cannot have its signature checked where the provider names no keys', async () => {
		const { protocol } = world({ options: { verifySignature: true } })
		await expect(protocol.validate(answer({}), { nonce: 'n' })).rejects.toMatchObject({ code: 'discovery_failed' })
	})

	it('is checked with the tolerance and lifetime of the configuration', async () => {
		const { protocol } = world({ options: { clockToleranceMs: 1000, accessTokenLifetimeMs: 77_000 } })
		expect((await protocol.validate(answer({}), { nonce: 'n' })).expiresAt).toBe(WALL + 77_000)
		await expect(protocol.validate(answer({ exp: WALL / 1000 - 2 }), { nonce: 'n' })).rejects.toMatchObject({ detail: 'exp' })
	})
})

describe('the sign-out', () => {
	it('hints at the session, names the client and where to go then (RP-Initiated Logout 1.0 section 2)', async () => {
		const url = new URL((await world().protocol.endSessionUrl({ idToken: '1d-t0k3n' })) as string)
		expect(url.origin + url.pathname).toBe(metadata.end_session_endpoint)
		expect(Object.fromEntries(url.searchParams)).toEqual({
			id_token_hint: '1d-t0k3n',
			client_id: 'shop',
			post_logout_redirect_uri: config.postLogoutRedirectUri,
		})
	})

	it('names the user by the login_hint of the ID token, unless the application does, and carries a state', async () => {
		const idToken = `e30.${Buffer.from('{"login_hint":"of-the-token"}').toString('base64url')}.c2ln`
		const params = async (request: object) =>
			new URL((await world().protocol.endSessionUrl({ idToken, ...request })) as string).searchParams
		expect((await params({})).get('logout_hint')).toBe('of-the-token')
		expect((await params({})).has('state')).toBe(false)
		const asked = await params({ logoutHint: 'alice@example.com', state: 's' })
		expect([asked.getAll('logout_hint'), asked.getAll('state')]).toEqual([['alice@example.com'], ['s']])
	})

	describe('with a large ID token', () => {
		const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
		const sized = (length: number, claims: object = {}) => {
			const bare = `${encode({ alg: 'RS256' })}.${encode({ sub: 'of-alice', ...claims })}.`
			return bare + 's'.repeat(length - bare.length)
		}
		const params = async (request: Parameters<ReturnType<typeof world>['protocol']['endSessionUrl']>[0]) =>
			Object.fromEntries(new URL((await world().protocol.endSessionUrl(request)) as string).searchParams)
		const bare = { client_id: 'shop', post_logout_redirect_uri: config.postLogoutRedirectUri }

		it('hints at the session with 4 KB, and not at the user', async () => {
			const idToken = sized(4096)
			expect(await params({ idToken })).toEqual({ ...bare, id_token_hint: idToken })
		})

		it('names the client and the user in its place above 4 KB, so that no server answers 431', async () => {
			expect(await params({ idToken: sized(4097) })).toEqual({ ...bare, logout_hint: 'of-alice' })
			expect(await params({ idToken: sized(16_000, { login_hint: 'o.hint' }) })).toEqual({ ...bare, logout_hint: 'o.hint' })
			expect(await params({ idToken: sized(16_000), logoutHint: 'alice@example.com', state: 's' })).toEqual({
				...bare,
				logout_hint: 'alice@example.com',
				state: 's',
			})
		})

		it('hints at the session with any length where it is posted', async () => {
			const idToken = sized(16_000)
			expect(await params({ idToken, isPosted: true })).toEqual({ ...bare, id_token_hint: idToken })
		})
	})

	it('goes without a hint where there is no ID token', async () => {
		const url = new URL((await world().protocol.endSessionUrl({ idToken: undefined })) as string)
		expect(Object.fromEntries(url.searchParams)).toEqual({ client_id: 'shop', post_logout_redirect_uri: config.postLogoutRedirectUri })
	})

	it('has no address where the provider has no such endpoint', async () => {
		const { protocol } = world({ document: { ...metadata, end_session_endpoint: undefined } })
		expect(await protocol.endSessionUrl({ idToken: 'id' })).toBeUndefined()
	})
})

describe('the check-session page', () => {
	it.each([
		{ named: 'https://id.example/check', is: 'https://id.example/check' },
		{ named: 'https://id.example.evil.example/check', is: undefined },
		{ named: 'https://elsewhere.example/check', is: undefined },
		{ named: 'http://id.example/check', is: undefined },
		{ named: '/check', is: undefined },
		{ named: undefined, is: undefined },
	])('is the provider’s own: $named (Session Management 1.0 section 3.3)', async ({ named, is }) => {
		const { protocol } = world({ document: { ...metadata, check_session_iframe: named } })
		expect(await protocol.checkSessionUrl()).toBe(is)
	})
})

describe('the revocation', () => {
	it('is one request that outlives the page, within the limit (RFC 7009, I8)', async () => {
		const { protocol, sent } = world()
		await protocol.revoke('rt')
		const requests = sent.filter(one => !isDiscovery(one))
		expect(requests).toMatchObject([
			{
				url: metadata.revocation_endpoint,
				method: 'POST',
				form: { token: 'rt', token_type_hint: 'refresh_token', client_id: 'shop' },
				keepalive: true,
			},
		])
		expect(requests[0]?.limitMs).toBe(config.requestTimeoutMs)
	})

	it('is not tried where the provider has no such endpoint', async () => {
		const { protocol, sent } = world({ document: { ...metadata, revocation_endpoint: undefined } })
		await protocol.revoke('rt')
		expect(sent.map(isDiscovery)).toEqual([true])
	})
})
