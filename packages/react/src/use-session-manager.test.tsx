import { act, render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { authenticated, checking, createFakeManager } from '../test/fake-manager.ts'
import { allowComplaints, renderWith } from '../test/render.tsx'
import { useSessionManager } from './index.ts'

test('gives the manager of the provider, the same one for ever, and does not render with the session', () => {
	const manager = createFakeManager(authenticated())
	const seen: unknown[] = []
	function Reader() {
		seen.push(useSessionManager())
		return null
	}
	renderWith(manager, <Reader />)
	act(() => manager.show(checking))
	expect(seen).toEqual([manager])
	expect(seen[0]).toBe(manager)
})

test('says what to do when there is no provider', () => {
	allowComplaints()
	function Reader() {
		useSessionManager()
		return null
	}
	expect(() => render(<Reader />)).toThrow('<SessionProvider manager={session}>')
})
