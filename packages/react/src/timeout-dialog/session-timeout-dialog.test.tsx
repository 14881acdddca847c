import { act, fireEvent, screen } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { authenticated, checking, createFakeManager, type FakeManager, loading, unauthenticated } from '../../test/fake-manager.ts'
import { installModals, removeModals, sheets } from '../../test/modal.ts'
import { renderWith, setHidden } from '../../test/render.tsx'
import { SessionProvider, SessionTimeoutDialog } from '../index.ts'

installModals()

const START = Date.parse('2026-01-01T00:00:00Z')

beforeEach(() => {
	vi.useFakeTimers({ now: START })
	document.title = 'Shop'
})

const dialog = () => screen.queryByRole<HTMLDialogElement>('alertdialog')
const button = (name: string) => screen.getByRole('button', { name })
const timer = () => screen.getByRole('timer').textContent
const spoken = () => screen.getByRole('status').textContent
const interrupting = () => screen.getAllByRole('alert').map(({ textContent }) => textContent)
/** What is due at once does not count: it is not ours. */
function timersLeft() {
	act(() => vi.advanceTimersByTime(0))
	return vi.getTimerCount()
}
const settle = () => act(async () => {})

/** Second by second, as React would render. */
const pass = (seconds: number) => {
	for (let passed = 0; passed < seconds; passed++) act(() => vi.advanceTimersByTime(1000))
}

function announce(cause: 'idle' | 'lifetime', seconds: number, ui: ReactNode = <SessionTimeoutDialog />) {
	const manager = createFakeManager(authenticated(undefined, cause))
	manager.setDeadlines({ [cause]: START + seconds * 1000 })
	return { manager, ...renderWith(manager, ui) }
}

/** The session goes on, as it does in every tab. */
const dismiss = (manager: FakeManager) => act(() => manager.show(authenticated()))

describe('while no end is announced', () => {
	test.each([loading, authenticated(), checking, unauthenticated('idle')])('there is nothing: $status', snapshot => {
		renderWith(createFakeManager(snapshot), <SessionTimeoutDialog />)
		expect(dialog()).toBeNull()
		expect(timersLeft()).toBe(0)
		expect(sheets()).toEqual([])
	})

	test('it renders nothing for what else happens, and once a second once an end is announced', () => {
		const heading = vi.fn(() => 'Still there?')
		const manager = createFakeManager(authenticated())
		const page = vi.fn(() => <SessionTimeoutDialog messages={{ heading }} />)
		const Page = () => page()
		renderWith(manager, <Page />)
		act(() => manager.renewed())
		act(() => manager.show(authenticated({ sub: 'alice', name: 'Alicia' })))
		pass(3)
		expect(heading).not.toHaveBeenCalled()
		manager.setDeadlines({ idle: Date.now() + 60_000 })
		act(() => manager.show(authenticated(undefined, 'idle')))
		heading.mockClear()
		pass(5)
		expect(heading).toHaveBeenCalledTimes(5)
		expect(page).toHaveBeenCalledTimes(1)
	})
})

