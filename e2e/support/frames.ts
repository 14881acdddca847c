// Everything a page has shown, from its first frame on: each committed change of the document, and each animation frame.
import type { BrowserContext, Page } from '@playwright/test'

export interface Frame {
	readonly cause: 'change' | 'frame' | 'restored'
	readonly status: string | undefined
	/** What can be seen: text of hidden parts is left out. */
	readonly text: string
}

declare global {
	interface Window {
		shownFrames: Frame[]
	}
}

/** Call before the pages load. Frames without any text are left out, and equal ones in a row are kept once. */
export const recordFrames = (target: Page | BrowserContext) =>
	target.addInitScript(() => {
		window.shownFrames = []
		const record = (cause: Frame['cause']) => {
			// biome-ignore lint/performance/useDomNodeTextContent: only what can be seen counts
			const text = document.querySelector('#root') ? document.body.innerText : ''
			const status = window.session?.getSnapshot().status
			const last = window.shownFrames.at(-1)
			if (cause !== 'restored' && (!text || (last?.text === text && last.status === status))) return
			window.shownFrames.push({ cause, status, text })
		}
		new MutationObserver(() => record('change')).observe(document, { childList: true, subtree: true, characterData: true })
		const each = () => {
			record('frame')
			requestAnimationFrame(each)
		}
		requestAnimationFrame(each)
		// In the capture phase and registered first: what the heap of a restored page would show, before anybody reacts, is no frame yet.
		addEventListener('pageshow', event => {
			if (event.persisted) window.shownFrames = [{ cause: 'restored', status: undefined, text: '' }]
		})
	})

export const framesOf = (page: Page): Promise<readonly Frame[]> => page.evaluate(() => window.shownFrames)
