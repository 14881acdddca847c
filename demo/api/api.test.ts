import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearer, now, type StartedApi, shop, startApi, type TokenOptions } from './api.test-support.ts'

const otherKey = await generateKeyPair('RS256')

let api: StartedApi

beforeAll(async () => {
	api = await startApi()
})
afterAll(() => api.stop())

const call = async (token?: string, init: RequestInit = {}) => api.call('/api/orders', token ? bearer(token) : {}, init)

it('answers the orders of the token’s user', async () => {
	const answer = await call(await api.token())
	expect(answer.status).toBe(200)
	expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
	expect(await answer.json()).toHaveLength(3)
})

it('places an order', async () => {
	const placed = await call(await api.token({ claims: { sub: 'grace' } }), { method: 'POST', body: '{}' })
	expect(placed.status).toBe(201)
	const { id } = await placed.json()
	const orders: { id: string }[] = await (await call(await api.token({ claims: { sub: 'grace' } }))).json()
	expect(orders.map(order => order.id)).toContain(id)
	expect(orders).toHaveLength(4)
})

it.each<[string, TokenOptions]>([
	['has expired', { claims: { exp: now() - 1 } }],
	['is for another API', { claims: { aud: 'http://localhost:1' } }],
	['is from another issuer', { claims: { iss: 'http://localhost:1' } }],
	['is an ID token', { typ: 'JWT' }],
	['is signed by somebody else', { signedBy: otherKey.privateKey }],
	['never expires', { claims: { exp: undefined as never } }],
])('refuses a token that %s', async (_why, options) => {
	const before = { ...api.counts }
	const answer = await call(await api.token(options))
	expect(answer.status).toBe(401)
	expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
	expect(api.counts).toEqual({ apiCalls: before.apiCalls + 1, apiRejected: before.apiRejected + 1 })
})

it('asks for a token where there is none', async () => {
	const answer = await call()
	expect(answer.status).toBe(401)
	expect(answer.headers.get('www-authenticate')).toBe('Bearer')
	expect(answer.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate, DPoP-Nonce')
})

it('refuses what is no JWT', async () => {
	expect((await call('nonsense')).status).toBe(401)
})

it('lets browsers of the applications alone ask in advance', async () => {
	const preflight = (origin: string) =>
		fetch(`${api.origin}/api/orders`, {
			method: 'OPTIONS',
			headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
		})
	const allowed = await preflight(shop)
	expect(allowed.status).toBe(204)
	expect(allowed.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, DPoP')
	expect(allowed.headers.get('access-control-max-age')).toBe('600')
	expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull()
})

it('does not blame the token when the keys cannot be had', async () => {
	const lonely = await startApi({ keys: new URL('http://localhost:1/jwks') })
	expect((await lonely.call('/api/orders', bearer(await lonely.token()))).status).toBe(503)
	await lonely.stop()
})
