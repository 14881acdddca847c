import { afterEach, expect, it, vi } from 'vitest'
import { address } from './address.ts'

afterEach(() => {
	vi.unstubAllGlobals()
})

it('the address is replaced without a load, and the router’s state of the entry stays (P5)', () => {
	const state = { of: 'the router' }
	const replaceState = vi.fn()
	vi.stubGlobal('history', { state, replaceState })
	address.replace('/orders')
	expect(replaceState.mock.calls).toEqual([[state, '', '/orders']])
})

it('the page is left with a way back, and loaded anew without one', () => {
	const location = { href: 'https://shop.example/', assign: vi.fn(), replace: vi.fn() }
	vi.stubGlobal('location', location)
	expect(address.href).toBe('https://shop.example/')
	address.assign('https://id.example/')
	expect([location.assign.mock.calls, location.replace.mock.calls]).toEqual([[['https://id.example/']], []])
	address.reload('/orders')
	expect(location.replace.mock.calls).toEqual([['/orders']])
})
