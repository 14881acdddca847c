import { act, screen } from '@testing-library/react'
import { Suspense, useLayoutEffect } from 'react'
import { expect, test } from 'vitest'
import {
	alice,
	authenticated,
	bob,
	checking,
	createFakeManager,
	type FakeManager,
	loading,
	redirecting,
	signingOut,
	unauthenticated,
	userChanged,
} from '../test/fake-manager.ts'
import { allowComplaints, Catch, renderWith, visibleText } from '../test/render.tsx'
import { useUser } from './index.ts'

function greeting() {
	const renders: unknown[] = []
	const Greeting = () => {
		const name = useUser(u => u.name)
		renders.push(name)
		return <p>Hello {name}</p>
	}
	return { renders, ui: <Greeting /> }
}

const renderSuspended = (manager: FakeManager, ui = greeting().ui) =>
	renderWith(
		manager,
		<Catch>
			<Suspense fallback="waiting">{ui}</Suspense>
		</Catch>,
	)

test('suspends while loading, then gives the user', async () => {
	const manager = createFakeManager(loading)
	renderSuspended(manager)
	expect(visibleText()).toBe('waiting')
	await act(async () => {})
	await act(async () => manager.show(authenticated()))
	expect(visibleText()).toBe('Hello Alice')
})

test('does not miss a change between its rendering and its waiting', async () => {
	const manager = createFakeManager(loading)
	// The layout effects of the commit that shows the fallback: nobody listens yet.
	const Fallback = () => {
		useLayoutEffect(() => manager.show(authenticated()), [])
		return 'waiting'
	}
	const { ui } = greeting()
	await act(async () => void renderWith(manager, <Suspense fallback={<Fallback />}>{ui}</Suspense>))
	expect(visibleText()).toBe('Hello Alice')
})

test('waits with one promise for all, without starting anything while rendering', async () => {
	const manager = createFakeManager(loading)
	const thrown = new Set<unknown>()
	const subscriptions: number[] = []
	const Two = () => {
		try {
			useUser()
		} catch (promise) {
			thrown.add(promise)
			subscriptions.push(manager.subscribe.mock.calls.length)
			throw promise
		}
		return null
	}
	const { rerender } = renderWith(
		manager,
		<Suspense>
			<Two />
			<Two />
		</Suspense>,
	)
	expect(thrown.size).toBe(1)
	expect(subscriptions[0]).toBe(0)
	expect([...thrown][0]).toBeInstanceOf(Promise)
	rerender(<p />)
})

test('the promise after a change is another one, and nothing is left subscribed', async () => {
	const manager = createFakeManager(loading)
	renderSuspended(manager)
	await act(async () => {})
	await act(async () => manager.show({ ...loading }))
	expect(visibleText()).toBe('waiting')
	await act(async () => manager.show(authenticated()))
	expect(visibleText()).toBe('Hello Alice')
	// The provider and the hook.
	expect(manager.listenerCount()).toBe(2)
})

test('resolves by itself where there is no boundary that could mount the provider', async () => {
	const manager = createFakeManager(loading)
	await act(async () => void renderWith(manager, greeting().ui))
	expect(manager.listenerCount()).toBeGreaterThan(0)
	await act(async () => manager.show(authenticated()))
	expect(visibleText()).toBe('Hello Alice')
})

test('renders only when the selected value changes', () => {
	const manager = createFakeManager(authenticated(alice))
	const { renders, ui } = greeting()
	renderWith(manager, ui)
	act(() => manager.show(authenticated({ ...alice, email: 'new@example.com' })))
	act(() => manager.show(authenticated({ ...alice, email: 'new@example.com' }, 'idle')))
	expect(renders).toEqual(['Alice'])
	act(() => manager.show(authenticated({ ...alice, name: 'Alicia' })))
	expect(renders).toEqual(['Alice', 'Alicia'])
})

test('P24: a renewal does not render it, nor does a user of the same claims', () => {
	const manager = createFakeManager(authenticated(alice))
	const seen: unknown[] = []
	const Whole = () => {
		seen.push(useUser())
		return null
	}
	renderWith(manager, <Whole />)
	act(() => manager.renewed())
	act(() => manager.show(authenticated({ ...alice })))
	expect(seen).toEqual([alice])
})

test.each([
	['checking', checking],
	['redirecting to sign in', redirecting],
	['redirecting to sign out', signingOut],
	['I9: user-changed', userChanged(alice, bob)],
])('keeps the last user it had in %s', (_, snapshot) => {
	const manager = createFakeManager(authenticated(alice))
	const { renders, ui } = greeting()
	renderWith(manager, ui)
	act(() => manager.show(snapshot))
	expect(visibleText()).toBe('Hello Alice')
	expect(renders).toEqual(['Alice'])
})

test('I9: mounted in the quarantine it gives the user this page has shown, not the new one', () => {
	renderWith(createFakeManager(userChanged(alice, bob)), greeting().ui)
	expect(visibleText()).toBe('Hello Alice')
})

test('mounted in doubt without a user it waits', async () => {
	const manager = createFakeManager(checking)
	renderSuspended(manager)
	expect(visibleText()).toBe('waiting')
	await act(async () => {})
	await act(async () => manager.show(authenticated()))
	expect(visibleText()).toBe('Hello Alice')
})

test('throws not_authenticated where nobody is signed in', () => {
	allowComplaints()
	renderSuspended(createFakeManager(unauthenticated()))
	expect(screen.getByText('caught: not_authenticated')).toBeTruthy()
})

test('throws not_authenticated when the session ends, and remembers nobody', () => {
	allowComplaints()
	const manager = createFakeManager(authenticated())
	renderSuspended(manager)
	act(() => manager.show(unauthenticated('signed-out')))
	expect(visibleText()).toBe('caught: not_authenticated')
})

test('after an end it does not give the user of before while the page leaves', async () => {
	const manager = createFakeManager(authenticated())
	const seen: unknown[] = []
	const Reader = () => {
		try {
			seen.push(useUser(u => u.name))
		} catch (thrown) {
			seen.push(thrown instanceof Promise ? 'waits' : (thrown as { code: string }).code)
		}
		return null
	}
	renderWith(manager, <Reader />)
	act(() => manager.show(unauthenticated('expired')))
	act(() => manager.show(redirecting))
	expect(seen).toEqual(['Alice', 'not_authenticated', 'waits'])
})
