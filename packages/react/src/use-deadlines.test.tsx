import type { Deadlines } from '@tabsession/core'
import { act } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { authenticated, createFakeManager, type FakeManager, loading } from '../test/fake-manager.ts'
import { renderWith, setHidden } from '../test/render.tsx'
import { useDeadlines } from './index.ts'

const START = 1_000_000

let seen: Deadlines[]

beforeEach(() => {
	vi.useFakeTimers({ now: START })
	seen = []
})

const Reader = ({ intervalMs }: { intervalMs?: number }) => {
	seen.push(useDeadlines(intervalMs))
	return null
}

const readings = (manager: FakeManager, ui = <Reader />) => renderWith(manager, ui)
const times = () => [...new Set(seen.map(d => d.now - START))]
/** Step by step, as React would render. */
function pass(ms: number) {
	for (let passed = 0; passed < ms; passed += 100) act(() => vi.advanceTimersByTime(100))
}

test('reads the deadlines again each second', () => {
	const manager = createFakeManager(authenticated())
	manager.setDeadlines({ idle: START + 5000, next: 'idle' })
	readings(manager)
	expect(seen[0]).toEqual({ now: START, idle: START + 5000, next: 'idle' })
	pass(2500)
	expect(times()).toEqual([0, 1000, 2000])
})

test('reads at the interval it is given', () => {
	readings(createFakeManager(authenticated()), <Reader intervalMs={200} />)
	pass(500)
	expect(times()).toEqual([0, 200, 400])
})

test('reads at once when the session changes', () => {
	const manager = createFakeManager(authenticated())
	readings(manager)
	pass(300)
	manager.setDeadlines({ lifetime: START + 9000 })
	act(() => manager.show(authenticated(undefined, 'idle')))
	expect(seen.at(-1)).toEqual({ now: START + 300, lifetime: START + 9000 })
})

test('stops while the page is hidden, and reads at once when it is visible again', () => {
	readings(createFakeManager(authenticated()))
	pass(1000)
	act(() => setHidden(true))
	const renders = seen.length
	expect(vi.getTimerCount()).toBe(0)
	pass(10_000)
	expect(seen).toHaveLength(renders)
	act(() => setHidden(false))
	expect(seen.at(-1)?.now).toBe(START + 11_000)
	pass(1000)
	expect(seen.at(-1)?.now).toBe(START + 12_000)
})

test('leaves no timer and no listener behind', () => {
	const manager = createFakeManager(authenticated())
	const removed = vi.spyOn(document, 'removeEventListener')
	const { unmount } = readings(manager)
	unmount()
	expect(vi.getTimerCount()).toBe(0)
	expect(manager.listenerCount()).toBe(0)
	expect(removed).toHaveBeenCalledWith('visibilitychange', expect.any(Function))
	removed.mockRestore()
})

test('nothing is due while it is not known whether there is a session', () => {
	const manager = createFakeManager(loading)
	manager.setDeadlines({ idle: START + 5000 })
	readings(manager)
	expect(seen.at(-1)).toEqual({ now: 0 })
})
