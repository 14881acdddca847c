import { type EndReason, SessionError, type SessionErrorCode } from '@tabsession/core'
import { act, fireEvent, screen } from '@testing-library/react'
import { StrictMode, useEffect } from 'react'
import { expect, test, vi } from 'vitest'
import {
	alice,
	authenticated,
	bob,
	checking,
	createFakeManager,
	loading,
	redirecting,
	signingOut,
	unauthenticated,
	userChanged,
} from '../test/fake-manager.ts'
import { renderWith, setHidden, visibleText } from '../test/render.tsx'
import { RequireSession, useUser } from './index.ts'

/** The application: a form, and the name of who uses it. */
function Form() {
	const name = useUser(u => u.name)
	return (
		<label>
			{name}
			<input />
		</label>
	)
}

const input = () => document.querySelector('input')
const wrapper = () => document.querySelector('label')?.parentElement
const page = (
	<RequireSession fallback="wait">
		<Form />
	</RequireSession>
)

/** Neither by itself nor by a button. */
const expectNoSignIn = ({ signIn, requireSession }: ReturnType<typeof createFakeManager>) => {
	expect(requireSession).not.toHaveBeenCalled()
	expect(signIn).not.toHaveBeenCalled()
}

test('shows the fallback while loading, by default nothing', () => {
	const { rerender } = renderWith(createFakeManager(loading), page)
	expect(visibleText()).toBe('wait')
	rerender(
		<RequireSession>
			<Form />
		</RequireSession>,
	)
	expect(document.body.textContent).toBe('')
})

test('shows its children, without a box of its own, while somebody is signed in', () => {
	renderWith(createFakeManager(authenticated()), page)
	expect(visibleText()).toBe('Alice')
	expect(wrapper()?.style.display).toBe('contents')
	expect(wrapper()?.hidden).toBe(false)
	expect(wrapper()?.hasAttribute('inert')).toBe(false)
})

test.each([
	['checking', checking],
	['redirecting to sign in', redirecting],
	['redirecting to sign out', signingOut],
])('%s: what was shown stays mounted, hidden and inert, with the fallback beside it', (_, snapshot) => {
	const manager = createFakeManager(authenticated())
	renderWith(manager, page)
	const before = input() as HTMLInputElement
	before.value = 'half a letter'
	act(() => manager.show(snapshot))
	expect(input()).toBe(before)
	expect(visibleText()).toBe('wait')
	expect(wrapper()?.hidden).toBe(true)
	expect(wrapper()?.style.display).toBe('none')
	expect(wrapper()?.hasAttribute('inert')).toBe(true)

	act(() => manager.show(authenticated()))
	expect(input()).toBe(before)
	expect(before.value).toBe('half a letter')
	expect(visibleText()).toBe('Alice')
	expect(wrapper()?.hasAttribute('inert')).toBe(false)
	expect(wrapper()?.hidden).toBe(false)
})

test.each([
	['checking', checking],
	['redirecting', redirecting],
])('%s: what was not shown before is not mounted', (_, snapshot) => {
	renderWith(createFakeManager(snapshot), page)
	expect(input()).toBeNull()
	expect(visibleText()).toBe('wait')
})

test('what was unmounted at an end is not mounted while the page leaves', () => {
	const manager = createFakeManager(authenticated())
	renderWith(manager, page)
	act(() => manager.show(unauthenticated('signed-out')))
	act(() => manager.show(redirecting))
	expect(input()).toBeNull()
	expect(visibleText()).toBe('wait')
})

test('P24: a renewal does not render the children', () => {
	const manager = createFakeManager(authenticated())
	const renders = vi.fn()
	const Child = () => {
		renders()
		return null
	}
	renderWith(
		manager,
		<RequireSession>
			<Child />
		</RequireSession>,
	)
	act(() => manager.renewed())
	expect(renders).toHaveBeenCalledTimes(1)
})

test('I9: another user puts the page in quarantine, with a question that names the new one', () => {
	const manager = createFakeManager(authenticated(alice))
	renderWith(manager, page)
	const before = input()
	act(() => manager.show(userChanged(alice, bob)))
	expect(input()).toBe(before)
	expect(wrapper()?.hidden).toBe(true)
	expect(wrapper()?.hasAttribute('inert')).toBe(true)
	expect(wrapper()?.textContent).toBe('Alice')

	const panel = screen.getByRole('alertdialog', { name: /Bob has signed in/ })
	const button = screen.getByRole('button', { name: 'Continue as Bob' })
	expect(panel.contains(button)).toBe(true)
	expect(document.activeElement).toBe(button)
	expect(visibleText()).not.toContain('Alice')
	expect(manager.acceptUser).not.toHaveBeenCalled()
})

