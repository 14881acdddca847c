import { afterEach, describe, expect, it, vi } from 'vitest'
import { beacon } from './beacon.ts'

afterEach(() => {
	vi.unstubAllGlobals()
})

describe('a beacon', () => {
	it('is sent as JSON', async () => {
		const sendBeacon = vi.fn((_url: string, _body: Blob) => true)
		vi.stubGlobal('navigator', { sendBeacon })
		beacon('https://shop.example/alerts', '{"a":1}')
		const [[url, body]] = sendBeacon.mock.calls as [[string, Blob]]
		expect([url, body.type, await body.text()]).toEqual(['https://shop.example/alerts', 'application/json', '{"a":1}'])
	})

	it('is none where the browser has none', () => {
		vi.stubGlobal('navigator', {})
		expect(() => beacon('https://shop.example/alerts', '{}')).not.toThrow()
	})
})
