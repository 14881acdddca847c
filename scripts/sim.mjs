// `npm run sim`: many seeded runs of the simulation over all cores. --runs N, --seed S, --replay SEED:PATH, --soak (goes on where it stopped).

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { bundleSimulation, cache } from './simulation.mjs'

const BATCH = 100
/** Between the seeds of two batches. */
const SPREAD = 7919

const { values } = parseArgs({
	options: {
		runs: { type: 'string', default: '2000' },
		seed: { type: 'string', default: String(Date.now() % 1_000_000) },
		replay: { type: 'string' },
		soak: { type: 'boolean', default: false },
		log: { type: 'boolean', default: false },
		seconds: { type: 'string' },
	},
})

const file = await bundleSimulation()

/** Work on batches until `next` has no more. */
function work(next, done) {
	return new Promise((resolve, reject) => {
		const worker = new Worker(file)
		const go = () => {
			const batch = next()
			if (batch) worker.postMessage({ batch, isShrunk: true })
			else void worker.terminate().then(resolve)
		}
		worker.on('message', report => {
			done(report)
			go()
		})
		worker.on('error', reject)
		go()
	})
}

const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0

function createTotals() {
	const totals = { runs: 0, events: 0, ms: 0, sends: 0, tabs: [], steps: [], faults: {} }
	return {
		totals,
		add({ runs, events, ms, sends, tabs, steps, faults }) {
			totals.runs += runs
			totals.events += events
			totals.ms += ms
			totals.sends += sends
			totals.tabs.push(...tabs)
			totals.steps.push(...steps)
			for (const [kind, times] of Object.entries(faults)) totals.faults[kind] = (totals.faults[kind] ?? 0) + times
		},
	}
}

function print({ runs, events, ms, sends, tabs, steps, faults }, since) {
	const perSecond = Math.round(events / (ms / 1000))
	const kinds = Object.entries(faults).sort(([, a], [, b]) => b - a)
	console.log(
		`${runs} runs in ${((performance.now() - since) / 1000).toFixed(1)} s; ${(runs / (ms / 1000)).toFixed(1)} runs and ${perSecond} events a second on one core`,
	)
	console.log(
		`median of ${median(tabs)} tabs and ${median(steps)} steps a run; ${Math.round(events / runs)} events, ${(sends / runs).toFixed(1)} token requests a run`,
	)
	console.log(`faults: ${kinds.map(([kind, times]) => `${kind} ${times}`).join(', ')}`)
}

function tellFailure({ invariant, message, after, story, seed, path, log }) {
	console.error(
		`\n${invariant} is broken: ${message}\nafter ${after} runs of its batch; shrunk to:\n${story}\nreplay: npm run sim -- --replay ${seed}:${path}\n`,
	)
	if (values.log) console.error(log.join('\n'))
}

const since = performance.now()
const { totals, add } = createTotals()
let failure

if (values.replay) {
	const [seed, ...path] = values.replay.split(':')
	let isGiven = false
	await work(
		() => {
			if (isGiven) return undefined
			isGiven = true
			return { seed: Number(seed), runs: 1, path: path.join(':') }
		},
		report => {
			failure = report.failure
		},
	)
	console.log(failure ? '' : 'This schedule breaks no invariant.')
} else {
	const runs = Number(values.runs)
	const seed = Number(values.seed)
	const state = values.soak ? openSoak() : undefined
	let begun = state?.batches ?? 0
	const total = Math.ceil((state ? 1_000_000 : runs) / BATCH)
	const until = values.seconds ? since + Number(values.seconds) * 1000 : Number.POSITIVE_INFINITY
	const workers = Math.min(availableParallelism(), total)
	await Promise.all(
		Array.from({ length: workers }, () =>
			work(
				() => {
					if (failure || begun >= total || performance.now() > until) return undefined
					begun += 1
					return { seed: (state?.seed ?? seed) + begun * SPREAD, runs: BATCH }
				},
				report => {
					add(report)
					failure ??= report.failure
					state?.done(report)
				},
			),
		),
	)
	print(totals, since)
	if (state) console.log(`soak: ${state.runs} of 1000000 runs`)
	if (!failure) console.log(`seed ${state?.seed ?? seed}: no invariant broken`)
}

if (failure) {
	tellFailure(failure)
	process.exitCode = 1
}

/** A soak of other code begins anew. */
function openSoak() {
	mkdirSync(cache, { recursive: true })
	const place = join(cache, 'soak.json')
	const code = createHash('sha256').update(readFileSync(file)).digest('hex')
	let state = { code, seed: Number(values.seed), batches: 0, runs: 0 }
	try {
		const kept = JSON.parse(readFileSync(place, 'utf8'))
		if (kept.code === code) state = kept
		else console.log('The code has changed: the soak begins anew.')
	} catch {} // none was begun
	const { seed, batches } = state
	/** Runs by number of the batch. Only those without a gap before them count: one that failed or was cut off is played again. */
	const passed = new Map()
	return {
		seed,
		batches,
		get runs() {
			return state.runs
		},
		done({ batch, runs, failure }) {
			if (!failure) passed.set((batch.seed - seed) / SPREAD, runs)
			for (let next = passed.get(state.batches + 1); next; next = passed.get(state.batches + 1)) {
				state.batches += 1
				state.runs += next
			}
			writeFileSync(place, JSON.stringify(state))
		},
	}
}
