import type { Clock, Random } from './ports.ts'

/** The longest delay that `setTimeout` takes without running at once. */
const LONGEST = 2 ** 31 - 1

export const clock: Clock = {
	wall: () => Date.now(),
	mono: () => performance.now(),
	after(ms, task) {
		const timer = setTimeout(task, Math.min(ms, LONGEST))
		return () => clearTimeout(timer)
	},
	limit: ms => AbortSignal.timeout(ms),
}

export const random: Random = {
	id: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join(''),
	fraction: () => Math.random(),
}
