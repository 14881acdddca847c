// biome-ignore lint/correctness/noNodejsModules: only a real server shows what a real fetch makes of half an answer or a redirect.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'
import { OAuthError, requestJson, sessionErrorOf, UnknownOutcome } from './http.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
type Headers = Record<string, string>

const LIMIT_MS = 30_000
const NOW = Date.parse('2026-11-21T08:00:00Z')
const SENT = 'r3fr35h-t0k3n'

let origin: string
let handle: Handler
/** Paths that were asked for. */
let asked: string[]
/** Plays the end of the time limit, of which no test waits for the real one. */
let expire: () => void
let limits: number[]

const server = createServer((request, response) => {
	asked.push(request.url as string)
	handle(request, response)
})

beforeAll(async () => {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
	server.closeAllConnections()
	server.close()
})

beforeEach(() => {
	asked = []
	limits = []
})

const answering =
	(status: number, body = '', headers: Headers = {}): Handler =>
	(_, response) =>
		response.writeHead(status, headers).end(body)

const clock: Clock = {
	wall: () => NOW,
	mono: () => 0,
	after: () => () => {},
	limit(ms) {
		limits.push(ms)
		const giveUp = new AbortController()
		expire = () => giveUp.abort()
		return giveUp.signal
	},
}
const over = (given: typeof fetch) => ({ fetch: given, clock })

const post = () =>
	requestJson(over(fetch), `${origin}/token`, { method: 'POST', body: new URLSearchParams({ refresh_token: SENT }) }, LIMIT_MS)
const get = () => requestJson(over(fetch), `${origin}/discovery`, {}, LIMIT_MS)
const failure = (request: Promise<unknown>): Promise<unknown> =>
	request.then(
		() => undefined,
		error => error,
	)

const html = '<!doctype html><title>Bad Gateway</title>'

describe('an answer of the provider', () => {
	it('of 200 with a JSON object is taken as it is', async () => {
		handle = answering(200, '{"access_token":"at","expires_in":600}')
		expect(await post()).toEqual({ access_token: 'at', expires_in: 600 })
	})

	it('is read whole, however it is cut, in the middle of a letter too', async () => {
		const bytes = new TextEncoder().encode('{"name":"李"}')
		const body = new ReadableStream({
			start(stream) {
				for (const byte of bytes) stream.enqueue(Uint8Array.of(byte))
				stream.close()
			},
		})
		expect(
			await requestJson(
				over(async () => new Response(body)),
				`${origin}/discovery`,
				{},
				LIMIT_MS,
			),
		).toEqual({ name: '李' })
	})

	it.each([
		{ status: 400, error: 'invalid_grant' },
		{ status: 400, error: 'invalid_request' },
		{ status: 401, error: 'invalid_client' },
		{ status: 403, error: 'access_denied' },
	])('of $status with the OAuth error $error is definitive', async ({ status, error }) => {
		handle = answering(status, JSON.stringify({ error, error_description: 'for a reason' }))
		const thrown = await failure(post())
		expect(thrown).toBeInstanceOf(OAuthError)
		expect(thrown).toMatchObject({ code: error, message: `${error}: for a reason` })
	})

	it('of 400 whose description is no text is definitive all the same', async () => {
		handle = answering(400, '{"error":"invalid_grant","error_description":{"en":"no"}}')
		expect(await failure(post())).toMatchObject({ name: 'OAuthError', message: 'invalid_grant' })
	})

	it.each([
		{ answer: '200 with HTML', status: 200, body: html, kind: 'HTML' },
		{ answer: '200 with nothing', status: 200, body: '', kind: 'no JSON' },
		{ answer: '200 with half JSON', status: 200, body: '{"access_token":"a', kind: 'no JSON' },
		{ answer: '200 with a list', status: 200, body: '[{"access_token":"at"}]', kind: 'no JSON' },
		{ answer: '200 with null', status: 200, body: 'null', kind: 'no JSON' },
		{ answer: '200 with a text', status: 200, body: '"at"', kind: 'no JSON' },
		{ answer: '204', status: 204, body: '', kind: 'no JSON' },
		{ answer: '400 with HTML', status: 400, body: html, kind: 'HTML' },
		{ answer: '400 with JSON that is no OAuth error', status: 400, body: '{"error":{"code":7}}', kind: 'JSON' },
		{ answer: '401 with nothing', status: 401, body: '', kind: 'no JSON' },
		{ answer: '403 of a firewall', status: 403, body: ` \n${html}`, kind: 'HTML' },
		{ answer: '404 with JSON', status: 404, body: '{"message":"not here"}', kind: 'JSON' },
		{ answer: '408 with an OAuth error', status: 408, body: '{"error":"invalid_grant"}', kind: 'JSON' },
		{ answer: '429 with an OAuth error', status: 429, body: '{"error":"invalid_grant"}', kind: 'JSON' },
		{ answer: '500 with an OAuth error', status: 500, body: '{"error":"invalid_grant"}', kind: 'JSON' },
		{ answer: '500 with HTML', status: 500, body: html, kind: 'HTML' },
		{ answer: '502 with HTML', status: 502, body: html, kind: 'HTML' },
		{ answer: '503 with nothing', status: 503, body: '', kind: 'no JSON' },
	])('of $answer says nothing about the token that was sent (I6)', async ({ status, body, kind }) => {
		handle = answering(status, body)
		const thrown = await failure(post())
		expect(thrown).toBeInstanceOf(UnknownOutcome)
		expect(thrown).toMatchObject({ code: 'provider_error', message: `/token answered ${status} with ${kind}`, retryAfterMs: 0 })
	})

	it.each([
		{ status: 429, given: '7', ms: 7000 },
		{ status: 503, given: '120', ms: 120_000 },
		{ status: 429, given: 'Sat, 21 Nov 2026 08:00:30 GMT', ms: 30_000 },
		{ status: 429, given: 'Sat, 21 Nov 2026 07:59:30 GMT', ms: 0 },
		{ status: 429, given: '0', ms: 0 },
		{ status: 429, given: '-7', ms: 0 },
		{ status: 429, given: 'soon', ms: 0 },
	])('of $status with Retry-After: $given asks for $ms ms (RFC 9110 section 10.2.3, P8)', async ({ status, given, ms }) => {
		handle = answering(status, '', { 'Retry-After': given })
		expect(await failure(post())).toMatchObject({ retryAfterMs: ms })
	})
})

