import { act, fireEvent, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { authenticated, checking, createFakeManager } from '../test/fake-manager.ts'
import { renderWith } from '../test/render.tsx'
import { type TimeoutWarning, useTimeoutWarning } from './index.ts'

const START = 1_000_000

let seen: (TimeoutWarning | undefined)[]
let parentRenders: number

beforeEach(() => {
	vi.useFakeTimers({ now: START })
	seen = []
	parentRenders = 0
})

function Dialog() {
	const warning = useTimeoutWarning()
	seen.push(warning)
	return warning ? (
		<button type="button" onClick={warning.stay}>
			Stay
		</button>
	) : null
}

function Page() {
	parentRenders++
	return <Dialog />
}

/** Second by second, as React would render. */
function pass(ms: number) {
	for (let passed = 0; passed < ms; passed += 500) act(() => vi.advanceTimersByTime(500))
}
const secondsLeft = () => seen.at(-1)?.secondsLeft

test('there is none, and nothing ticks, until an end is announced', () => {
	const manager = createFakeManager(authenticated())
	manager.setDeadlines({ idle: START + 60_000 })
	renderWith(manager, <Page />)
	pass(10_000)
	expect(seen).toEqual([undefined])
	expect(vi.getTimerCount()).toBe(0)
})

test('counts down once a second while it is announced, in its own component only', () => {
	const manager = createFakeManager(authenticated())
	manager.setDeadlines({ idle: START + 60_000, lifetime: START + 500_000, announced: START + 60_000 })
	renderWith(manager, <Page />)
	act(() => manager.show(authenticated(undefined, 'idle')))
	expect(seen.at(-1)).toMatchObject({ cause: 'idle', secondsLeft: 60 })
	const renders = seen.length
	pass(3000)
	expect(secondsLeft()).toBe(57)
	expect(seen.length - renders).toBe(3)
	expect(parentRenders).toBe(1)
})

test('counts to the end that is announced', () => {
	const manager = createFakeManager(authenticated(undefined, 'lifetime'))
	manager.setDeadlines({ idle: START + 60_000, lifetime: START + 90_500, announced: START + 90_500 })
	renderWith(manager, <Page />)
	expect(seen.at(-1)).toMatchObject({ cause: 'lifetime', secondsLeft: 91 })
})

test('stops when the warning is dismissed, or the session is in doubt', () => {
	const manager = createFakeManager(authenticated(undefined, 'idle'))
	manager.setDeadlines({ idle: START + 60_000 })
	renderWith(manager, <Page />)
	expect(vi.getTimerCount()).toBe(1)
	act(() => manager.show(authenticated()))
	expect(seen.at(-1)).toBeUndefined()
	expect(vi.getTimerCount()).toBe(0)
	act(() => manager.show(authenticated(undefined, 'idle')))
	act(() => manager.show(checking))
	expect(seen.at(-1)).toBeUndefined()
	expect(vi.getTimerCount()).toBe(0)
})

test('is never negative', () => {
	const manager = createFakeManager(authenticated(undefined, 'idle'))
	manager.setDeadlines({ announced: START + 1500 })
	renderWith(manager, <Page />)
	pass(5000)
	expect(secondsLeft()).toBe(0)
})

test('a deadline that is not known counts as reached', () => {
	const manager = createFakeManager(authenticated(undefined, 'idle'))
	renderWith(manager, <Page />)
	expect(secondsLeft()).toBe(0)
})

test("stay is the manager's own", () => {
	const manager = createFakeManager(authenticated(undefined, 'idle'))
	renderWith(manager, <Page />)
	fireEvent.click(screen.getByRole('button'))
	expect(manager.stay).toHaveBeenCalledTimes(1)
	expect(seen[0]?.stay).toBe(manager.stay)
})

test('leaves no timer behind', () => {
	const { unmount } = renderWith(createFakeManager(authenticated(undefined, 'idle')), <Page />)
	unmount()
	expect(vi.getTimerCount()).toBe(0)
})
