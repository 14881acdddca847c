// A page that a server rendered is taken over without a mismatch, though the browser knows more.
import { act } from '@testing-library/react'
import { type ReactNode, Suspense, useEffect } from 'react'
import { hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import {
	RequireSession,
	SessionProvider,
	SessionTimeoutDialog,
	SessionTimeoutNotice,
	useDeadlines,
	useSession,
	useTimeoutWarning,
	useUser,
} from '../src/index.ts'
import { authenticated, createFakeManager, type FakeManager } from './fake-manager.ts'
import { visibleText } from './render.tsx'

const app = (manager: FakeManager, children: ReactNode) => <SessionProvider manager={manager}>{children}</SessionProvider>

const container = document.createElement('div')
let root: Root

async function hydrate(html: string, ui: ReactNode) {
	container.innerHTML = html
	document.body.append(container)
	const onRecoverableError = vi.fn()
	await act(async () => {
		root = hydrateRoot(container, ui, { onRecoverableError })
	})
	return { container, onRecoverableError }
}

afterEach(() => {
	act(() => root.unmount())
	container.remove()
})

test('RequireSession and the hooks hydrate as loading, then show what the browser knows', async () => {
	const Status = () => (
		<p>
			{useSession(s => s.status)} {useDeadlines().idle ?? 'never'} {useTimeoutWarning()?.secondsLeft ?? 'calm'}
		</p>
	)
	const page = (
		<>
			<Status />
			<RequireSession fallback={<i>wait</i>}>
				<b>secret</b>
			</RequireSession>
		</>
	)
	const html = renderToString(app(createFakeManager(), page))
	expect(html).toContain('loading')
	expect(html).toContain('wait')
	expect(html).not.toContain('secret')

	const manager = createFakeManager(authenticated(undefined, 'idle'))
	manager.setDeadlines({ idle: 7 })
	const { container, onRecoverableError } = await hydrate(html, app(manager, page))
	expect(onRecoverableError).not.toHaveBeenCalled()
	expect(container.textContent).toBe('authenticated 7 0secret')
})

test('the dialog and the notice hydrate without a mismatch, though an end is announced already', async () => {
	const page = (
		<>
			<SessionTimeoutNotice />
			<SessionTimeoutDialog />
		</>
	)
	const html = renderToString(app(createFakeManager(), page))
	expect(html).toContain('without activity')
	expect(html).not.toContain('dialog')
	const { onRecoverableError } = await hydrate(html, app(createFakeManager(authenticated(undefined, 'idle')), page))
	expect(onRecoverableError).not.toHaveBeenCalled()
	expect(document.querySelector('dialog')?.open).toBe(true)
})

test('a boundary that the server gave up because of useUser is rendered by the browser', async () => {
	const Greeting = () => <p>Hello {useUser(u => u.name)}</p>
	const page = (
		<Suspense fallback="wait">
			<Greeting />
		</Suspense>
	)
	const html = renderToString(app(createFakeManager(), page))
	const { container } = await hydrate(html, app(createFakeManager(authenticated()), page))
	expect(visibleText(container)).toBe('Hello Alice')
})

test('useUser in a page that a server did render is hydrated without waiting for a change', async () => {
	const manager = createFakeManager(authenticated())
	const hydrated = vi.fn()
	const Greeting = () => {
		useEffect(hydrated)
		return <p>{useUser(u => u.name)}</p>
	}
	const { container } = await hydrate(
		'<!--$--><p>Alice</p><!--/$-->',
		app(
			manager,
			<Suspense fallback="wait">
				<Greeting />
			</Suspense>,
		),
	)
	expect(visibleText(container)).toBe('Alice')
	expect(hydrated).toHaveBeenCalled()
})
