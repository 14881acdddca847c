import { act } from '@testing-library/react'
import { expect, test } from 'vitest'
import { alice, authenticated, bob, checking, createFakeManager, loading, unauthenticated } from '../test/fake-manager.ts'
import { renderWith } from '../test/render.tsx'
import { useSession } from './index.ts'
import { isShallowlyEqual } from './use-selected.ts'

/** A component that keeps what the hook gave at each render. */
function recorder<T>(read: () => T) {
	const renders: T[] = []
	const Recorder = () => {
		renders.push(read())
		return null
	}
	return { renders, ui: <Recorder /> }
}

test('gives the snapshot itself, and renders when it changes', () => {
	const first = authenticated()
	const manager = createFakeManager(first)
	const { renders, ui } = recorder(() => useSession())
	renderWith(manager, ui)
	act(() => manager.show(checking))
	expect(renders).toEqual([first, checking])
	expect(renders[0]).toBe(first)
	expect(renders[1]).toBe(checking)
})

test('P24: a renewal does not render a component that reads the whole snapshot', () => {
	const manager = createFakeManager(authenticated())
	const { renders, ui } = recorder(() => useSession())
	renderWith(manager, ui)
	act(() => manager.renewed())
	expect(renders).toHaveLength(1)
})

test('P24: a renewal does not render a component with a selector', () => {
	const manager = createFakeManager(authenticated())
	const { renders, ui } = recorder(() => useSession(s => ({ name: s.user?.name })))
	renderWith(manager, ui)
	act(() => manager.renewed())
	expect(renders).toHaveLength(1)
})

test('a selector renders when its part changes, and only then', () => {
	const manager = createFakeManager(authenticated(alice))
	const { renders, ui } = recorder(() => useSession(s => s.user?.name))
	renderWith(manager, ui)
	act(() => manager.show(authenticated(alice, 'idle')))
	act(() => manager.show(authenticated(bob)))
	expect(renders).toEqual(['Alice', 'Bob'])
})

test('a selector may build a fresh object or array of the same parts', () => {
	const manager = createFakeManager(authenticated(alice))
	const objects = recorder(() => useSession(s => ({ status: s.status, name: s.user?.name })))
	const arrays = recorder(() => useSession(s => [s.status, s.user?.name]))
	renderWith(manager, [<div key="1">{objects.ui}</div>, <div key="2">{arrays.ui}</div>])
	act(() => manager.show(authenticated(alice, 'idle')))
	expect([objects.renders.length, arrays.renders.length]).toEqual([1, 1])
	act(() => manager.show(unauthenticated()))
	expect(objects.renders.at(-1)).toEqual({ status: 'unauthenticated', name: undefined })
	expect(arrays.renders.at(-1)).toEqual(['unauthenticated', undefined])
})

test('a selected object keeps its identity over renders that come from elsewhere', () => {
	const manager = createFakeManager(authenticated(alice))
	const { renders, ui } = recorder(() => useSession(s => ({ name: s.user?.name })))
	const { rerender } = renderWith(manager, <div>{ui}</div>)
	rerender(<p>{ui}</p>)
	rerender(<p title="again">{recorder(() => 1).ui}</p>)
	expect(renders).toHaveLength(2)

	const seen: unknown[] = []
	const Prop = (_: { n: number }) => {
		seen.push(useSession(s => ({ name: s.user?.name })))
		return null
	}
	rerender(<Prop n={1} />)
	rerender(<Prop n={2} />)
	expect(seen).toHaveLength(2)
	expect(seen[1]).toBe(seen[0])
})

test('a selector that changes with its props gives the new part at once', () => {
	const manager = createFakeManager(authenticated(alice))
	const seen: unknown[] = []
	const Claim = ({ claim }: { claim: string }) => {
		seen.push(useSession(s => s.user?.[claim]))
		return null
	}
	const { rerender } = renderWith(manager, <Claim claim="name" />)
	rerender(<Claim claim="email" />)
	expect(seen).toEqual(['Alice', 'alice@example.com'])
})

test('starts as loading and follows the session', () => {
	const manager = createFakeManager()
	const { renders, ui } = recorder(() => useSession(s => s.status))
	renderWith(manager, ui)
	act(() => manager.show(authenticated()))
	act(() => manager.show(loading))
	expect(renders).toEqual(['loading', 'authenticated', 'loading'])
})

test.each([
	['the same', 1, 1, true],
	['NaN', Number.NaN, Number.NaN, true],
	['equal parts', { a: 1, b: alice }, { a: 1, b: alice }, true],
	['another part', { a: 1 }, { a: 2 }, false],
	['a part more', { a: 1 }, { a: 1, b: undefined }, false],
	['another name for undefined', { a: undefined }, { b: undefined }, false],
	['equal parts deeper down', { a: {} }, { a: {} }, false],
	['array and object', [1], { 0: 1 }, false],
	['arrays', [1, 2], [1, 2], true],
	['two dates', new Date(0), new Date(1), false],
	['two maps', new Map([[1, 1]]), new Map(), false],
	['two errors', new Error('a'), new Error('b'), false],
	['null and object', null, {}, false],
])('shallow comparison: %s', (_, a, b, equal) => {
	expect(isShallowlyEqual(a, b)).toBe(equal)
})
