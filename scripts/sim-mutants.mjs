// `npm run sim:mutants`: proof that the simulation can fail. Each deliberate fault is put in by itself and must be caught. --only PART OF A NAME, --runs N.

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

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, runs: { type: 'string', default: '5000' } } })
const batches = Math.ceil(Number(values.runs) / BATCH)
const chosen = mutants.filter(({ name }) => name.includes(values.only))

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

/** Runs a fault until it is caught. */
async function hunt(mutant, at) {
	const since = performance.now()
	const worker = open(await bundleSimulation({ name: `mutant-${at}`, plugins: [withFault(mutant)] }))
	const seconds = () => (performance.now() - since) / 1000
	let runs = 0
	for (let number = 0; number < batches; number++) {
		const usable = await runsOf(number)
		if (usable <= 0) continue
		const { failure } = await worker.run({ seed: seedOf(number), runs: usable })
		if (failure) {
			await worker.close()
			// A batch that was broken off says nothing, unless it is expected to hang.
			const isCaught = !failure.isHang || mutant.invariant.includes('I10')
			return { mutant, isCaught, ...failure, runs: runs + failure.after, seconds: seconds() }
		}
		runs += usable
	}
	await worker.close()
	return { mutant, isCaught: false, runs, seconds: seconds() }
}

const line = ({ mutant, isCaught, invariant = '', message = '', runs, seconds }) =>
	[
		isCaught ? 'caught  ' : 'SURVIVES',
		mutant.name.padEnd(84),
		`${mutant.invariant} expected`.padEnd(20),
		String(runs).padStart(5),
		`${seconds.toFixed(0)} s`.padStart(6),
		` ${invariant} ${message}`.split('\n')[0].slice(0, 120),
	].join(' ')

const controlFile = await bundleSimulation({ name: 'mutant-none', plugins: [withFault(undefined)] })
const results = []
let next = 0

async function lane() {
	for (let at = next++; at < chosen.length; at = next++) {
		const result = await hunt(chosen[at], mutants.indexOf(chosen[at]))
		results[at] = result
		console.log(line(result))
	}
}

await Promise.all(Array.from({ length: availableParallelism() }, lane))
for (let number = 0; number < Math.min(batches, CONTROL_RUNS / BATCH); number++) await runsOf(number)

const controlled = (await Promise.all(passed)).reduce((sum, runs) => sum + Math.max(runs, 0), 0)
const caught = results.filter(({ isCaught }) => isCaught).length
console.log(`\nThe code as it is passes the same ${controlled} runs${alarms.length > 0 ? ', after these were left out:' : '.'}`)
for (const { seed, after, invariant, message } of alarms) console.log(`  seed ${seed} from run ${after} on: ${invariant} ${message}`)
console.log(`${caught} of ${chosen.length} faults caught`)
if (caught < chosen.length) process.exitCode = 1
