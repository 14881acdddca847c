import type { Locks } from './ports.ts'

/** Web Locks as a queue. Where they are missing, the intent in the record still lets one tab send. */
export const locks: Locks = {
	queue: async (name, signal, task) => (navigator.locks ? navigator.locks.request(name, { signal }, () => task(true)) : task(false)),
}
