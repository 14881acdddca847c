// A window that a page opens for a sign-in, as its user and the provider's policy have it.
import type { Channel, Popup } from '../platform/ports.ts'
import type { Page } from './page.ts'

/** Told of each window once it is sent somewhere. @returns told that the page closes it */
export type OnPopup = (popup: TestPopup) => () => void

/** A window that a tab has opened, and what its user and its page's policy do to it. */
export interface TestPopup {
	/** Where it was sent. */
	readonly url: string | undefined
	/** Whether the tab has closed it. */
	readonly isClosed: boolean
	/** The user closes it, and is back in the tab. */
	leave(): void
	/** It seems closed, but the user is in it (Cross-Origin-Opener-Policy). */
	sever(): void
	/** The line to the tab, for a page of the same origin in the window: `open(path, { opener: popup.line })`. */
	readonly line: Channel
}

/** Both ends of a line between a page and its popup. A frozen page hears of it when it runs again. */
function createLines(page: Page): readonly [Channel, Channel] {
	const heard: (((message: unknown) => void) | undefined)[] = []
	const end = (own: number, other: number): Channel => ({
		open(receive) {
			heard[own] ??= receive
		},
		post(message) {
			page.after(0, () => heard[other]?.(structuredClone(message)))
		},
		close() {
			heard[own] = undefined
		},
	})
	return [end(0, 1), end(1, 0)]
}

export function createPopup(page: Page, opened: OnPopup | undefined) {
	const [line, lineOfWindow] = createLines(page)
	const state = { url: undefined as string | undefined, isClosed: false, isFocused: true }
	let closed = () => {}
	const popup: Popup = {
		window: line,
		go(url) {
			state.url = url
			closed = opened?.(shown) ?? closed
		},
		close() {
			state.isClosed = true
			closed()
		},
		focus() {},
		isLeft: () => state.isClosed && !state.isFocused,
	}
	const shown: TestPopup = {
		get url() {
			return state.url
		},
		get isClosed() {
			return state.isClosed
		},
		leave() {
			Object.assign(state, { isClosed: true, isFocused: false })
		},
		sever() {
			state.isClosed = true
		},
		line: lineOfWindow,
	}
	return { popup, shown }
}
