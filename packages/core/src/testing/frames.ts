// Hidden frames of a page: an authorization request, or the provider's check-session page.
import type { Frames } from '../platform/ports.ts'
import type { Page } from './page.ts'

/** ms that a hidden page takes to load, and to answer. */
const FRAME_MS = 20

interface FramesOptions {
	/** Loads an authorization request, whose answer comes over the callback page. @returns removes it */
	authorize(url: URL): () => void
	checkSession(message: string): unknown
	/** ms that the check-session page takes to load. */
	readonly loadMs: number | undefined
	/** Loads the check-session page in place of this. */
	readonly instead: Frames | undefined
}

export function createFrames(page: Page, { authorize, checkSession, loadMs = FRAME_MS, instead }: FramesOptions) {
	const polls: string[] = []
	let open = 0

	const port: Frames = {
		open(url, heard) {
			if (new URL(url).pathname === '/authorize') return { post() {}, close: authorize(new URL(url)) }
			if (instead) return instead.open(url, heard)
			let isOpen = true
			let isThere = false
			open += 1
			const inFrame = (ms: number, task: () => void) => page.after(ms, () => isOpen && task())
			inFrame(loadMs, () => {
				isThere = true
				heard.loaded()
			})
			return {
				post(message) {
					if (!isThere) throw new Error('what is there is of no origin yet')
					polls.push(message)
					const answer = checkSession(message)
					if (answer !== undefined) inFrame(FRAME_MS, () => heard.said(answer))
				},
				close() {
					if (isOpen) open -= 1
					isOpen = false
				},
			}
		},
	}

	return {
		port,
		/** What the check-session page was asked. */
		polls,
		/** How many check-session pages are loaded. */
		open: () => open,
	}
}
