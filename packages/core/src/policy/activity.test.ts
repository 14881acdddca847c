import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Config } from '../options.ts'
import { publishEvery } from './activity.ts'

const idle = (timeoutMs: number, warnBeforeMs: number) => ({ idle: { timeoutMs, warnBeforeMs } }) as Config

it.each([
	{ what: 'every 15 s by default', config: idle(1_800_000, 60_000), everyMs: 15_000 },
	{ what: 'every quarter of the time before an early warning', config: idle(60_000, 20_000), everyMs: 10_000 },
	{ what: 'every 15 s where nobody can be idle', config: { idle: undefined } as Config, everyMs: 15_000 },
])('publishes activity $what (I5)', ({ config, everyMs }) => {
	expect(publishEvery(config)).toBe(everyMs)
})

it('always publishes before another tab would warn (I5, P14)', () => {
	const timeouts = fc
		.integer({ min: 2, max: 90 * 86_400_000 })
		.chain(timeoutMs => fc.tuple(fc.constant(timeoutMs), fc.integer({ min: 1, max: timeoutMs - 1 })))
	fc.assert(
		fc.property(timeouts, ([timeoutMs, warnBeforeMs]) => {
			const everyMs = publishEvery(idle(timeoutMs, warnBeforeMs))
			expect(everyMs).toBeGreaterThan(0)
			expect(everyMs).toBeLessThan(timeoutMs - warnBeforeMs)
		}),
	)
})