test('I9, P12: after acceptance the children are mounted afresh, and nothing of the user before remains', () => {
	const manager = createFakeManager(authenticated(alice))
	const unmounted = vi.fn()
	const Watched = () => {
		useEffect(() => unmounted, [])
		return <Form />
	}
	renderWith(
		manager,
		<RequireSession>
			<Watched />
		</RequireSession>,
	)
	const before = input() as HTMLInputElement
	before.value = "Alice's letter"
	act(() => manager.show(userChanged(alice, bob)))
	expect(unmounted).not.toHaveBeenCalled()
	fireEvent.click(screen.getByRole('button', { name: 'Continue as Bob' }))
	expect(manager.acceptUser).toHaveBeenCalledTimes(1)
	expect(unmounted).toHaveBeenCalledTimes(1)
	expect(input()).not.toBe(before)
	expect(input()?.value).toBe('')
	expect(document.body.textContent).toBe('Bob')
	expect(screen.queryByRole('alertdialog')).toBeNull()
})

test('I9: in quarantine from the start, the children are mounted for nobody', () => {
	renderWith(createFakeManager(userChanged(alice, bob)), page)
	expect(input()).toBeNull()
	expect(screen.getByRole('alertdialog')).toBeTruthy()
})

test.each([
	[{ sub: 'b', name: 'Bob B.', preferred_username: 'bobby', email: 'bob@example.com' }, 'Bob B.'],
	[{ sub: 'b', preferred_username: 'bobby', email: 'bob@example.com' }, 'bobby'],
	[{ sub: 'b', email: 'bob@example.com' }, 'bob@example.com'],
	[{ sub: 'b' }, 'b'],
])('I9: the new user is named by the best there is: %o', (user, name) => {
	renderWith(createFakeManager(userChanged(alice, user)), page)
	expect(screen.getByRole('button').textContent).toBe(`Continue as ${name}`)
})

test('I9: an application can ask in its own words', () => {
	const manager = createFakeManager(authenticated(alice))
	renderWith(
		manager,
		<RequireSession
			userChanged={(previous, user, accept) => (
				<button type="button" onClick={accept}>
					{previous.name} to {user.name}
				</button>
			)}
		>
			<Form />
		</RequireSession>,
	)
	act(() => manager.show(userChanged(alice, bob)))
	expect(visibleText()).toBe('Alice to Bob')
	expect(input()).not.toBeNull()
	fireEvent.click(screen.getByText('Alice to Bob'))
	expect(visibleText()).toBe('Bob')
})

test('when: shows the children to whom it lets, and `forbidden` to others', () => {
	const manager = createFakeManager(authenticated(alice))
	renderWith(
		manager,
		<RequireSession when={user => user.sub === 'alice'} forbidden="no entry">
			<Form />
		</RequireSession>,
	)
	expect(visibleText()).toBe('Alice')
	act(() => manager.show(authenticated(bob)))
	expect(visibleText()).toBe('no entry')
	expect(input()).toBeNull()
	expectNoSignIn(manager)
})

test('when: children that were forbidden are not mounted while the session is in doubt', () => {
	const manager = createFakeManager(authenticated(alice))
	renderWith(
		manager,
		<RequireSession fallback="wait" when={() => false}>
			<Form />
		</RequireSession>,
	)
	expect(document.body.textContent).toBe('')
	act(() => manager.show(checking))
	expect(input()).toBeNull()
	expect(visibleText()).toBe('wait')
})

test.each(['signed-out', 'idle', 'lifetime', 'no-session', 'expired'] as EndReason[])('%s: the children are unmounted', reason => {
	const manager = createFakeManager(authenticated())
	renderWith(manager, page)
	act(() => manager.show(unauthenticated(reason)))
	expect(input()).toBeNull()
	expect(document.body.textContent).not.toContain('Alice')
})

