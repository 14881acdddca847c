// A window that a page opens for a sign-in, as its user and the provider's policy have it.
import type { Popup } from '../platform/ports.ts'

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
}

export function createPopup(opened: OnPopup | undefined) {
	const state = { url: undefined as string | undefined, isClosed: false, isFocused: true }
	let closed = () => {}
	const popup: Popup = {
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
	}
	return { popup, shown }
}