describe('idle', () => {
	test('says what is about to happen, and how long that is off', () => {
		announce('idle', 60)
		expect(dialog()?.open).toBe(true)
		expect(screen.getByRole('alertdialog', { name: 'Are you still there?' })).toBe(dialog())
		expect(timer()).toBe('1 minute left')
		pass(1)
		expect(timer()).toBe('59 seconds left')
		pass(58)
		expect(timer()).toBe('1 second left')
	})

	test('a click stays, and the dialog is gone once the session goes on', async () => {
		const { manager } = announce('idle', 60)
		fireEvent.click(button('Stay signed in'))
		await settle()
		expect(manager.stay).toHaveBeenCalledTimes(1)
		dismiss(manager)
		expect(dialog()).toBeNull()
		expect(timersLeft()).toBe(0)
	})

	test('a double click is one', async () => {
		const { manager } = announce('idle', 60)
		let resolve = (_stays: boolean) => {}
		manager.stay.mockReturnValueOnce(
			new Promise(settled => {
				resolve = settled
			}),
		)
		fireEvent.click(button('Stay signed in'))
		fireEvent.click(button('Stay signed in'))
		fireEvent.click(button('Sign out now'))
		resolve(true)
		await settle()
		expect(manager.stay).toHaveBeenCalledTimes(1)
		expect(manager.signOut).not.toHaveBeenCalled()
	})

	test.each([
		['comes too late', () => Promise.resolve(false)],
		['fails', () => Promise.reject(new Error('storage_unavailable'))],
	])('where staying %s it says so, and can be tried again', async (_, answer) => {
		const { manager } = announce('idle', 60)
		manager.stay.mockImplementationOnce(answer)
		expect(interrupting()).toEqual(['', ''])
		fireEvent.click(button('Stay signed in'))
		await settle()
		expect(interrupting()).toEqual(['That did not work. Please try again.', ''])
		fireEvent.click(button('Stay signed in'))
		expect(interrupting()).toEqual(['', ''])
		await settle()
		expect(manager.stay).toHaveBeenCalledTimes(2)
		expect(interrupting()).toEqual(['', ''])
	})

	test('signs out at once', async () => {
		const { manager } = announce('idle', 60)
		fireEvent.click(button('Sign out now'))
		await settle()
		expect(manager.signOut).toHaveBeenCalledWith()
		act(() => manager.show(unauthenticated('signed-out')))
		expect(dialog()).toBeNull()
	})

	test('a sign-out that fails can be tried again', async () => {
		const { manager } = announce('idle', 60)
		manager.signOut.mockRejectedValueOnce(new Error('network_error'))
		fireEvent.click(button('Sign out now'))
		await settle()
		expect(interrupting()).toEqual(['That did not work. Please try again.', ''])
	})

	test.each([
		['Escape', () => fireEvent.keyDown(button('Stay signed in'), { key: 'Escape' })],
		['a gesture that closes', () => fireEvent(dialog() as HTMLElement, new Event('cancel', { cancelable: true }))],
	])('%s stays, and closes nothing that is still announced', async (_, close) => {
		const { manager } = announce('idle', 60)
		expect(close(), 'its default is prevented').toBe(false)
		await settle()
		expect(manager.stay).toHaveBeenCalledTimes(1)
		expect(dialog()?.open).toBe(true)
	})

	test('Escape does not reach what lies beneath', async () => {
		const beneath = vi.fn()
		document.addEventListener('keydown', beneath)
		announce('idle', 60)
		fireEvent.keyDown(button('Stay signed in'), { key: 'Escape' })
		fireEvent.keyDown(button('Stay signed in'), { key: 'Tab' })
		await settle()
		document.removeEventListener('keydown', beneath)
		expect(beneath.mock.calls.map(([{ key }]) => key)).toEqual(['Tab'])
	})

	test('opens again where the browser has closed it', async () => {
		announce('idle', 60)
		await act(async () => dialog()?.close())
		expect(screen.getByRole<HTMLDialogElement>('alertdialog').open).toBe(true)
		expect(document.activeElement).toBe(button('Stay signed in'))
	})

	test('is gone with the session, whatever the hands are doing', () => {
		const { manager } = announce('idle', 60)
		fireEvent.pointerDown(button('Stay signed in'))
		act(() => manager.show(checking))
		expect(dialog()).toBeNull()
		act(() => manager.show(authenticated()))
		expect(dialog()).toBeNull()
		expect(timersLeft()).toBe(0)
	})
})

describe('the focus', () => {
	test('is on "Stay signed in", and comes back to where it was', () => {
		const manager = createFakeManager(authenticated())
		manager.setDeadlines({ idle: START + 60_000 })
		renderWith(
			manager,
			<>
				<input aria-label="Name" />
				<SessionTimeoutDialog />
			</>,
		)
		screen.getByLabelText('Name').focus()
		act(() => manager.show(authenticated(undefined, 'idle')))
		expect(document.activeElement).toBe(button('Stay signed in'))
		pass(2)
		expect(document.activeElement).toBe(button('Stay signed in'))
		dismiss(manager)
		expect(document.activeElement).toBe(screen.getByLabelText('Name'))
	})

	test('is on no button that a key meant for the page would press, where staying leaves the page', () => {
		announce('lifetime', 300)
		expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Your session is about to end' }))
	})

	test('is moved where dialogs cannot be modal, as in a test of an application', () => {
		removeModals()
		const { manager } = announce('idle', 60)
		expect(dialog()?.open).toBe(true)
		expect(document.activeElement).toBe(button('Stay signed in'))
		dismiss(manager)
		expect(dialog()).toBeNull()
	})
})

