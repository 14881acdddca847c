import { describe, expect, it } from 'vitest'
import { configure } from './configure.ts'
import type { SessionManagerOptions } from './options.ts'
import { nistAal2, owaspHighValue } from './presets.ts'

const PAGE = 'https://shop.example/'
const own = { authority: 'https://id.example.com', clientId: 'shop', redirectUri: '/signed-in' }
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const limitsOf = (options: SessionManagerOptions) => {
	const { idle, lifetime } = configure(options, PAGE)
	return [idle?.timeoutMs, lifetime?.timeoutMs, lifetime?.from]
}

describe('presets', () => {
	it('are what their sources say', () => {
		expect(limitsOf({ ...nistAal2, ...own })).toEqual([30 * MINUTE, 12 * HOUR, 'authentication'])
		expect(limitsOf({ ...owaspHighValue, ...own })).toEqual([5 * MINUTE, 4 * HOUR, 'sign-in'])
	})

	it('leave time to read and to act: 20 s at least (WCAG 2.2 SC 2.2.1)', () => {
		for (const preset of [nistAal2, owaspHighValue]) {
			const { idle, lifetime } = configure({ ...preset, ...own }, PAGE)
			expect(Math.min(idle?.warnBeforeMs ?? 0, lifetime?.warnBeforeMs ?? 0)).toBeGreaterThanOrEqual(20_000)
		}
	})

	it('give way to what an application sets otherwise', () => {
		const idle = { ...nistAal2.idle, timeout: '10m' } as const
		expect(limitsOf({ ...nistAal2, ...own, idle })).toEqual([10 * MINUTE, 12 * HOUR, 'authentication'])
		expect(limitsOf({ ...nistAal2, ...own, lifetime: false })).toEqual([30 * MINUTE, undefined, undefined])
	})
})
