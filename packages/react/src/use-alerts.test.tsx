import type { Alert } from '@tabsession/core'
import { act } from '@testing-library/react'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { authenticated, createFakeManager } from '../test/fake-manager.ts'
import { renderWith, visibleText } from '../test/render.tsx'
import { SessionProvider, useAlerts } from './index.ts'

const loop: Alert = { id: 'a', type: 'redirect-loop', at: 0, count: 1 }
const users: Alert = { id: 'b', type: 'many-users', at: 1, count: 3 }

function list() {
	const renders: (readonly Alert[])[] = []
	const Alerts = () => {
		const alerts = useAlerts()
		renders.push(alerts)
		return <p>{alerts.map(({ type }) => type).join()}</p>
	}
	return { renders, ui: <Alerts /> }
}

test('shows what was raised, and renders when there is more', () => {
	const manager = createFakeManager(authenticated())
	manager.alert(loop)
	const { renders, ui } = list()
	renderWith(manager, ui)
	expect(visibleText()).toBe('redirect-loop')
	act(() => manager.alert(users))
	expect(visibleText()).toBe('many-users,redirect-loop')
	expect(renders).toHaveLength(2)
})

test('renders for nothing else', () => {
	const manager = createFakeManager(authenticated())
	const { renders, ui } = list()
	renderWith(manager, ui)
	act(() => manager.renewed())
	act(() => manager.show(authenticated({ sub: 'bob' })))
	expect(renders).toHaveLength(1)
})

test('listens once, for as long as it is mounted', () => {
	const manager = createFakeManager(authenticated())
	const { ui } = list()
	const { rerender, unmount } = renderWith(manager, ui)
	rerender(ui)
	expect(manager.on).toHaveBeenCalledTimes(1)
	expect(manager.handlerCount('alertsChanged')).toBe(1)
	unmount()
	expect(manager.handlerCount('alertsChanged')).toBe(0)
})

test('is empty on a server', () => {
	const manager = createFakeManager(authenticated())
	manager.alert(loop)
	expect(
		renderToString(
			<SessionProvider manager={manager}>
				<p>{list().ui}</p>
			</SessionProvider>,
		),
	).not.toContain('redirect-loop')
})