test('signedOut stands in place of a sign-in, whatever the reason', () => {
	const manager = createFakeManager(unauthenticated('no-session'))
	renderWith(
		manager,
		<RequireSession fallback="wait" signedOut="welcome">
			<Form />
		</RequireSession>,
	)
	expect(visibleText()).toBe('welcome')
	act(() => manager.show(unauthenticated('idle')))
	expect(visibleText()).toBe('welcome')
	expectNoSignIn(manager)
})

test('signedOut={null} shows nothing and signs nobody in', () => {
	const manager = createFakeManager(unauthenticated('no-session'))
	renderWith(manager, <RequireSession fallback="wait" signedOut={null} />)
	expect(document.body.textContent).toBe('')
	expectNoSignIn(manager)
})

test.each(['signed-out', 'signed-out-at-provider', 'idle', 'lifetime'] as EndReason[])(
	'P21: after an end by %s it waits for somebody to ask for a sign-in',
	reason => {
		const manager = createFakeManager(unauthenticated(reason))
		manager.signIn.mockRejectedValue(new SessionError('discovery_failed'))
		renderWith(manager, page)
		expectNoSignIn(manager)
		fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
		expect(manager.signIn).toHaveBeenCalledExactlyOnceWith({ returnTo: location.href, prompt: 'login' })
	},
)

test.each([
	'no-session',
	'renewal-rejected',
	'interaction-required',
	'expired',
	'invalid-tokens',
	'replaced',
	'storage-cleared',
	'key-unavailable',
] as EndReason[])('%s: signs in by itself and comes back to this page, behind the fallback', reason => {
	const manager = createFakeManager(unauthenticated(reason))
	renderWith(manager, page)
	expect(manager.requireSession).toHaveBeenCalledExactlyOnceWith({ returnTo: location.href })
	expect(visibleText()).toBe('wait')
})

test('signs in once: in StrictMode, with two of them, and after other renders', () => {
	const manager = createFakeManager(unauthenticated())
	const both = (
		<StrictMode>
			{page}
			{page}
		</StrictMode>
	)
	const { rerender } = renderWith(manager, both)
	rerender(both)
	act(() => manager.show(unauthenticated()))
	expect(manager.requireSession).toHaveBeenCalledTimes(1)
})

test('P20: a sign-in that was broken off is not begun again by itself; there is a button', () => {
	const manager = createFakeManager(unauthenticated())
	renderWith(manager, page)
	act(() => manager.show(redirecting))
	act(() => manager.show(unauthenticated()))
	expect(manager.requireSession).toHaveBeenCalledTimes(1)
	fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
	expect(manager.signIn).toHaveBeenCalledTimes(1)
	expect(manager.signIn).toHaveBeenLastCalledWith({ returnTo: location.href })
})

test('the end of a later session is a reason to sign in again', () => {
	const manager = createFakeManager(unauthenticated())
	renderWith(manager, page)
	act(() => manager.show(authenticated()))
	act(() => manager.show(unauthenticated('expired')))
	expect(manager.requireSession).toHaveBeenCalledTimes(2)
	expect(visibleText()).toBe('wait')
})

test('a failure of the sign-in that a button begins is for the snapshot to tell, not an unhandled rejection', async () => {
	const signIn = async () => {
		throw new SessionError('discovery_failed')
	}
	renderWith({ ...createFakeManager(unauthenticated('signed-out')), signIn }, page)
	await act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Sign in' })))
	await new Promise(resolve => setTimeout(resolve))
})

test('a sign-in that fails without a word leaves a button, and no unhandled rejection', async () => {
	const manager = createFakeManager(unauthenticated())
	manager.requireSession.mockRejectedValue(new SessionError('redirecting'))
	await act(async () => void renderWith(manager, page))
	expect(screen.getByRole('button', { name: 'Sign in' })).toBeTruthy()
	expect(manager.requireSession).toHaveBeenCalledTimes(1)
})

test('a hidden page does not leave for the provider before it is looked at', () => {
	const manager = createFakeManager(unauthenticated('expired'))
	setHidden(true)
	const { unmount } = renderWith(manager, page)
	expectNoSignIn(manager)
	expect(visibleText()).toBe('wait')
	act(() => setHidden(false))
	expect(manager.requireSession).toHaveBeenCalledTimes(1)
	unmount()

	const other = createFakeManager(unauthenticated('expired'))
	setHidden(true)
	renderWith(other, page)
	act(() => other.show(authenticated()))
	act(() => setHidden(false))
	expectNoSignIn(other)
})

