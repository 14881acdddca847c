import type { Locks } from './ports.ts'

/** Web Locks as a queue. Where they are missing or refused, the intent in the record still lets one tab send. */
export const locks: Locks = {
	async queue(name, signal, task) {
		signal.throwIfAborted()
		let hasRun = false
		const run = (isHeld: boolean) => {
			hasRun = true
			return task(isHeld)
		}
		// A browser that neither grants nor refuses may not mind the signal either.
		const aborted = new Promise<never>((_resolve, reject) => {
			signal.addEventListener('abort', () => hasRun || reject(signal.reason))
		})
		try {
			const granted = navigator.locks.request(name, { signal }, () => (signal.aborted ? aborted : run(true)))
			return await Promise.race([granted, aborted])
		} catch (error) {
			if (hasRun || signal.aborted) throw error
			return run(false)
		}
	},
}
