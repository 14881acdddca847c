import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAlerts } from './alerts.ts'
import { type StartedApi, shop, startApi } from './api.test-support.ts'

const alert = (id: string, more: object = {}) => ({ id, type: 'unsolicited-callback', at: 1_700_000_000_000, count: 1, ...more })
const batch = (...alerts: object[]) => ({ authority: 'http://localhost:1', clientId: 'shop', alerts })

describe('what is kept', () => {
	it('is the newest hundred, each once', () => {
		const alerts = createAlerts(() => 7)
		for (let id = 0; id < 120; id++) expect(alerts.take(batch(alert(`a${id}`, { check: 'state' })))).toBe(true)
		expect(alerts.take(batch(alert('a119'), alert('a118')))).toBe(true)
		expect(alerts.kept).toHaveLength(100)
		expect(alerts.kept[0]).toEqual({ ...alert('a119'), check: 'state', clientId: 'shop', receivedAt: 7 })
		expect(new Set(alerts.kept.map(({ id }) => id)).size).toBe(100)
	})

	it.each<[string, unknown]>([
		['nothing', undefined],
		['a text', 'alerts'],
		['null', null],
		['a list', [alert('a')]],
		['an empty batch', batch()],
		['too many', batch(...Array.from({ length: 21 }, (_, id) => alert(`a${id}`)))],
		['no application', { ...batch(alert('a')), clientId: undefined }],
		['no provider', { ...batch(alert('a')), authority: 7 }],
		['an alert without an id', batch(alert('a'), alert(''))],
		['an id without an end', batch(alert('a'.repeat(201)))],
		['no time', batch(alert('a', { at: 'now' }))],
		['no count', batch(alert('a', { count: null }))],
		['no number of the dropped', { ...batch(alert('a')), dropped: 'many' }],
	])('is nothing of %s', (_what, given) => {
		const alerts = createAlerts()
		expect(alerts.take(given)).toBe(false)
		expect(alerts.kept).toEqual([])
	})
})

describe('over the wire', () => {
	let api: StartedApi

	beforeAll(async () => {
		api = await startApi()
	})
	afterAll(() => api.stop())

	const post = (body: string, type = 'application/json') =>
		api.call('/alerts', { 'content-type': type }, { method: 'POST', body }).then(async answer => ({ answer, text: await answer.text() }))

	it('are taken without a token, counted as no call, and shown', async () => {
		const { answer } = await post(JSON.stringify(batch(alert('seen'))))
		expect(answer.status).toBe(204)
		expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
		const shown = await api.call('/alerts')
		expect(await shown.json()).toEqual([expect.objectContaining({ id: 'seen', clientId: 'shop' })])
		expect(api.counts).toEqual({ apiCalls: 0, apiRejected: 0 })
	})

	it.each<[string, string, string?]>([
		['no JSON', '{'],
		['JSON that is called something else', JSON.stringify(batch(alert('plain'))), 'text/plain'],
		['more than a browser sends', JSON.stringify(batch(alert('long', { detail: 'x'.repeat(70_000) })))],
		['nothing', ''],
	])('is refused: %s', async (_what, body, type) => {
		const { answer, text } = await post(body, type)
		expect(answer.status).toBe(400)
		expect(JSON.parse(text)).toEqual({ error: 'no_batch' })
	})

	it('may come from a beacon, which brings cookies; other calls may not', async () => {
		const preflight = (path: string) =>
			api.call(path, { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }, { method: 'OPTIONS' })
		expect((await preflight('/alerts')).headers.get('access-control-allow-credentials')).toBe('true')
		expect((await preflight('/api/orders')).headers.get('access-control-allow-credentials')).toBeNull()
	})
})