describe('at the end of the lifetime', () => {
	test('says that staying leaves the page', async () => {
		const { manager } = announce('lifetime', 299)
		expect(dialog()?.textContent).toContain('That leaves this page')
		expect(timer()).toBe('4 minutes 59 seconds left')
		fireEvent.click(button('Sign in again'))
		await settle()
		expect(manager.stay).toHaveBeenCalledTimes(1)
	})

	test.each([
		['"Not now"', () => fireEvent.click(button('Not now'))],
		['Escape', () => fireEvent.keyDown(button('Not now'), { key: 'Escape' })],
	])('%s leaves the page to the user until the last minute, and then for good', async (_, putOff) => {
		const { manager } = announce('lifetime', 300)
		putOff()
		await settle()
		expect(dialog()).toBeNull()
		pass(239)
		expect(dialog()).toBeNull()
		pass(1)
		expect(timer()).toBe('1 minute left')
		putOff()
		pass(60)
		expect(dialog()).toBeNull()
		expect(manager.stay).not.toHaveBeenCalled()
	})

	test('put off, it does not keep the idle warning away', () => {
		const { manager } = announce('lifetime', 300)
		fireEvent.click(button('Not now'))
		manager.setDeadlines({ idle: Date.now() + 60_000, lifetime: Date.now() + 250_000 })
		act(() => manager.show(authenticated(undefined, 'idle')))
		expect(screen.getByRole('alertdialog', { name: 'Are you still there?' })).toBeTruthy()
	})
})

describe('activity that takes the warning away while a hand is on its way to a button', () => {
	test('finds the button, not what lies beneath', async () => {
		const { manager } = announce('idle', 60)
		fireEvent.pointerDown(button('Sign out now'))
		dismiss(manager)
		expect(dialog()?.textContent).toContain('You are still signed in.')
		expect(screen.queryByRole('timer')).toBeNull()
		expect(spoken()).toBe('You are still signed in.')
		fireEvent.click(button('Sign out now'))
		await settle()
		expect(manager.signOut).toHaveBeenCalledTimes(1)
	})

	test('finds no sign-in, though the end of the lifetime is announced as well', async () => {
		const { manager } = announce('idle', 60)
		fireEvent.pointerDown(button('Stay signed in'))
		manager.setDeadlines({ idle: Date.now() + 900_000, lifetime: Date.now() + 200_000 })
		act(() => manager.show(authenticated(undefined, 'lifetime')))
		fireEvent.click(button('Stay signed in'))
		await settle()
		expect(manager.stay).not.toHaveBeenCalled()
		expect(button('Sign in again')).toBeTruthy()
	})

	test('"Stay signed in" is at once done', () => {
		const { manager } = announce('idle', 60)
		fireEvent.pointerDown(button('Stay signed in'))
		dismiss(manager)
		fireEvent.click(button('Stay signed in'))
		expect(dialog()).toBeNull()
		expect(manager.stay).not.toHaveBeenCalled()
		expect(timersLeft()).toBe(0)
	})

	test('the dialog goes once the hand rests, or moves elsewhere', () => {
		const { manager } = announce('idle', 60)
		fireEvent.pointerMove(dialog() as HTMLElement)
		dismiss(manager)
		act(() => vi.advanceTimersByTime(900))
		fireEvent.pointerMove(button('Sign out now'))
		act(() => vi.advanceTimersByTime(900))
		fireEvent.pointerMove(dialog() as HTMLElement)
		expect(dialog()).not.toBeNull()
		act(() => vi.advanceTimersByTime(100))
		expect(dialog()).toBeNull()
	})

	test('in other tabs, where there is no hand, it is gone at once', () => {
		const { manager } = announce('idle', 60)
		dismiss(manager)
		expect(dialog()).toBeNull()
	})
})

