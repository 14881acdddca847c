import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { activity } from './activity.ts'

const QUIET_MS = 15_000

let page: EventTarget
let listened: Parameters<EventTarget['addEventListener']>[]

beforeEach(() => {
	vi.useFakeTimers()
	page = new EventTarget()
	listened = []
	vi.stubGlobal('addEventListener', (...args: Parameters<EventTarget['addEventListener']>) => {
		listened.push(args)
		page.addEventListener(...args)
	})
	vi.stubGlobal('window', page)
	vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
})

afterEach(() => {
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

function watched() {
	const active = vi.fn()
	const stop = activity.watch(QUIET_MS, active)
	const happen = (...types: string[]) => {
		for (const type of types) page.dispatchEvent(new Event(type))
	}
	return { active, stop, happen }
}

describe('activity', () => {
	it.each(['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove'])('is a %s', sign => {
		const { active, happen } = watched()
		happen(sign)
		expect(active).toHaveBeenCalledTimes(1)
	})

	it('is the focus of the window, and not that of an element, which the page may move itself (P14)', () => {
		const { active, happen } = watched()
		vi.stubGlobal('window', {})
		happen('focus')
		expect(active).not.toHaveBeenCalled()
		vi.stubGlobal('window', page)
		happen('focus')
		expect(active).toHaveBeenCalledTimes(1)
	})

	it('is a scroll right after the user has acted, and not one that the page does by itself, as a chat log (P14)', () => {
		const { active, happen } = watched()
		const userActivation = { isActive: false }
		vi.stubGlobal('navigator', { userActivation })
		happen('scroll')
		expect(active).not.toHaveBeenCalled()
		userActivation.isActive = true
		happen('scroll')
		expect(active).toHaveBeenCalledTimes(1)
	})

	it('is no scroll where the browser does not say whether the user has acted', () => {
		const { active, happen } = watched()
		vi.stubGlobal('navigator', {})
		happen('scroll')
		expect(active).not.toHaveBeenCalled()
	})

	it.each(['mousemove', 'load', 'message', 'visibilitychange', 'timeupdate'])('is not a %s, for that may come without a user', sign => {
		const { active, happen } = watched()
		happen(sign)
		expect(active).not.toHaveBeenCalled()
	})

	it('is told once in each quiet time, at its first sign (P24)', () => {
		const { active, happen } = watched()
		happen('keydown', 'keydown', 'pointermove')
		vi.advanceTimersByTime(QUIET_MS - 1)
		happen('wheel')
		expect(active).toHaveBeenCalledTimes(1)
		vi.advanceTimersByTime(1)
		expect(active).toHaveBeenCalledTimes(1)
		happen('wheel', 'wheel')
		expect(active).toHaveBeenCalledTimes(2)
	})

	it('reads nothing of an event in the quiet time: it costs a comparison', () => {
		const { active, happen } = watched()
		happen('keydown')
		const read = vi.fn()
		const event = new Proxy(new Event('scroll'), { get: read })
		for (const [, notice] of listened) (notice as EventListener)(event)
		expect(read).not.toHaveBeenCalled()
		expect(active).toHaveBeenCalledTimes(1)
	})

	it('is not told while nobody does anything (I5)', () => {
		const { active } = watched()
		vi.advanceTimersByTime(10 * QUIET_MS)
		expect(active).not.toHaveBeenCalled()
	})

	it('is seen before the page’s own handlers can hide it, and never holds up scrolling', () => {
		watched()
		expect(listened).not.toEqual([])
		for (const [, , options] of listened) expect(options).toMatchObject({ capture: true, passive: true })
	})

	it('is not seen any more once stopped', () => {
		const { active, stop, happen } = watched()
		stop()
		happen(...listened.map(([type]) => type))
		expect(active).not.toHaveBeenCalled()
	})

	it('is not seen any more once stopped in a quiet time, and no timer is left', () => {
		const { active, stop, happen } = watched()
		happen('keydown')
		stop()
		expect(vi.getTimerCount()).toBe(0)
		vi.advanceTimersByTime(QUIET_MS)
		happen(...listened.map(([type]) => type))
		expect(active).toHaveBeenCalledTimes(1)
	})
})
