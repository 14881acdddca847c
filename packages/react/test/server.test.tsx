// @vitest-environment node
// On a server: no window, no document, and the session is `loading`.
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Suspense } from 'react'
import { type PipeableStream, renderToPipeableStream, renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest'
import {
	RequireSession,
	SessionProvider,
	SessionTimeoutDialog,
	SessionTimeoutNotice,
	useDeadlines,
	useSession,
	useSessionEvent,
	useSessionManager,
	useTimeoutWarning,
	useUser,
} from '../src/index.ts'
import { createFakeManager } from './fake-manager.ts'

let complaints: MockInstance<typeof console.error>
beforeEach(() => {
	complaints = vi.spyOn(console, 'error')
})
afterEach(() => expect(complaints).not.toHaveBeenCalled())

test('renders as loading, touches nothing, and starts no session', () => {
	const manager = createFakeManager()
	const Status = () => {
		useSessionEvent('ended', () => {})
		useSessionManager()
		return <p>{JSON.stringify([useSession().status, useSession(s => s.user), useDeadlines(), useTimeoutWarning() ?? 'no warning'])}</p>
	}
	const html = renderToString(
		<SessionProvider manager={manager}>
			<Status />
			<RequireSession fallback="wait">
				<p>secret</p>
			</RequireSession>
			<SessionTimeoutDialog />
			<i>
				<SessionTimeoutNotice />
			</i>
		</SessionProvider>,
	)
	expect(html.replaceAll('&quot;', '"')).toBe(
		'<p>["loading",null,{"now":0},"no warning"]</p>wait<i>For your security you are signed out after 15 minutes without activity, and after 12 hours in any case.</i>',
	)
	expect(manager.subscribe).not.toHaveBeenCalled()
	expect(manager.start).not.toHaveBeenCalled()
})

test('useUser leaves its boundary to the browser, and does not keep a streaming server waiting', async () => {
	const manager = createFakeManager()
	const Greeting = () => <p>{useUser().name}</p>
	const errors: unknown[] = []
	const stream = await new Promise<PipeableStream>(resolve => {
		const stream = renderToPipeableStream(
			<SessionProvider manager={manager}>
				<Suspense fallback="wait">
					<Greeting />
				</Suspense>
			</SessionProvider>,
			{ onAllReady: () => resolve(stream), onError: error => void errors.push(error) },
		)
	})
	const html = await text(stream.pipe(new PassThrough()))
	expect(html).toContain('wait')
	expect(errors).toMatchObject([{ code: 'not_authenticated' }])
	expect(manager.subscribe).not.toHaveBeenCalled()
})
