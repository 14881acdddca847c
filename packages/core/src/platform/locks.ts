import type { Locks } from './ports.ts'

/** Web Locks as a queue. Where they are missing, tasks run at once: the intent in the record still lets one tab send. */
export const locks: Locks = {
	async queue(name, signal, task) {
		return navigator.locks ? navigator.locks.request(name, { signal }, task) : task()
	},
}
