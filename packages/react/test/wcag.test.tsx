// The success criteria of WCAG 2.2 that are about time limits and about what a screen reader is told, each by its number.
import { createTestSession } from '@tabsession/core/testing'
import { act, fireEvent, render, screen, within } from '@testing-library/react'
import { describe, expect, test, vi } from 'vitest'
import { SessionProvider, SessionTimeoutDialog, SessionTimeoutNotice } from '../src/index.ts'
import { authenticated, createFakeManager } from './fake-manager.ts'
import { installModals } from './modal.ts'
import { renderWith, visibleText } from './render.tsx'

installModals()

const user = { sub: 'u1', name: 'Ada' }

function renderApp(options: Parameters<typeof createTestSession>[0] = {}) {
	const session = createTestSession({ user, ...options })
	const view = render(
		<SessionProvider manager={session}>
			<footer>
				<SessionTimeoutNotice />
			</footer>
			<SessionTimeoutDialog />
		</SessionProvider>,
	)
	return { session, ...view }
}

const dialog = () => screen.queryByRole('alertdialog')

describe('2.2.1 Timing Adjustable', () => {
	test('by default the user is warned at least 20 seconds ahead, and a simple action extends the time, at least ten times', async () => {
		const { session } = renderApp()
		const started = session.getDeadlines().idle ?? 0
		for (let times = 1; times <= 10; times++) {
			await session.test.idle('29m')
			const { now, idle = 0 } = session.getDeadlines()
			expect(idle - now, `ms left at warning ${times}`).toBeGreaterThanOrEqual(20_000)
			fireEvent.click(screen.getByRole('button', { name: 'Stay signed in' }))
			await session.test.settled()
			expect(dialog()).toBeNull()
		}
		const { now, idle = 0 } = session.getDeadlines()
		expect(idle - now).toBe(30 * 60_000)
		expect(now - started).toBeGreaterThan(9 * 29 * 60_000 - 30 * 60_000)
		expect(session.getSnapshot().status).toBe('authenticated')
	})

	test.each(['Escape', 'Enter'])('the action can be one key: %s', async key => {
		const { session } = renderApp()
		await session.test.idle('29m')
		const focused = document.activeElement as HTMLElement
		expect(focused.textContent).toBe('Stay signed in')
		// A browser makes a click of Enter, as the focus is on a button.
		if (key === 'Enter') fireEvent.click(focused)
		else fireEvent.keyDown(focused, { key })
		await session.test.settled()
		expect(dialog()).toBeNull()
		await session.test.idle('28m')
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
	})

	test('the end of the lifetime is announced long enough ahead to save what was begun', async () => {
		const { session } = renderApp({ idle: false, lifetime: { timeout: '1h' } })
		await session.test.advance('55m')
		const { now, lifetime = 0 } = session.getDeadlines()
		expect(lifetime - now).toBe(5 * 60_000)
		expect(screen.getByRole('alertdialog', { name: 'Your session is about to end' })).toBeTruthy()
		fireEvent.click(screen.getByRole('button', { name: 'Not now' }))
		expect(dialog()).toBeNull()
		expect(session.getSnapshot().status).toBe('authenticated')
	})
})

describe('2.2.6 Timeouts', () => {
	test('users are told from the start how long inactivity may last', () => {
		renderApp()
		expect(visibleText()).toBe('For your security you are signed out after 30 minutes without activity, and after 12 hours in any case.')
	})

	test('what they are told is what happens', async () => {
		const { session } = renderApp({ idle: { timeout: '20m' }, lifetime: false })
		expect(visibleText()).toContain('after 20 minutes without activity')
		await session.test.idle('19m')
		expect(session.getSnapshot().status).toBe('authenticated')
		await session.test.idle('60s')
		expect(session.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})
})

describe('4.1.3 Status Messages', () => {
	const START = Date.parse('2026-01-01T00:00:00Z')

	function announce(seconds: number) {
		vi.useFakeTimers({ now: START })
		const manager = createFakeManager(authenticated(undefined, 'idle'))
		manager.setDeadlines({ idle: START + seconds * 1000 })
		renderWith(manager, <SessionTimeoutDialog />)
		const shown = within(screen.getByRole('alertdialog'))
		const regions = [shown.getByRole('status'), ...shown.getAllByRole('alert')]
		return { manager, regions }
	}

	test('what opens says by its name and description what is about to happen, and when', () => {
		announce(60)
		const shown = dialog() as HTMLElement
		const described = (shown.getAttribute('aria-describedby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent)
		expect(described).toEqual(['For your security you will soon be signed out, in all tabs.', '1 minute left'])
		// The description is read once: it does not change with the time.
		act(() => vi.advanceTimersByTime(5000))
		expect(document.getElementById(shown.getAttribute('aria-describedby')?.split(' ')[1] ?? '')?.textContent).toBe('1 minute left')
	})

	test('regions are there, and empty, before something is said in them; then it is said at sensible moments, the last as an alert', () => {
		const { regions } = announce(125)
		expect(regions.map(({ textContent }) => textContent)).toEqual(['', '', ''])
		const said: string[] = []
		for (let second = 125; second > 0; second--) {
			act(() => vi.advanceTimersByTime(1000))
			const words = regions.map(region => `${region.isConnected && region.role}: ${region.textContent}`).filter(text => !/: $/.test(text))
			if (words.join() !== said.at(-1)) said.push(words.join())
		}
		expect(said).toEqual(['', 'status: 2 minutes left', 'status: 1 minute left', 'status: 30 seconds left', 'alert: 10 seconds left'])
	})

	test('the figure that changes each second is not announced', () => {
		announce(60)
		const timer = screen.getByRole('timer')
		expect(timer.getAttribute('aria-live')).toBe('off')
		const live = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output'
		expect(timer.closest(live)).toBeNull()
	})

	test('what could not be done is said in a region that was there before', async () => {
		const { manager, regions } = announce(60)
		manager.stay.mockResolvedValueOnce(false)
		fireEvent.click(screen.getByRole('button', { name: 'Stay signed in' }))
		await act(async () => {})
		expect(regions.filter(({ role, textContent }) => role === 'alert' && textContent).map(({ textContent }) => textContent)).toEqual([
			'That did not work. Please try again.',
		])
	})
})