describe('no answer (I10)', () => {
	it('in time is a timeout, if the headers never come', async () => {
		handle = () => expire()
		const thrown = await failure(post())
		expect(thrown).toBeInstanceOf(UnknownOutcome)
		expect(thrown).toMatchObject({ code: 'timeout', message: '/token' })
	})

	it('in time is a timeout, if the body never ends (P3)', async () => {
		handle = (_, response) => response.writeHead(200).write('{"access_token":')
		const timedOutAfterHeaders: typeof fetch = async (...args) => {
			const response = await fetch(...args)
			expire()
			return response
		}
		expect(await failure(requestJson(over(timedOutAfterHeaders), `${origin}/token`, { method: 'POST' }, LIMIT_MS))).toMatchObject({
			name: 'UnknownOutcome',
			code: 'timeout',
		})
	})

	it('is waited for within one limit for everything', async () => {
		handle = answering(200, '{}')
		await post()
		expect(limits).toEqual([LIMIT_MS])
	})

	it.each([
		{ what: 'before the headers', handler: (request: IncomingMessage) => request.socket.destroy() },
		{
			what: 'in the middle of the body',
			handler: (_: IncomingMessage, response: ServerResponse) =>
				response.writeHead(200, { 'Content-Length': '1000' }).write('{"access_token":', () => response.destroy()),
		},
	])('of a connection that is cut $what is a network error (I6)', async ({ handler }) => {
		handle = handler
		const thrown = await failure(post())
		expect(thrown).toBeInstanceOf(UnknownOutcome)
		expect(thrown).toMatchObject({ code: 'network_error', message: '/token', cause: expect.any(Error) })
	})

	it('is read beyond a megabyte', async () => {
		let sent = 0
		handle = (_, response) => {
			const more = () => {
				if (response.destroyed) return
				sent += 1
				response.write('x'.repeat(100_000), more)
			}
			response.on('error', () => {})
			more()
		}
		expect(await failure(get())).toMatchObject({ name: 'UnknownOutcome', code: 'provider_error', message: 'more than 1000000 bytes' })
		expect(sent).toBeGreaterThanOrEqual(10)
	})

	it('is too large with a megabyte to the byte', async () => {
		handle = answering(200, JSON.stringify({ a: 'x'.repeat(1_000_000 - '{"a":""}'.length) }))
		expect((await get())['a']).toHaveLength(1_000_000 - '{"a":""}'.length)
	})
})

describe('a request', () => {
	it('with a token is not redirected, for the token would go elsewhere', async () => {
		handle = answering(307, '', { Location: '/elsewhere' })
		expect(await failure(post())).toMatchObject({ name: 'UnknownOutcome', code: 'network_error' })
		expect(asked).toEqual(['/token'])
	})

	it('for a document follows a redirect', async () => {
		handle = (request, response) =>
			request.url === '/discovery' ? answering(302, '', { Location: '/moved' })(request, response) : answering(200, '{}')(request, response)
		await get()
		expect(asked).toEqual(['/discovery', '/moved'])
	})

	it('asks for JSON, past any cache, and sends no cookies across origins', async () => {
		const given = vi.fn<typeof fetch>(async () => Response.json({}))
		await requestJson(over(given), `${origin}/discovery`, {}, LIMIT_MS)
		expect(given.mock.calls[0]?.[1]).toMatchObject({
			headers: { Accept: 'application/json' },
			cache: 'no-store',
			credentials: 'same-origin',
		})
	})

	it('that failed is not sent again here: whether it may be is decided elsewhere (I1)', async () => {
		handle = answering(503)
		await failure(post())
		expect(asked).toEqual(['/token'])
	})
})

