import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUsable } from './freshness.ts'
import { renewAt } from './renew-ahead.ts'

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

	it('comes while the token is still usable, in hidden tabs too (P9)', () => {
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
})
