// The hooks over a session of @tabsession/core/testing, as a test of an application has them: no manager made by hand, no `act()`.
import { SessionError } from '@tabsession/core'
import { createTestSession } from '@tabsession/core/testing'
import { fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, test } from 'vitest'
import { RequireSession, SessionProvider, useSession, useSessionManager, useTimeoutWarning, useUser } from '../src/index.ts'
import { visibleText } from './render.tsx'

function Warning() {
	const warning = useTimeoutWarning()
	return warning && <button type="button" onClick={warning.stay}>{`${warning.secondsLeft} seconds left`}</button>
}

function Shop() {
	const name = useUser(user => user.name)
	const { fetch, signOut } = useSessionManager()
	const [orders, setOrders] = useState<number>()
	const load = async () => setOrders(((await (await fetch('/api/orders')).json()) as { count: number }).count)
	return (
		<>
			<p>Hello {name}</p>
			<Warning />
			<button type="button" onClick={() => signOut()}>
				Sign out
			</button>
			<button type="button" onClick={load}>
				Orders
			</button>
			{orders !== undefined && <p>{orders} orders</p>}
		</>
	)
}

function Welcome() {
	const { signIn } = useSessionManager()
	const reason = useSession(snapshot => (snapshot.status === 'unauthenticated' ? snapshot.reason : undefined))
	return (
		<>
			<h1>Welcome</h1>
			<p>{reason}</p>
			<button type="button" onClick={() => signIn()}>
				Sign in
			</button>
		</>
	)
}

const App = () => (
	<RequireSession signedOut={<Welcome />}>
		<Shop />
	</RequireSession>
)

const user = { sub: 'u1', name: 'Ada' }

test('the page is there in the first frame, warns, and is gone after a sign-out in another tab', async () => {
	const session = createTestSession({ user, idle: { timeout: '15m' } })
	render(
		<SessionProvider manager={session}>
			<App />
		</SessionProvider>,
	)
	expect(visibleText()).toContain('Hello Ada')
	expect(screen.queryByText(/seconds left/)).toBeNull()

	await session.test.idle('14m')
	expect(screen.getByText('60 seconds left')).toBeTruthy()

	await session.test.signOutInAnotherTab()
	expect(screen.getByRole('heading').textContent).toBe('Welcome')
	expect(screen.getByText('signed-out')).toBeTruthy()
	expect(screen.queryByText('Hello Ada')).toBeNull()
})

test('a click settles by itself: the warning is dismissed, the API answers, the user signs out and in again', async () => {
	const session = createTestSession({ user, apis: ['/api'], fetch: async () => Response.json({ count: 2 }) })
	render(
		<SessionProvider manager={session}>
			<App />
		</SessionProvider>,
	)
	await session.test.idle('29m')
	fireEvent.click(screen.getByText('60 seconds left'))
	await session.test.settled()
	expect(screen.queryByText(/seconds left/)).toBeNull()

	fireEvent.click(screen.getByText('Orders'))
	expect(await screen.findByText('2 orders')).toBeTruthy()

	fireEvent.click(screen.getByText('Sign out'))
	expect(await screen.findByText('Welcome')).toBeTruthy()
	session.test.nextUser({ sub: 'u2', name: 'Bob' })
	fireEvent.click(screen.getByText('Sign in'))
	expect(await screen.findByText('Hello Bob')).toBeTruthy()
})

test('where nobody is signed in RequireSession signs in by itself', async () => {
	const session = createTestSession()
	render(
		<SessionProvider manager={session}>
			<RequireSession fallback="wait">
				<Shop />
			</RequireSession>
		</SessionProvider>,
	)
	expect(visibleText()).toBe('wait')
	await session.test.settled()
	expect(visibleText()).toContain('Hello Test User')
})

test('another user in another tab puts the page in quarantine', async () => {
	const session = createTestSession({ user })
	render(
		<SessionProvider manager={session}>
			<App />
		</SessionProvider>,
	)
	await session.test.signInInAnotherTab({ sub: 'u2', name: 'Bob' })
	fireEvent.click(screen.getByText('Continue as Bob'))
	expect(visibleText()).toContain('Hello Bob')
})

test('an end that signs in anew by itself draws without a complaint', async () => {
	const session = createTestSession({ user })
	render(
		<SessionProvider manager={session}>
			<RequireSession>
				<Shop />
			</RequireSession>
		</SessionProvider>,
	)
	await session.test.failRenewal('rejected')
	expect(visibleText()).toContain('Hello Ada')
	expect(session.test.world.provider.counts.code).toBe(2)
})

test('errors are of the class that the application imports', async () => {
	const session = createTestSession()
	await expect(session.getAccessToken()).rejects.toBeInstanceOf(SessionError)
})
