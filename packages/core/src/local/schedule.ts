// Timers of work that ends with the session manager. In the lazy chunk only.
import type { Tab } from './tab.ts'

/** Runs `task` once after `ms`, unless the manager is disposed of before. @returns cancel */
export function schedule(tab: Tab, ms: number, task: () => void): () => void {
	const over = new AbortController()
	const cancel = tab.platform.clock.after(ms, () => {
		over.abort()
		task()
	})
	const stop = () => {
		cancel()
		over.abort()
	}
	tab.until(() => false, over.signal).catch(stop)
	return stop
}

/** @throws SessionError `disposed` */
export const pauseIn = (tab: Tab, ms: number): Promise<void> => tab.live(() => new Promise(resolve => schedule(tab, ms, resolve)))
