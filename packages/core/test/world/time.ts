// Virtual time for a world of tabs: one order of events, nothing real waits.
import type { Clock } from '../../src/platform/ports.ts'

interface Timer {
	readonly at: number
	readonly order: number
	readonly task: () => void
}

/** Lets every promise that can settle do so; all fakes settle in microtasks. */
export async function flush(): Promise<void> {
	for (let turn = 0; turn < 3; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}

export type Time = ReturnType<typeof createTime>

export function createTime(startAt = Date.UTC(2026, 0, 1)) {
	const timers = new Set<Timer>()
	let elapsed = 0
	let slept = 0
	let wallOffset = 0
	let orders = 0

	function after(ms: number, task: () => void): () => void {
		const timer = { at: elapsed + Math.max(0, ms), order: orders++, task }
		timers.add(timer)
		return () => timers.delete(timer)
	}

	const next = () => [...timers].sort((a, b) => a.at - b.at || a.order - b.order)[0]

	return {
		after,
		/** ms since the world began, as its wall clock would say without jumps. */
		elapsed: () => elapsed,
		wall: () => startAt + elapsed + slept + wallOffset,
		/** Runs everything that is due in the next `ms`. */
		async advance(ms: number) {
			const until = elapsed + ms
			await flush()
			for (let timer = next(); timer && timer.at <= until; timer = next()) {
				timers.delete(timer)
				elapsed = timer.at
				timer.task()
				await flush()
			}
			elapsed = until
			await flush()
		},
		/** The machine sleeps: the wall clock goes on, the monotonic one and all timers stand still. */
		sleep(ms: number) {
			slept += ms
		},
		/** Somebody sets the wall clock. */
		jump(ms: number) {
			wallOffset += ms
		},
		/** The clock of one tab; what becomes due while it is frozen waits for `thaw`. */
		clock(isFrozen: () => boolean): Clock & { thaw(): void } {
			let held: (() => void)[] = []
			return {
				wall: () => startAt + elapsed + slept + wallOffset,
				mono: () => elapsed,
				after(ms, task) {
					let isCancelled = false
					const run = () => {
						if (isCancelled) return
						if (isFrozen()) held.push(run)
						else task()
					}
					const cancel = after(ms, run)
					return () => {
						isCancelled = true
						cancel()
					}
				},
				thaw() {
					const due = held
					held = []
					for (const run of due) run()
				},
			}
		},
	}
}
