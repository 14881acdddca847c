import { expect, test, vi } from 'vitest'
import { createFakeManager } from '../../test/fake-manager.ts'
import { renderWith, visibleText } from '../../test/render.tsx'
import { SessionTimeoutNotice } from '../index.ts'

const MINUTE = 60_000
const manager = (idle?: number, lifetime?: number) => ({ ...createFakeManager(), timeouts: { idle, lifetime } })

test.each([
	[15 * MINUTE, 720 * MINUTE, 'For your security you are signed out after 15 minutes without activity, and after 12 hours in any case.'],
	[30 * MINUTE, undefined, 'For your security you are signed out after 30 minutes without activity.'],
	[undefined, 60 * MINUTE, 'For your security you are signed out after 1 hour in any case.'],
	[undefined, undefined, ''],
])('idle %s ms, lifetime %s ms', (idle, lifetime, sentence) => {
	renderWith(manager(idle, lifetime), <SessionTimeoutNotice />)
	expect(visibleText()).toBe(sentence)
})

test('in the words of the application', () => {
	const message = vi.fn(({ idle = 0 }) => `Nach ${idle / MINUTE} Minuten`)
	renderWith(manager(15 * MINUTE), <SessionTimeoutNotice message={message} />)
	expect(visibleText()).toBe('Nach 15 Minuten')
	expect(message).toHaveBeenCalledWith({ idle: 15 * MINUTE, lifetime: undefined })
})
