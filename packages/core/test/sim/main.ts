// A worker of `npm run sim`: runs batches of schedules and shrinks the first that fails.
import { parentPort } from 'node:worker_threads'
import fc from 'fast-check'
import { type Outcome, run } from './run.ts'
import { type Schedule, schedule, tell } from './schedule.ts'

export interface Batch {
	readonly seed: number
	readonly runs: number
	/** Where fast-check's shrinking had come to, for a replay. */
	readonly path?: string
}

export interface Report {
	readonly batch: Batch
	readonly runs: number
	readonly events: number
	readonly ms: number
	readonly sends: number
	/** Of each run. */
	readonly tabs: readonly number[]
	readonly steps: readonly number[]
	readonly faults: Readonly<Record<string, number>>
	readonly failure: Failure | undefined
}

export interface Failure {
	readonly seed: number
	readonly path: string
	readonly invariant: string
	readonly message: string
	/** How many runs came before it. */
	readonly after: number
	readonly story: string
	readonly log: readonly string[]
}

/** ms for a batch, shrinking included. */
const LIMIT_MS = 120_000

// Errors are the daily bread here, and nobody reads where they were made.
Error.stackTraceLimit = 0

const rejections: unknown[] = []
process.on('unhandledRejection', reason => rejections.push(reason))
process.on('uncaughtException', reason => rejections.push(reason))

/** A run that could not go on: events without end at one moment. */
const broken = (error: unknown): Outcome => ({
	violation: { invariant: 'I10', message: String(error), at: 0 },
	events: 0,
	steps: 0,
	tabs: 0,
	faults: {},
	sends: 0,
	log: [],
})

/** A run, and what nobody has caught in it. */
async function watched(given: Schedule, isLogged = false): Promise<Outcome> {
	const outcome = await run(given, isLogged).catch(broken)
	await new Promise(resolve => setImmediate(resolve))
	const [uncaught] = rejections.splice(0)
	if (!uncaught || outcome.violation) return outcome
	const { stack = String(uncaught) } = uncaught as Error
	return { ...outcome, violation: { invariant: 'I10', message: `nobody caught ${stack}`, at: 0 } }
}

export async function runBatch(batch: Batch, isShrunk = true): Promise<Report> {
	const sums = { runs: 0, events: 0, sends: 0, ms: 0 }
	const tabs: number[] = []
	const steps: number[] = []
	const faults: Record<string, number> = {}
	let failedAfter: number | undefined

	function count(outcome: Outcome) {
		sums.runs += 1
		sums.events += outcome.events
		sums.sends += outcome.sends
		tabs.push(outcome.tabs)
		steps.push(outcome.steps)
		for (const [kind, times] of Object.entries(outcome.faults)) faults[kind] = (faults[kind] ?? 0) + times
	}

	const property = fc.asyncProperty(schedule, async given => {
		const since = performance.now()
		const outcome = await watched(given)
		// What shrinks a failure is no run.
		if (failedAfter === undefined) {
			sums.ms += performance.now() - since
			count(outcome)
		}
		if (!outcome.violation) return
		failedAfter ??= sums.runs
		throw new Error(`${outcome.violation.invariant}: ${outcome.violation.message}`)
	})
	const { seed, runs: numRuns, path } = batch
	const details = await fc.check(property, {
		seed,
		numRuns,
		endOnFailure: !isShrunk,
		interruptAfterTimeLimit: LIMIT_MS,
		...(path && { path, endOnFailure: true }),
	})
	return { batch, ...sums, tabs, steps, faults, failure: await failureOf(details, seed, failedAfter) }
}

async function failureOf(
	{ counterexample, counterexamplePath }: fc.RunDetails<[Schedule]>,
	seed: number,
	after: number | undefined,
): Promise<Failure | undefined> {
	if (!counterexample) return undefined
	const [given] = counterexample
	const { violation, log } = await watched(given, true)
	const { invariant, message } = violation ?? {
		invariant: '?',
		message: 'it does not fail again: the simulation itself left something to chance',
	}
	return { seed, path: counterexamplePath ?? '', invariant, message, after: after ?? 0, story: tell(given), log }
}

parentPort?.on('message', ({ batch, isShrunk }: { batch: Batch; isShrunk: boolean }) => {
	void runBatch(batch, isShrunk).then(report => parentPort?.postMessage(report))
})