describe('the title of a hidden tab', () => {
	test('says how long is left, until somebody looks', () => {
		announce('idle', 45)
		expect(document.title).toBe('Shop')
		act(() => setHidden(true))
		expect(document.title).toBe('45 seconds left – your session is about to end')
		pass(1)
		expect(document.title).toBe('44 seconds left – your session is about to end')
		act(() => setHidden(false))
		expect(document.title).toBe('Shop')
	})

	test('is put back when the warning is dismissed in another tab, or the session ends', () => {
		setHidden(true)
		const { manager } = announce('idle', 45)
		expect(document.title).toContain('45 seconds')
		dismiss(manager)
		expect(document.title).toBe('Shop')
		act(() => manager.show(authenticated(undefined, 'idle')))
		expect(document.title).toContain('45 seconds')
		document.title = 'Orders'
		act(() => manager.show(unauthenticated('idle')))
		expect(document.title).toBe('Orders')
	})

	test('is one of two dialogs', () => {
		setHidden(true)
		const [first, second] = [createFakeManager(authenticated(undefined, 'idle')), createFakeManager(authenticated(undefined, 'idle'))]
		first.setDeadlines({ idle: START + 30_000 })
		second.setDeadlines({ idle: START + 50_000 })
		renderWith(
			first,
			<>
				<SessionTimeoutDialog />
				<SessionProvider manager={second}>
					<SessionTimeoutDialog />
				</SessionProvider>
			</>,
		)
		pass(1)
		expect(document.title).toContain('29 seconds')
		expect(screen.getAllByRole('alertdialog')).toHaveLength(2)
		act(() => first.show(authenticated()))
		pass(1)
		expect(document.title).toContain('48 seconds')
		act(() => second.show(authenticated()))
		expect(document.title).toBe('Shop')
	})
})

describe('the style sheet', () => {
	test('is there once for all dialogs, and goes with the last', () => {
		const own = new CSSStyleSheet()
		document.adoptedStyleSheets = [own]
		const { manager, rerender } = announce(
			'idle',
			60,
			<>
				<SessionTimeoutDialog />
				<SessionTimeoutDialog />
			</>,
		)
		expect(sheets()).toHaveLength(2)
		expect(sheets()[1]?.text).toContain('--tabsession-background')
		rerender(<SessionTimeoutDialog />)
		expect(sheets()).toHaveLength(2)
		dismiss(manager)
		expect(document.adoptedStyleSheets).toEqual([own])
	})

	test('is left out where the browser has none, and no style is written into the page', () => {
		Reflect.deleteProperty(document, 'adoptedStyleSheets')
		announce('idle', 60)
		expect(dialog()?.open).toBe(true)
		expect(document.querySelectorAll('style, [style]')).toHaveLength(0)
	})
})

test('in StrictMode it opens once and leaves nothing behind', async () => {
	setHidden(true)
	const { manager, unmount } = announce(
		'idle',
		60,
		<StrictMode>
			<SessionTimeoutDialog />
		</StrictMode>,
	)
	await settle()
	expect(dialog()?.open).toBe(true)
	expect(document.activeElement).toBe(button('Stay signed in'))
	expect(sheets()).toHaveLength(1)
	expect(document.title).toContain('1 minute left')
	fireEvent.click(button('Stay signed in'))
	await settle()
	expect(manager.stay).toHaveBeenCalledTimes(1)
	fireEvent.pointerDown(button('Stay signed in'))
	unmount()
	expect([dialog(), sheets(), document.title, timersLeft()]).toEqual([null, [], 'Shop', 0])
})

test('speaks the language of the application: a text, or a function of cause and time', () => {
	const messages = {
		heading: 'Sind Sie noch da?',
		timeLeft: ({ secondsLeft }: { secondsLeft: number }) => (secondsLeft === 1 ? 'noch 1 Sekunde' : `noch ${secondsLeft} Sekunden`),
		stay: ({ cause }: { cause: string }) => (cause === 'idle' ? 'Angemeldet bleiben' : 'Neu anmelden'),
	}
	announce('idle', 31, <SessionTimeoutDialog messages={messages} />)
	expect(screen.getByRole('alertdialog', { name: 'Sind Sie noch da?' })).toBeTruthy()
	expect(button('Angemeldet bleiben')).toBeTruthy()
	// What is not given is English.
	expect(button('Sign out now')).toBeTruthy()
	pass(1)
	expect([timer(), spoken()]).toEqual(['noch 30 Sekunden', 'noch 30 Sekunden'])
})

test('a message that is given as undefined is English', () => {
	announce('idle', 60, <SessionTimeoutDialog messages={{ stay: undefined } as object} />)
	expect(button('Stay signed in')).toBeTruthy()
})
