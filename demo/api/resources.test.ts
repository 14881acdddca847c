import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearer, type StartedApi, startApi } from './api.test-support.ts'

let api: StartedApi

beforeAll(async () => {
	api = await startApi()
})
afterAll(() => api.stop())

const call = async (path: string, claims: JWTPayload) => api.call(path, bearer(await api.token({ claims })))

it('invoices are shown to a token for them, with the scope', async () => {
	const answer = await call('/invoices', { aud: `${api.origin}/invoices`, scope: 'invoices:read' })
	expect(answer.status).toBe(200)
	const invoices: { number: string; total: number }[] = await answer.json()
	expect(invoices).toHaveLength(3)
	for (const { number, total } of invoices) {
		expect(number).toMatch(/^IN-\d+$/)
		expect(total).toBeGreaterThan(0)
	}
})

it('a token for the other API is refused, either way', async () => {
	for (const [path, aud] of [
		['/invoices', api.origin],
		['/api/orders', `${api.origin}/invoices`],
	] as const) {
		const answer = await call(path, { aud, scope: 'orders invoices:read' })
		expect(answer.status).toBe(401)
		expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
	}
})

it('without the scope they are refused for good (RFC 6750 section 3.1)', async () => {
	const answer = await call('/invoices', { aud: `${api.origin}/invoices`, scope: 'orders' })
	expect(answer.status).toBe(403)
	expect(answer.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="invoices:read"')
})

it('the orders of all are for those with the scope alone', async () => {
	expect((await call('/api/customers', { scope: 'orders' })).status).toBe(403)
	const customers = await (await call('/api/customers', { scope: 'orders orders:all' })).json()
	expect(customers).toMatchObject([{ sub: 'ada', name: 'Ada Lovelace', orders: [{}, {}, {}] }])
})

it('what there is not is not found', async () => {
	for (const path of ['/', '/api', '/invoices/1', '/api/orders/PL-1/refund']) expect((await call(path, {})).status).toBe(404)
})
