// Renders into jsdom below a provider, and lets no complaint of React go unnoticed.
import type { SessionManager } from '@tabsession/core'
import { cleanup, type RenderOptions, render } from '@testing-library/react'
import { Component, type ReactNode } from 'react'
import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest'
import { SessionProvider } from '../src/index.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

let complaints: MockInstance<typeof console.error>

/** Around each test of a file. */
export function watchComplaints() {
	beforeEach(() => {
		complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
	})

	afterEach(() => {
		cleanup()
		Reflect.deleteProperty(document, 'hidden')
		vi.useRealTimers()
		const calls = complaints.mock.calls
		complaints.mockRestore()
		expect(calls).toEqual([])
		expect(document.body.innerHTML, 'what the next test would find').toBe('')
	})
}

/** For a test in which a component throws: React tells the console so. */
export const allowComplaints = () => {
	complaints.mockImplementation(() => complaints.mock.calls.splice(0))
}

/** Renders `ui` below a `SessionProvider` with that manager. */
export function renderWith(manager: SessionManager, ui: ReactNode, options?: RenderOptions) {
	const wrapped = (children: ReactNode) => <SessionProvider manager={manager}>{children}</SessionProvider>
	const view = render(wrapped(ui), options)
	return { ...view, rerender: (next: ReactNode) => view.rerender(wrapped(next)) }
}

/** Shows what was thrown below it. */
export class Catch extends Component<{ children: ReactNode }, { error?: Error }> {
	static getDerivedStateFromError = (error: Error) => ({ error })
	override state: { error?: Error } = {}
	override render = () => (this.state.error ? <p>caught: {(this.state.error as Error & { code?: string }).code}</p> : this.props.children)
}

/** What can be seen: the text of elements that are displayed. */
export function visibleText(node: Node = document.body): string {
	if (node instanceof Text) return node.data
	if (node instanceof HTMLElement && node.style.display === 'none') return ''
	return [...node.childNodes].map(child => visibleText(child)).join('')
}

/** Makes the page hidden or visible, as changing tabs does. */
export function setHidden(hidden: boolean) {
	Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
	document.dispatchEvent(new Event('visibilitychange'))
}
