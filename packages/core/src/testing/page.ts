// One page load as a browser runs it: its callbacks wait while it is frozen, and never come once it is gone.
import type { Clock } from '../platform/ports.ts'
import type { Time } from './time.ts'

export type Page = ReturnType<typeof createPage>

export function createPage(time: Time, id: number) {
	/** Of a stuck page not even the message handlers run. */
	let state: 'running' | 'frozen' | 'stuck' | 'gone' = 'running'
	let held: (() => void)[] = []
	const atEnd: (() => void)[] = []
	/** Set with `after`, and neither run nor cancelled. */
	const timers = new Set<object>()
	let stoodStill = 0
	let steadySince = time.truth()
	let wokeAt = Number.NEGATIVE_INFINITY
	let frozenAt = 0

	/** Runs `task` in the page: now if it runs, when it runs again if it is frozen, and not at all if it is gone. */
	function enter(task: () => void) {
		if (state === 'running') task()
		else if (state !== 'gone') held.push(task)
	}

	const after = (ms: number, task: () => void) => time.after(ms, () => enter(task))

	const clock: Clock = {
		wall: time.wall,
		mono: time.elapsed,
		after(ms, task) {
			const timer = {}
			timers.add(timer)
			const cancel = after(ms, () => timers.delete(timer) && task())
			return () => {
				timers.delete(timer)
				cancel()
			}
		},
		limit(ms) {
			const giveUp = new AbortController()
			after(ms, () => giveUp.abort())
			return giveUp.signal
		},
	}

	return {
		id,
		clock,
		enter,
		after,
		isRunning: () => state === 'running',
		/** How many timers are set. */
		timers: () => timers.size,
		isGone: () => state === 'gone',
		/** Since when it runs without a break, ms of the world's time. */
		steadySince: () => (state === 'running' ? steadySince : Number.POSITIVE_INFINITY),
		/** When it last came out of a freeze, which it is told of, ms of the world's time. */
		wokeAt: () => wokeAt,
		/** ms of the monotonic clock in which it ran. */
		ran: () => (state === 'running' ? time.elapsed() : frozenAt) - stoodStill,
		/** Runs `task` when the page goes. */
		atEnd(task: () => void) {
			atEnd.push(task)
		},
		isStuck: () => state === 'stuck',
		freeze(as: 'frozen' | 'stuck' = 'frozen') {
			if (state !== 'running') return
			state = as
			frozenAt = time.elapsed()
		},
		/** The page runs again: first `event`, then what waited, each task by itself, in the order in which it was due. */
		thaw(event: () => void) {
			if (state !== 'frozen' && state !== 'stuck') return
			if (state === 'frozen') wokeAt = time.truth()
			state = 'running'
			stoodStill += time.elapsed() - frozenAt
			steadySince = time.truth()
			const due = held
			held = []
			event()
			for (const task of due) after(0, task)
		},
		/** The page is gone at whatever await it stood. */
		end() {
			if (state === 'gone') return
			state = 'gone'
			held = []
			for (const task of atEnd) task()
		},
	}
}
