// What a tab of a crowd does and says: it asks for its token each second, and notes at once what it sees, for a tab that is killed tells no tales.
import type { SessionManager } from '@tabsession/core'

/** `at`: ms since the epoch. */
export type Note = { readonly at: number } & (
	| { readonly what: 'authenticated' | 'freeze' }
	/** the token's end and ms that it is still good for, or the error that came in its place */
	| { readonly what: 'asked'; readonly token?: string; readonly left?: number; readonly code?: string }
	| { readonly what: 'renewed'; readonly generation: number; readonly by: string }
	| { readonly what: 'ended'; readonly reason: string }
	/** ms that no timer ran for */
	| { readonly what: 'resume'; readonly stoodStill: number }
	/** ms by which a timer and a transaction of the page's own were late */
	| { readonly what: 'held-up'; readonly ms: number }
)

interface Watched extends Window {
	session: SessionManager
	/** Hears no hint while it is. */
	isDeaf?: boolean
	note(text: string): void
}

/** Runs in the page, and so uses nothing of this file. */
function watch() {
	const page = window as unknown as Watched
	const note = (what: string, more: object = {}) => page.note(JSON.stringify({ at: Date.now(), what, ...more }))

	let manager: SessionManager | undefined
	Object.defineProperty(page, 'session', {
		get: () => manager,
		set(given: SessionManager) {
			manager = given
			given.on('authenticated', () => note('authenticated'))
			given.on('renewed', ({ by, generation }) => note('renewed', { by, generation }))
			given.on('ended', ({ reason }) => note('ended', { reason }))
		},
	})

	const expiryOf = (token: string) => JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))).exp * 1000
	setInterval(() => {
		manager?.getAccessToken().then(
			token => note('asked', { token: token.slice(-12), left: expiryOf(token) - Date.now() }),
			error => note('asked', { code: error.code ?? String(error) }),
		)
	}, 1000)

	let tickedAt = Date.now()
	setInterval(() => {
		tickedAt = Date.now()
	}, 100)
	document.addEventListener('freeze', () => note('freeze'))
	document.addEventListener('resume', () => note('resume', { stoodStill: Date.now() - tickedAt }))

	// As a renewal does: a timer, and then a transaction. The database is this page's alone, so that no other page can keep it waiting.
	const opening = indexedDB.open(`pulse-${Math.random()}`)
	opening.onupgradeneeded = () => opening.result.createObjectStore('pulse')
	const written = () =>
		new Promise<void>(resolve => {
			const transaction = opening.result.transaction('pulse', 'readwrite')
			transaction.oncomplete = () => resolve()
			transaction.onabort = () => resolve()
			transaction.objectStore('pulse').put(Date.now(), 'at')
		})
	const PULSE_MS = 250
	async function pulse(dueAt: number) {
		await written()
		const now = Date.now()
		if (now - dueAt > PULSE_MS) note('held-up', { ms: now - dueAt })
		setTimeout(() => void pulse(now + PULSE_MS), PULSE_MS)
	}
	opening.onsuccess = () => void pulse(Date.now())

	const hears = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, 'onmessage') as PropertyDescriptor
	Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
		...hears,
		set(handler: (event: MessageEvent) => void) {
			hears.set?.call(this, (event: MessageEvent) => page.isDeaf || handler(event))
		},
	})
}

/** For each document, before its own scripts. The provider's pages have no session to watch. */
export const watchScript = (shop: string) => `location.origin === ${JSON.stringify(shop)} && (${watch})()`
