import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lifecycle } from './lifecycle.ts'

let page: EventTarget
let shown: EventTarget & { visibilityState: string; prerendering?: boolean }

beforeEach(() => {
	page = new EventTarget()
	shown = Object.assign(new EventTarget(), { visibilityState: 'visible' })
	vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
	vi.stubGlobal('document', shown)
})

afterEach(() => {
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

const persisted = (type: string, value: boolean) => Object.assign(new Event(type), { persisted: value })

/** Everything that a page can be told, and who is told it by whom. */
const signals = [
	{ signal: 'pagehide', by: () => page, event: () => persisted('pagehide', true), told: 'sleep()' },
	{ signal: 'pagehide without a way back', by: () => page, event: () => persisted('pagehide', false), told: 'sleep()' },
	{ signal: 'freeze', by: () => shown, event: () => new Event('freeze'), told: 'sleep()' },
	{ signal: 'pageshow out of the back/forward cache (P13)', by: () => page, event: () => persisted('pageshow', true), told: 'wake(true)' },
	{ signal: 'resume', by: () => shown, event: () => new Event('resume'), told: 'wake(false)' },
	{ signal: 'visibilitychange', by: () => shown, event: () => new Event('visibilitychange'), told: 'look(visible)' },
	{ signal: 'focus', by: () => page, event: () => new Event('focus'), told: 'look(focus)' },
	{ signal: 'online (P7)', by: () => page, event: () => new Event('online'), told: 'look(online)' },
]

function watched() {
	const told: string[] = []
	const stop = lifecycle.watch({
		sleep: () => told.push('sleep()'),
		wake: restored => told.push(`wake(${restored})`),
		look: cause => told.push(`look(${cause})`),
	})
	return { told, stop }
}

describe('a page', () => {
	it.each(signals)('that has a $signal is told $told (I3)', ({ by, event, told }) => {
		const watch = watched()
		by().dispatchEvent(event())
		expect(watch.told).toEqual([told])
	})

	it('that is shown for the first time need not wake', () => {
		const { told } = watched()
		page.dispatchEvent(persisted('pageshow', false))
		expect(told).toEqual([])
	})

	it('that is hidden need not look', () => {
		const { told } = watched()
		shown.visibilityState = 'hidden'
		shown.dispatchEvent(new Event('visibilitychange'))
		expect(told).toEqual([])
	})

	it('is told nothing any more once stopped', () => {
		const { told, stop } = watched()
		stop()
		for (const { by, event } of signals) by().dispatchEvent(event())
		expect(told).toEqual([])
	})

	it.each([
		{ visibilityState: 'visible', visible: true },
		{ visibilityState: 'hidden', visible: false },
		{ visibilityState: 'prerender', visible: false },
	])('with the state $visibilityState is visible: $visible', ({ visibilityState, visible }) => {
		shown.visibilityState = visibilityState
		expect(lifecycle.visible()).toBe(visible)
	})

	it('that is no prerendering is shown at once, without a wait', () => {
		expect(lifecycle.shown()).toBeUndefined()
	})

	it('that is being prerendered is shown once the user comes to it', async () => {
		shown.prerendering = true
		const done = vi.fn()
		const waiting = lifecycle.shown()?.then(done)
		await Promise.resolve()
		expect(done).not.toHaveBeenCalled()
		shown.dispatchEvent(new Event('prerenderingchange'))
		await waiting
		expect(done).toHaveBeenCalledTimes(1)
	})
})

describe('work that can wait', () => {
	it('is done when the browser is idle', () => {
		const requestIdleCallback = vi.fn()
		vi.stubGlobal('requestIdleCallback', requestIdleCallback)
		const task = () => {}
		lifecycle.idle(task)
		expect(requestIdleCallback.mock.calls).toEqual([[task]])
	})

	it('is done after a second in a browser that does not say', () => {
		vi.useFakeTimers()
		const task = vi.fn()
		lifecycle.idle(task)
		vi.advanceTimersByTime(999)
		expect(task).not.toHaveBeenCalled()
		vi.advanceTimersByTime(1)
		expect(task).toHaveBeenCalledTimes(1)
	})
})
