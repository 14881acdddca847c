// `npm run sim:mutants`: proof that the simulation can fail. Each deliberate fault is put in by itself and must be caught. --only PART OF A NAME (again for another), --runs N.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { transform } from 'esbuild'
import { bundleSimulation } from './simulation.mjs'
import { root } from './workspace.mjs'

const list = readFileSync(join(root, 'packages', 'core', 'test', 'sim', 'mutants.ts'), 'utf8')
const { code } = await transform(list, { loader: 'ts' })
const { mutants, mutate } = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)

const BATCH = 50
/** Of the code as it is, at least. */
const CONTROL_RUNS = 300
/** ms for a batch: a fault can bring a loop without end. */
const LIMIT_MS = 240_000

const { values } = parseArgs({
	options: { only: { type: 'string', multiple: true, default: [''] }, runs: { type: 'string', default: '5000' } },
})
const batches = Math.ceil(Number(values.runs) / BATCH)
const chosen = mutants.filter(({ name }) => values.only.some(part => name.includes(part)))

/** The code as it was when the first bundle was made, so that all are of the same. */
const sources = new Map()

function sourceOf(path) {
	if (!sources.has(path)) sources.set(path, readFileSync(path, 'utf8'))
	return sources.get(path)
}

const withFault = mutant => ({
	name: 'fault',
	setup(build) {
		const place = mutant && join(root, 'packages', 'core', 'src', ...mutant.file.split('/'))
		build.onLoad({ filter: /[\\/]packages[\\/]core[\\/].*\.ts$/ }, ({ path }) => {
			const source = sourceOf(path)
			return { loader: 'ts', contents: path === place ? mutate(mutant, source) : source }
		})
	},
})

/** A worker for the bundle, which runs one batch after another. */
function open(file) {
	const worker = new Worker(file, { stderr: true, stdout: true })
	let end = () => {}
	worker.on('message', report => end(report))
	worker.on('error', error => end(hanging(String(error))))
	return {
		/** @returns {Promise<{ failure?: { invariant: string, message: string, after: number, isHang?: boolean }, runs: number }>} */
		async run(batch) {
			let timer
			const report = await new Promise(resolve => {
				end = resolve
				timer = setTimeout(() => resolve(hanging(`${batch.runs} runs do not end`)), LIMIT_MS)
				worker.postMessage({ batch, isShrunk: false })
			})
			clearTimeout(timer)
			return report
		},
		close: () => worker.terminate(),
	}
}

const hanging = message => ({ failure: { invariant: 'I10', message, after: 0, isHang: true }, runs: 0 })

const seedOf = number => 1 + number * 7919

/** By number of the batch, how many of its runs the code as it is passes. */
const passed = []
const alarms = []

async function control(number) {
	const batch = { seed: seedOf(number), runs: BATCH }
	const worker = open(controlFile)
	const { failure, runs } = await worker.run(batch)
	await worker.close()
	if (failure) alarms.push({ ...batch, ...failure })
	return failure ? failure.after - 1 : runs
}

function runsOf(number) {
	passed[number] ??= control(number)
	return passed[number]
}

/** Runs a fault, from one batch to another, until it breaks what it is expected to break; anything else could be an accident. */
async function hunt(result, from, to) {
	const since = performance.now()
	const expected = result.mutant.invariant.split(', ')
	const file = await bundleSimulation({ name: `mutant-${mutants.indexOf(result.mutant)}`, plugins: [withFault(result.mutant)] })
	let worker = open(file)
	for (let number = from; number < to && !result.isCaught; number++) {
		const usable = await runsOf(number)
		if (usable <= 0) continue
		const { failure } = await worker.run({ seed: seedOf(number), runs: usable })
		result.runs += failure ? failure.after : usable
		if (!failure) continue
		if (failure.isHang) {
			await worker.close()
			worker = open(file)
		}
		if (expected.includes(failure.invariant)) Object.assign(result, { isCaught: true, failure })
		else result.others.push(failure)
	}
	await worker.close()
	result.seconds += (performance.now() - since) / 1000
}

const tell = ({ invariant, message }) => `${invariant} ${message}`.split('\n')[0].slice(0, 100)

const line = ({ mutant, isCaught, failure, runs, seconds, others }) =>
	[
		isCaught ? 'caught  ' : 'SURVIVES',
		mutant.name.padEnd(84),
		String(runs).padStart(5),
		`${seconds.toFixed(0)} s`.padStart(6),
		'',
		isCaught ? tell(failure) : [`expected ${mutant.invariant}`, ...others.slice(0, 3).map(tell)].join('; '),
	].join(' ')

const controlFile = await bundleSimulation({ name: 'mutant-none', plugins: [withFault(undefined)] })
const results = chosen.map(mutant => ({ mutant, isCaught: false, runs: 0, seconds: 0, others: [] }))

/** Hunts what is not caught yet, as many at a time as there are cores. */
async function round(from, to) {
	const left = results.filter(({ isCaught }) => !isCaught)
	async function lane() {
		for (let result = left.shift(); result; result = left.shift()) {
			await hunt(result, from, to)
			if (result.isCaught || to === batches) console.log(line(result))
		}
	}
	await Promise.all(Array.from({ length: availableParallelism() }, lane))
}

// Most are caught soon.
const soon = Math.min(batches, CONTROL_RUNS / BATCH)
await round(0, soon)
if (soon < batches) await round(soon, batches)
for (let number = 0; number < Math.min(batches, CONTROL_RUNS / BATCH); number++) await runsOf(number)

const controlled = (await Promise.all(passed)).reduce((sum, runs) => sum + Math.max(runs, 0), 0)
const caught = results.filter(({ isCaught }) => isCaught).length
console.log(`\nThe code as it is passes the same ${controlled} runs${alarms.length > 0 ? ', after these were left out:' : '.'}`)
for (const { seed, after, invariant, message } of alarms) console.log(`  seed ${seed} from run ${after} on: ${invariant} ${message}`)
console.log(`${caught} of ${chosen.length} faults caught`)
if (caught < chosen.length) process.exitCode = 1