const failed = (code: SessionErrorCode, reason: EndReason = 'no-session') =>
	unauthenticated(reason, new SessionError(code, { detail: 'https://id.example.com' }))

test('P20: with an error set it never signs in by itself, but says what happened and tries again on request', () => {
	const manager = createFakeManager(failed('network_error'))
	renderWith(manager, page)
	expectNoSignIn(manager)
	const alert = screen.getByRole('alert')
	expect(alert.querySelector('p')?.textContent).toBe('[network_error] https://id.example.com: the provider could not be reached.')
	fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
	expect(manager.retry).toHaveBeenCalledTimes(1)
	expectNoSignIn(manager)
})

test.each([
	['no-session', { returnTo: location.href }],
	['signed-out', { returnTo: location.href, prompt: 'login' }],
] as const)('an error that cannot be retried offers a sign-in (%s)', (reason, options) => {
	const manager = createFakeManager(failed('update_required', reason))
	renderWith(manager, page)
	expect(screen.queryByText('Try again')).toBeNull()
	expectNoSignIn(manager)
	fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
	expect(manager.signIn).toHaveBeenCalledExactlyOnceWith(options)
})

test('an error comes before signedOut', () => {
	renderWith(createFakeManager(failed('timeout')), <RequireSession signedOut="welcome" />)
	expect(screen.getByRole('alert')).toBeTruthy()
	expect(visibleText()).not.toContain('welcome')
})

test('an application can show an error in its own words', () => {
	const manager = createFakeManager(failed('timeout'))
	renderWith(
		manager,
		<RequireSession
			error={(error, retry) => (
				<button type="button" onClick={retry}>
					{error.code}
				</button>
			)}
		>
			<Form />
		</RequireSession>,
	)
	fireEvent.click(screen.getByText('timeout'))
	expect(manager.retry).toHaveBeenCalledTimes(1)
	expectNoSignIn(manager)
	expect(screen.queryByRole('alert')).toBeNull()
})

test('the children never see the end of the session: they are gone before', () => {
	const manager = createFakeManager(authenticated())
	renderWith(manager, <StrictMode>{page}</StrictMode>)
	// `useUser` in the form would throw, and React would complain.
	act(() => manager.show(unauthenticated('idle')))
	expect(visibleText()).toBe('Sign in')
})

const kept = (
	<RequireSession keep signedOut="sign in again">
		<Form />
	</RequireSession>
)

test.each(['renewal-rejected', 'interaction-required', 'expired', 'invalid-tokens'] as const)(
	'with keep, what was typed is there again once the same user is back after the end %s (P16)',
	reason => {
		const session = createFakeManager(authenticated())
		renderWith(session, kept)
		fireEvent.change(input() as HTMLInputElement, { target: { value: 'half a letter' } })
		act(() => session.show(unauthenticated(reason)))
		expect(visibleText()).toBe('sign in again')
		expect(wrapper()?.hasAttribute('inert')).toBe(true)
		act(() => session.show(authenticated()))
		expect(visibleText()).toBe('Alice')
		expect(input()?.value).toBe('half a letter')
		expect(wrapper()?.hasAttribute('inert')).toBe(false)
	},
)

test.each(['signed-out', 'signed-out-at-provider', 'idle', 'lifetime', 'replaced'] as const)(
	'with keep, nothing of the session stays on the page after the end %s',
	reason => {
		const session = createFakeManager(authenticated())
		renderWith(session, kept)
		act(() => session.show(unauthenticated(reason)))
		expect(document.body.textContent).toBe('sign in again')
	},
)

test('with keep, another user gets nothing of what was typed (I9)', () => {
	const session = createFakeManager(authenticated())
	renderWith(session, kept)
	fireEvent.change(input() as HTMLInputElement, { target: { value: 'half a letter' } })
	act(() => session.show(unauthenticated('expired')))
	act(() => session.show(userChanged(alice, bob)))
	act(() => session.show(authenticated(bob)))
	expect(visibleText()).toBe('Bob')
	expect(input()?.value).toBe('')
})

test('the same sub at another issuer is another user (I9)', () => {
	const session = createFakeManager(authenticated({ ...alice, iss: 'https://one' }))
	renderWith(session, page)
	fireEvent.change(input() as HTMLInputElement, { target: { value: 'half a letter' } })
	act(() => session.show(authenticated({ ...alice, iss: 'https://other' })))
	expect(input()?.value).toBe('')
})
