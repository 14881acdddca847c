import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRenewable, isUsable, renewAt } from './freshness.ts'

const T = 1_800_000_000_000
const tokenOf = (seconds: number) => ({ issuedAt: T, expiresAt: T + seconds * 1000, renewable: true, silent: false })

describe('renewal ahead of the end', () => {
	it.each([
		{ seconds: 12, aheadMs: 2400 },
		{ seconds: 299, aheadMs: 59_800 },
		{ seconds: 300, aheadMs: 60_000 },
		{ seconds: 3600, aheadMs: 60_000 },
	])('of a token for $seconds s comes $aheadMs ms before', ({ seconds, aheadMs }) => {
		const token = tokenOf(seconds)
		expect(token.expiresAt - renewAt(token, 0)).toBe(aheadMs)
	})

	it('is spread over a tenth of the margin, so that tabs do not come at once (I1)', () => {
		expect(renewAt(tokenOf(300), 0.5) - renewAt(tokenOf(300), 0)).toBe(3000)
	})
})

describe('renewal ahead of the end of the refresh token', () => {
	it('comes first where that ends first', () => {
		const token = { ...tokenOf(3600), refreshExpiresAt: T + 600_000 }
		expect(renewAt(token, 0)).toBe(T + 540_000)
	})

	it('does not come for one that ends in no time, for the provider gives it no more', () => {
		expect(renewAt({ ...tokenOf(3600), refreshExpiresAt: T + 10_000 }, 0)).toBe(T + 3_540_000)
	})

	it('is of no account where it ends later', () => {
		expect(renewAt({ ...tokenOf(300), refreshExpiresAt: T + 600_000 }, 0)).toBe(renewAt(tokenOf(300), 0))
	})

	it('is too late once it has ended: the access token is used to its end', () => {
		const token = { ...tokenOf(300), refreshExpiresAt: T + 60_000 }
		expect([T + 59_999, T + 60_000].map(now => isRenewable(token, now))).toEqual([true, false])
		expect(isUsable(token, token.expiresAt - 1)).toBe(true)
		expect(isRenewable({ ...token, silent: true }, T + 60_000)).toBe(true)
	})
})

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

	it('is handed out when it has just come', () => {
		expect(isUsable(tokenOf(12), T)).toBe(true)
	})

	it('is renewed while it is still usable, in hidden tabs too (P9)', () => {
		const lifetimes = fc.integer({ min: 1, max: 30 * 86_400 })
		const fractions = fc.double({ min: 0, max: 2, maxExcluded: true, noNaN: true })
		fc.assert(
			fc.property(lifetimes, fractions, (seconds, fraction) => {
				const token = tokenOf(seconds)
				const at = renewAt(token, fraction)
				expect(at).toBeGreaterThan(T)
				expect(isUsable(token, at)).toBe(true)
			}),
		)
	})
})
