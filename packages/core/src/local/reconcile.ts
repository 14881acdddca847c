// The one look at the record that every wake, hint and timer leads to.
import type { SessionError } from '../errors.ts'
import type { Tab } from './tab.ts'

/** ms until storage that does not answer is asked again. */
const RETRY_MS = 1000

export type Reconcile = () => Promise<void>

/**
 * @param isStopped whether the manager has been disposed of
 * @param attend does what is due once the record is read: ends, renews, plans the next look
 * @returns safe to call at any time, from anywhere; what is due in this task shows in this task
 */
export function createReconcile(tab: Tab, isStopped: () => boolean, attend: () => Promise<void> | undefined): Reconcile {
	const { view, now, settle, platform } = tab
	let running: Promise<void> | undefined
	let isAgain = false

	async function run() {
		while (isAgain && !isStopped()) {
			isAgain = false
			const since = now()
			try {
				await tab.read()
			} catch (error) {
				// Trouble with the storage is no logout (I6).
				view.trouble = { error: error as SessionError, since: view.trouble?.since ?? since }
				settle()
				platform.clock.after(RETRY_MS, reconcile)
				return
			}
		}
		if (!isStopped()) await attend()
	}

	function reconcile(): Promise<void> {
		settle()
		isAgain = true
		running ??= run().finally(() => {
			running = undefined
		})
		return running
	}
	return reconcile
}