describe('no error carries the refresh token that was sent', () => {
	/** All that a log or an error report could take from an error. */
	function everythingIn(error: unknown): string {
		if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
		const own = Object.getOwnPropertyNames(error).map(name => String(error[name as keyof Error]))
		return [String(error), ...own, JSON.stringify(error), everythingIn(error.cause)].join('\n')
	}

	it.each<{ trouble: string; handler: Handler }>([
		{ trouble: 'an OAuth error', handler: answering(400, '{"error":"invalid_grant"}') },
		{
			trouble: 'an OAuth error that names the token',
			handler: answering(400, `{"error":"invalid_grant","error_description":"${SENT} is spent"}`),
		},
		...[200, 400, 401].flatMap(status =>
			[`weird ${SENT}`, SENT, encodeURIComponent(`${SENT} is spent`), SENT.toUpperCase(), SENT.slice(0, 12)].map(error => ({
				trouble: `${status} with the error code ${error}`,
				handler: answering(status, JSON.stringify({ error, error_description: error })),
			})),
		),
		{
			trouble: 'an error code with the token that came with it',
			handler: answering(200, `{"error":"w ${SENT}","refresh_token":"${SENT}"}`),
		},
		{ trouble: 'JSON that names the token', handler: answering(400, `{"message":"${SENT} is spent"}`) },
		{ trouble: 'HTML that names the token', handler: answering(502, `<p>${SENT}`) },
		{ trouble: 'half JSON that names the token', handler: answering(200, `{"refresh_token":"${SENT}`) },
		{ trouble: 'a redirect that names the token', handler: answering(307, '', { Location: `/elsewhere?${SENT}` }) },
		{ trouble: 'a cut connection', handler: request => request.socket.destroy() },
		{ trouble: 'a timeout', handler: () => expire() },
	])('in $trouble', async ({ handler }) => {
		handle = handler
		const thrown = await failure(post())
		expect(thrown).toBeInstanceOf(Error)
		const told = everythingIn(thrown) + everythingIn(sessionErrorOf(thrown))
		expect(decodeURIComponent(told).toLowerCase()).not.toContain(SENT.slice(0, 12))
	})

	it('of a proof of possession either, which the provider repeats (RFC 9449)', async () => {
		const proof = 'proof-of-possession-of-the-key'
		handle = answering(400, JSON.stringify({ error: 'invalid_dpop_proof', error_description: `bad: ${proof}` }))
		const thrown = await failure(requestJson(over(fetch), `${origin}/token`, { method: 'POST', headers: { DPoP: proof } }, LIMIT_MS))
		expect(thrown).toMatchObject({ message: 'invalid_dpop_proof: bad: …' })
	})

	it.each(['code', 'code_verifier', 'refresh_token'])(
		'nor what else is secret in it, here the %s, though the provider repeats it',
		async name => {
			handle = answering(400, JSON.stringify({ error: 'invalid_grant', error_description: `${SENT} is spent, yes, ${SENT}` }))
			const body = new URLSearchParams({ client_id: 'shop', [name]: SENT })
			const thrown = await failure(requestJson(over(fetch), `${origin}/token`, { method: 'POST', body }, LIMIT_MS))
			expect(everythingIn(thrown)).not.toContain(SENT)
			expect(thrown).toMatchObject({ message: expect.stringContaining('is spent, yes') })
		},
	)
})

describe('what an application sees of a failure', () => {
	it.each(['network_error', 'timeout', 'provider_error'] as const)('is %s where nobody knows the outcome', code => {
		const cause = new UnknownOutcome(code, '/token')
		const seen = sessionErrorOf(cause)
		expect(seen).toBeInstanceOf(SessionError)
		expect(seen).toMatchObject({ code, detail: '/token', cause, retryable: true })
	})

	it.each([
		{ oauth: 'access_denied', code: 'access_denied' },
		{ oauth: 'invalid_client', code: 'client_refused' },
		{ oauth: 'unauthorized_client', code: 'client_refused' },
		{ oauth: 'invalid_scope', code: 'client_refused' },
		{ oauth: 'invalid_grant', code: 'provider_error' },
		{ oauth: 'invalid_request', code: 'provider_error' },
	])('is $code with the OAuth error $oauth', ({ oauth, code }) => {
		const cause = new OAuthError(oauth, { description: 'for a reason' })
		expect(sessionErrorOf(cause)).toMatchObject({ code, detail: `${oauth}: for a reason`, oauthError: oauth, cause })
	})

	it('is the SessionError that it already was', () => {
		const error = new SessionError('discovery_failed')
		expect(sessionErrorOf(error)).toBe(error)
	})

	it('is a provider_error with the cause where something else was thrown', () => {
		const cause = new TypeError('what')
		expect(sessionErrorOf(cause)).toMatchObject({ code: 'provider_error', cause })
	})
})
