// What happened to the session in a page, from its first moment on.
import type { BrowserContext, Page } from '@playwright/test'
import type { SessionEventType, SessionManager } from '@tabsession/core'

export interface Seen {
	readonly type: SessionEventType | 'change'
	readonly by?: string
	readonly reason?: string
	readonly code?: string
}

declare global {
	interface Window {
		seen: Seen[]
	}
}

/** Call before the pages load. `change` stands for a call of `subscribe`'s listener. */
export const recordEvents = (target: Page | BrowserContext) =>
	target.addInitScript(() => {
		const types: SessionEventType[] = [
			'authenticated',
			'renewed',
			'renewalFailed',
			'warned',
			'ended',
			'alert',
			'userChanged',
			'memoryMode',
			'updateRequired',
		]
		let manager: SessionManager | undefined
		window.seen = []
		Object.defineProperty(window, 'session', {
			get: () => manager,
			set(given: SessionManager) {
				manager = given
				for (const type of types) {
					given.on(type, event => {
						const { by, reason, error } = event as { by?: string; reason?: string; error?: { code: string } }
						window.seen.push({ type, ...(by && { by }), ...(reason && { reason }), ...(error && { code: error.code }) })
					})
				}
				given.subscribe(() => window.seen.push({ type: 'change' }))
			},
		})
	})

export async function eventsOf(page: Page, type: Seen['type']): Promise<readonly Seen[]> {
	const seen = await page.evaluate(() => window.seen)
	return seen.filter(event => event.type === type)
}
