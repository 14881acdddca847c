import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LocalServer, openServer } from '../server.ts'
import { type Api, createApi } from './api.ts'

const shop = 'http://localhost:4999'
const key = await generateKeyPair('RS256')
const otherKey = await generateKeyPair('RS256')

let keys: LocalServer
let server: LocalServer
let api: Api

beforeAll(async () => {
	keys = await openServer(0)
	server = await openServer(0)
	const jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'RS256' }] }
	keys.handle((_request, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks)))
	api = createApi({ shop, issuer: keys.origin, audience: server.origin, keys: new URL('/jwks', keys.origin) })
	server.handle(api.listener)
})
afterAll(() => Promise.all([keys.stop(), server.stop()]))

const now = () => Math.floor(Date.now() / 1000)

interface TokenOptions {
	readonly claims?: JWTPayload
	readonly typ?: string
	readonly signedBy?: CryptoKey
}

const token = ({ claims = {}, typ = 'at+jwt', signedBy = key.privateKey }: TokenOptions = {}) =>
	new SignJWT({ sub: 'ada', iss: keys.origin, aud: server.origin, exp: now() + 60, ...claims })
		.setProtectedHeader({ alg: 'RS256', kid: 'k1', typ })
		.sign(signedBy)

const call = (bearer?: string, init: RequestInit = {}) =>
	fetch(`${server.origin}/api/orders`, { ...init, headers: { origin: shop, ...(bearer && { authorization: `Bearer ${bearer}` }) } })

it('answers the orders of the token’s user', async () => {
	const answer = await call(await token())
	expect(answer.status).toBe(200)
	expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
	expect(await answer.json()).toHaveLength(3)
})

it('places an order', async () => {
	const placed = await call(await token({ claims: { sub: 'grace' } }), { method: 'POST', body: '{}' })
	expect(placed.status).toBe(201)
	const { id } = await placed.json()
	const orders: { id: string }[] = await (await call(await token({ claims: { sub: 'grace' } }))).json()
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
	const answer = await call(await token(options))
	expect(answer.status).toBe(401)
	expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
	expect(api.counts).toEqual({ apiCalls: before.apiCalls + 1, apiRejected: before.apiRejected + 1 })
})

it('asks for a token where there is none', async () => {
	const answer = await call()
	expect(answer.status).toBe(401)
	expect(answer.headers.get('www-authenticate')).toBe('Bearer')
	expect(answer.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate')
})

it('refuses what is no JWT', async () => {
	expect((await call('nonsense')).status).toBe(401)
})

it('lets browsers of the shop alone ask in advance', async () => {
	const preflight = (origin: string) =>
		fetch(`${server.origin}/api/orders`, {
			method: 'OPTIONS',
			headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
		})
	const allowed = await preflight(shop)
	expect(allowed.status).toBe(204)
	expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization')
	expect(allowed.headers.get('access-control-max-age')).toBe('600')
	expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull()
})

it('does not blame the token when the keys cannot be had', async () => {
	const lonely = await openServer(0)
	lonely.handle(createApi({ shop, issuer: keys.origin, audience: server.origin, keys: new URL('http://localhost:1/jwks') }).listener)
	const answer = await fetch(`${lonely.origin}/api/orders`, { headers: { authorization: `Bearer ${await token()}` } })
	expect(answer.status).toBe(503)
	await lonely.stop()
})
