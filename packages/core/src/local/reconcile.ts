// The one look at the record that every wake, hint and timer leads to.
import type { SessionError } from '../errors.ts'
import type { Tab } from './tab.ts'

/** ms until a look that failed is repeated. */
const AGAIN_MS = 1000

export type Reconcile = () => Promise<void>

/**
 * @param stops to be called when the manager is disposed of
 * @param isStopped whether the manager has been disposed of
 * @param attend does what is due once the record is read: ends, renews, plans the next look
 * @returns safe to call at any time, from anywhere; what is due in this task shows in this task
 */
export function createReconcile(
	tab: Tab,
	stops: (() => void)[],
	isStopped: () => boolean,
	attend: () => Promise<void> | undefined,
): Reconcile {
	const { view, now, settle, platform } = tab
	/** The look under way, and the one that waits for it: a look covers only what came before it began. */
	let running: Promise<void> | undefined
	let next: Promise<void> | undefined
	let cancel = () => {}
	stops.push(() => cancel())

	async function read() {
		const since = now()
		try {
			await tab.read()
		} catch (error) {
			// Trouble with the storage is no logout (I6).
			view.trouble ??= { error: error as SessionError, since }
			view.isAlone = true
			settle()
			throw error
		}
	}

	async function run() {
		cancel()
		try {
			if (isStopped()) return
			await read()
			await attend()
		} catch {
			if (!isStopped()) cancel = platform.clock.after(AGAIN_MS, reconcile)
		}
	}

	function reconcile(): Promise<void> {
		settle()
		if (running) {
			next ??= running.then(() => {
				next = undefined
				return reconcile()
			})
			return next
		}
		running = run().finally(() => {
			running = undefined
		})
		return running
	}
	return reconcile
}
