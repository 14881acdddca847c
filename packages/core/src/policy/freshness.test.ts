import { describe, expect, it } from 'vitest'
import { isRenewable, isUsable } from './freshness.ts'

const T = 1_800_000_000_000
const tokenOf = (seconds: number) => ({ issuedAt: T, expiresAt: T + seconds * 1000, renewable: true, silent: false })

describe('an access token', () => {
	it.each([
		{ seconds: 12, marginMs: 600 },
		{ seconds: 300, marginMs: 15_000 },
		{ seconds: 3600, marginMs: 15_000 },
	])('for $seconds s is handed out until $marginMs ms before its end', ({ seconds, marginMs }) => {
		const token = tokenOf(seconds)
		expect(isUsable(token, token.expiresAt - marginMs - 1)).toBe(true)
		expect(isUsable(token, token.expiresAt - marginMs)).toBe(false)
	})

	it('that cannot be renewed is handed out until its end', () => {
		const token = { ...tokenOf(300), renewable: false }
		expect(isUsable(token, token.expiresAt - 1)).toBe(true)
		expect(isUsable(token, token.expiresAt)).toBe(false)
	})

	it('is not renewed once the refresh token has ended: it is used to its end', () => {
		const token = { ...tokenOf(300), refreshExpiresAt: T + 60_000 }
		expect([T + 59_999, T + 60_000].map(now => isRenewable(token, now))).toEqual([true, false])
		expect(isUsable(token, token.expiresAt - 1)).toBe(true)
		expect(isRenewable({ ...token, silent: true }, T + 60_000)).toBe(true)
	})

	it('is handed out when it has just come', () => {
		expect(isUsable(tokenOf(12), T)).toBe(true)
	})
})
