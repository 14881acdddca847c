import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { activity } from './activity.ts'

const QUIET_MS = 15_000

let page: EventTarget
let listened: Parameters<EventTarget['addEventListener']>[]
/** What is listened to at present. */
let listening: Set<string>

beforeEach(() => {
	vi.useFakeTimers()
	page = new EventTarget()
	listened = []
	listening = new Set()
	vi.stubGlobal('addEventListener', (...args: Parameters<EventTarget['addEventListener']>) => {
		listened.push(args)
		listening.add(args[0])
		page.addEventListener(...args)
	})
	vi.stubGlobal('window', page)
	vi.stubGlobal('removeEventListener', (...args: Parameters<EventTarget['removeEventListener']>) => {
		listening.delete(args[0])
		page.removeEventListener(...args)
	})
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

	it('listens to nothing in the quiet time, so that an event costs what it costs anyway (P24)', () => {
		const { happen } = watched()
		const signs = new Set(listening)
		expect(signs.size).toBeGreaterThan(0)
		happen('keydown')
		expect(listening).toEqual(new Set())
		vi.advanceTimersByTime(QUIET_MS)
		expect(listening).toEqual(signs)
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
