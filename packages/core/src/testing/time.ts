// Virtual time: one order of events over all tabs, and nothing real waits.

interface Task {
	readonly at: number
	readonly order: number
	readonly run: () => void
	isCancelled: boolean
}

/** Captured before a test's fake timers can replace it. A browser's nested timeouts wait for 4 ms each, its messages do not. */
const immediate = capture()

function capture(): (task: () => void) => void {
	const { setTimeout, setImmediate } = globalThis as typeof globalThis & { setImmediate?: (task: () => void) => void }
	if (setImmediate) return setImmediate
	if (typeof MessageChannel !== 'function') return task => void setTimeout(task)
	const { port1, port2 } = new MessageChannel()
	const tasks: (() => void)[] = []
	port1.onmessage = () => tasks.shift()?.()
	// A port of Node's would keep a test runner from its end.
	;(port1 as { unref?(): void }).unref?.()
	return task => {
		tasks.push(task)
		port2.postMessage(undefined)
	}
}

/** Lets every promise that can settle do so; all fakes settle in microtasks. */
const macrotask = (): Promise<void> => new Promise(resolve => immediate(resolve))

/** Events at one moment that no honest world has. */
const LIVELOCK = 100_000

export interface TimeOptions {
	/** Wall clock when the world begins, ms since the epoch. */
	readonly startAt?: number
	/** Resolves once the microtask queue is empty. */
	readonly turn?: () => Promise<void>
	/**
	 * Whether what is due at once runs by itself: an application's calls settle though no test advances the time. Time itself stands still
	 * all the same. Default: nothing runs but through `advance`.
	 */
	readonly isLive?: boolean
}

export type Time = ReturnType<typeof createTime>

export function createTime({ startAt = Date.UTC(2026, 0, 1), turn = macrotask, isLive = false }: TimeOptions = {}) {
	/** Latest first, so that the next one is popped. */
	const queue: Task[] = []
	let elapsed = 0
	let slept = 0
	let wallOffset = 0
	let rate = 0
	let driftsSince = 0
	let orders = 0
	let events = 0
	/** Of a live world: advances under way or waiting for the one before. */
	let advances = 0
	let last: Promise<void> = Promise.resolve()

	const truth = () => elapsed + slept

	const isBefore = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order)

	function after(ms: number, run: () => void): () => void {
		const task: Task = { at: elapsed + Math.max(0, ms), order: orders++, run, isCancelled: false }
		let [low, high] = [0, queue.length]
		while (low < high) {
			const middle = (low + high) >> 1
			if (isBefore(task, queue[middle] as Task)) low = middle + 1
			else high = middle
		}
		queue.splice(low, 0, task)
		runWhatIsDue()
		return () => {
			task.isCancelled = true
		}
	}

	/** Runs everything that is due in the next `ms`, in order. @throws if events bring events without end and no time passes */
	async function advance(ms: number): Promise<void> {
		const until = elapsed + ms
		let atOnce = 0
		await turn()
		for (let next = queue.at(-1); next && next.at <= until; next = queue.at(-1)) {
			queue.pop()
			if (next.isCancelled) continue
			atOnce = next.at > elapsed ? 0 : atOnce + 1
			if (atOnce > LIVELOCK) throw new Error(`more than ${LIVELOCK} events at one moment`)
			elapsed = next.at
			events += 1
			next.run()
			await turn()
		}
		elapsed = until
	}

	/** Two at once would turn time back: the second waits for the first. */
	function advanceInTurn(ms: number): Promise<void> {
		advances += 1
		const done = last.then(() => advance(ms))
		last = done.then(
			() => {
				advances -= 1
				runWhatIsDue()
			},
			() => {
				advances -= 1
			},
		)
		return done
	}

	/** In a live world, unless an advance is about to. */
	function runWhatIsDue() {
		if (!isLive || advances > 0) return
		const next = queue.at(-1)
		if (next && next.at <= elapsed) void advanceInTurn(0)
	}

	const pass = isLive ? advanceInTurn : advance

	return {
		after,
		advance: pass,
		/** Runs what is due at this very moment. */
		flush: () => pass(0),
		/** How many events have run. */
		events: () => events,
		/** ms that the machine was awake: the monotonic clock. */
		elapsed: () => elapsed,
		/** ms since the world began, as a clock on another machine would have them. */
		truth,
		/** The machine's wall clock, ms since the epoch. */
		wall: () => Math.floor(startAt + truth() + wallOffset + (truth() - driftsSince) * rate),
		/** What the wall clock would say had nobody set it. */
		rightWall: () => startAt + truth(),
		/** The machine sleeps: the wall clock goes on, the monotonic one and all timers stand still. */
		sleep(ms: number) {
			slept += ms
		},
		/** Somebody sets the wall clock. */
		jump(ms: number) {
			wallOffset += ms
		},
		/** The wall clock is set right, and drifts no more. */
		setRight() {
			wallOffset = 0
			rate = 0
		},
		/** From now on the wall clock is fast by this part of the time (0.001: 3.6 s an hour). */
		drift(by: number) {
			wallOffset += (truth() - driftsSince) * rate
			driftsSince = truth()
			rate = by
		},
	}
}
