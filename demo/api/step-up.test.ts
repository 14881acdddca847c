import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearer, now, type StartedApi, shop, startApi } from './api.test-support.ts'

let api: StartedApi
let order: string

beforeAll(async () => {
	api = await startApi({ stepUpSeconds: 60 })
	const orders: { id: string }[] = await (await api.call('/api/orders', bearer(await api.token()))).json()
	order = orders[1]?.id ?? ''
})
afterAll(() => api.stop())

const refund = async (claims: JWTPayload, id = order) =>
	api.call(`/api/orders/${id}/refund`, bearer(await api.token({ claims })), { method: 'POST' })

it.each<[string, () => JWTPayload]>([
	['one step alone', () => ({ auth_time: now() })],
	['another second step', () => ({ acr: 'urn:other', auth_time: now() })],
	['a second step long ago', () => ({ acr: 'urn:paperlane:mfa', auth_time: now() - 90 })],
	['a second step at no time', () => ({ acr: 'urn:paperlane:mfa' })],
])('a refund is refused after %s, with the challenge of RFC 9470', async (_what, claims) => {
	const answer = await refund(claims())
	expect(answer.status).toBe(401)
	expect(answer.headers.get('www-authenticate')).toBe(
		'Bearer error="insufficient_user_authentication", error_description="A different and more recent authentication is required", acr_values="urn:paperlane:mfa", max_age="60"',
	)
	expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
	expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
})

it('a refund is made after a fresh second step', async () => {
	const answer = await refund({ acr: 'urn:paperlane:mfa', auth_time: now() - 30 })
	expect(answer.status).toBe(200)
	expect(await answer.json()).toMatchObject({ id: order, status: 'refunded' })
	const orders: { id: string; status: string }[] = await (await api.call('/api/orders', bearer(await api.token()))).json()
	expect(orders.filter(({ status }) => status === 'refunded').map(({ id }) => id)).toEqual([order])
})

it('there is no refund of somebody else’s order', async () => {
	expect((await refund({ sub: 'grace', acr: 'urn:paperlane:mfa', auth_time: now() }, order)).status).toBe(404)
})
