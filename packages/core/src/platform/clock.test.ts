import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock, random } from './clock.ts'

const DAY = 86_400_000

beforeEach(() => {
	vi.useFakeTimers({ now: 1_800_000_000_000 })
})

afterEach(() => {
	vi.useRealTimers()
})

describe('the clock', () => {
	it('has a wall that can be set and a monotonic time that cannot (I4)', () => {
		const before = { wall: clock.wall(), mono: clock.mono() }
		vi.setSystemTime(before.wall - DAY)
		vi.advanceTimersByTime(5000)
		expect(clock.wall() - before.wall).toBe(5000 - DAY)
		expect(clock.mono() - before.mono).toBe(5000)
	})

	it('runs a task once, after its time', () => {
		const task = vi.fn()
		clock.after(1000, task)
		vi.advanceTimersByTime(999)
		expect(task).not.toHaveBeenCalled()
		vi.advanceTimersByTime(10_000)
		expect(task).toHaveBeenCalledTimes(1)
	})

	it('does not run a task that was cancelled', () => {
		const task = vi.fn()
		clock.after(1000, task)()
		vi.advanceTimersByTime(1000)
		expect(task).not.toHaveBeenCalled()
	})

	it('runs a task that is due since long at once', () => {
		const task = vi.fn()
		clock.after(-DAY, task)
		vi.advanceTimersByTime(1)
		expect(task).toHaveBeenCalledTimes(1)
	})

	it.each([{ ms: 30 * DAY }, { ms: Number.POSITIVE_INFINITY }])(
		'does not run a task of $ms ms at once, as timers beyond 2^31 do (P8)',
		({ ms }) => {
			const delay = vi.spyOn(globalThis, 'setTimeout')
			clock.after(ms, () => {})
			expect(delay.mock.calls[0]?.[1]).toBe(2 ** 31 - 1)
			delay.mockRestore()
		},
	)
})

describe('chance', () => {
	it('gives ids of 128 bits that are never the same', () => {
		const ids = Array.from({ length: 1000 }, random.id)
		expect(new Set(ids).size).toBe(1000)
		for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
	})

	it('gives places in [0, 1)', () => {
		for (const place of Array.from({ length: 1000 }, random.fraction)) {
			expect(place).toBeGreaterThanOrEqual(0)
			expect(place).toBeLessThan(1)
		}
	})
})
