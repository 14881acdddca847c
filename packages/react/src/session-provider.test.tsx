import { act, render } from '@testing-library/react'
import { StrictMode } from 'react'
import { expect, test } from 'vitest'
import { authenticated, checking, createFakeManager } from '../test/fake-manager.ts'
import '../test/render.tsx'
import { SessionProvider } from './index.ts'

test('starts the session by subscribing, though no component below reads it', () => {
	const manager = createFakeManager()
	render(<SessionProvider manager={manager}>page</SessionProvider>)
	expect(manager.listenerCount()).toBe(1)
})

test('lives through StrictMode with one subscription, and disposes of nothing when unmounted (P6)', () => {
	const manager = createFakeManager()
	const { unmount } = render(
		<StrictMode>
			<SessionProvider manager={manager}>page</SessionProvider>
		</StrictMode>,
	)
	expect(manager.listenerCount()).toBe(1)
	unmount()
	expect(manager.listenerCount()).toBe(0)
	expect(manager.dispose).not.toHaveBeenCalled()
	expect(manager.signOut).not.toHaveBeenCalled()
})

test('renders nothing when the session changes', () => {
	const manager = createFakeManager(authenticated())
	let renders = 0
	function Page() {
		renders++
		return null
	}
	render(
		<SessionProvider manager={manager}>
			<Page />
		</SessionProvider>,
	)
	act(() => manager.show(checking))
	expect(renders).toBe(1)
})

test('a change of the manager moves the subscription', () => {
	const first = createFakeManager()
	const second = createFakeManager()
	const { rerender } = render(<SessionProvider manager={first} />)
	rerender(<SessionProvider manager={second} />)
	expect([first.listenerCount(), second.listenerCount()]).toEqual([0, 1])
})
