// Web Locks over the tabs of an origin.
import type { Locks } from '../platform/ports.ts'
import type { Page } from './page.ts'

interface Request {
	readonly page: Page
	readonly run: () => Promise<void>
}

export type LockTable = ReturnType<typeof createLocks>

/** @param delay ms until a granted lock's callback runs */
export function createLocks(delay: () => number) {
	const held = new Map<string, Request>()
	const queues = new Map<string, Request[]>()
	const cached = new Set<Page>()

	function grant(name: string) {
		const next = held.has(name) ? undefined : queues.get(name)?.shift()
		if (!next) return
		held.set(name, next)
		next.page.after(delay(), () => void next.run().finally(() => release(name, next)))
	}

	function release(name: string, request: Request) {
		if (held.get(name) !== request) return
		held.delete(name)
		grant(name)
	}

	/** The page is gone, and its locks with it. */
	function forget(page: Page) {
		for (const [name, queue] of queues)
			queues.set(
				name,
				queue.filter(request => request.page !== page),
			)
		for (const [name, holder] of [...held]) if (holder.page === page) release(name, holder)
	}

	function request<T>(page: Page, name: string, signal: AbortSignal, task: (isHeld: boolean) => Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			const waiting: Request = { page, run: () => task(true).then(resolve, reject) }
			queues.set(name, [...(queues.get(name) ?? []), waiting])
			signal.addEventListener('abort', () => {
				const queue = queues.get(name) ?? []
				if (!queue.includes(waiting)) return
				queues.set(
					name,
					queue.filter(other => other !== waiting),
				)
				reject(signal.reason)
			})
			// A page in the back/forward cache that holds what another wants is evicted.
			const holder = held.get(name)
			if (holder && cached.has(holder.page)) holder.page.end()
			grant(name)
		})
	}

	return {
		isHeld: (name: string) => held.has(name),
		of(page: Page): Locks {
			page.atEnd(() => forget(page))
			return { queue: (name, signal, task) => request(page, name, signal, task) }
		},
		/** The page enters or leaves the back/forward cache. */
		cache: (page: Page, isCached: boolean) => void (isCached ? cached.add(page) : cached.delete(page)),
	}
}
