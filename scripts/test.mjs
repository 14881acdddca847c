// `npm test`: all that must hold, from a fresh clone. The last line printed is `N passed, N failed`.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { checkNode, install, pnpm, root, run, tool } from './workspace.mjs'

const MINUTES = 60_000

const results = join(root, 'test-results')
const script = (name, ...args) => run(process.execPath, [join('scripts', `${name}.mjs`), ...args], { timeoutMs: 5 * MINUTES })

/** Counts a check that has no tests of its own as one test. */
const one = code => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

/** A runner that fails without a failed test (a file that does not load, an error outside of tests) has failed once. */
const counted = (code, passed, failed) => ({ passed, failed: failed || (code === 0 && passed > 0 ? 0 : 1) })

function report(name) {
	const file = join(results, name)
	return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

async function unitTests() {
	const code = await tool('vitest', ['run', '--reporter=default', '--reporter=json', '--outputFile.json=test-results/unit.json'], {
		timeoutMs: 15 * MINUTES,
	})
	const { numPassedTests = 0, numTotalTests = 0, testResults = [] } = report('unit.json') ?? {}
	const unloaded = testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0).length
	// Skipped ones count as failed: a test that does not run proves nothing.
	return counted(code, numPassedTests, numTotalTests - numPassedTests + unloaded)
}

async function journeys() {
	const env = { TABSESSION_BROWSER: await ensureBrowser() }
	const code = await tool('playwright', ['test', '-c', 'e2e/playwright.config.ts'], { env, timeoutMs: 45 * MINUTES })
	const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report('journeys.json')?.stats ?? {}
	return counted(code, expected, unexpected + flaky + skipped)
}

async function build() {
	const packages = await script('build', 'code')
	return one(packages || (await pnpm(['--silent', '--filter', '@tabsession/demo', 'run', 'build'], { timeoutMs: 5 * MINUTES })))
}

const suites = [
	{ name: 'Type check', run: async () => one(await tool('tsc', ['--build', '--pretty'], { timeoutMs: 5 * MINUTES })) },
	{ name: 'Lint', run: async () => one(await tool('biome', ['check', '--error-on-warnings', '.'], { timeoutMs: 5 * MINUTES })) },
	{ name: 'Unit tests', run: unitTests },
	// The same runs each time: a landing is no place for luck. `npm run sim` looks further.
	{ name: 'Simulation', run: async () => one(await script('sim', '--runs', '1500', '--seed', '1')) },
	{ name: 'Build', run: build },
	{ name: 'Declarations', needs: 'Build', run: async () => one(await script('build', 'types')) },
	{ name: 'Package', needs: 'Declarations', run: async () => one(await script('package')) },
	{ name: 'Size', needs: 'Build', run: async () => one(await script('size')) },
	{ name: 'Journeys', needs: 'Build', run: journeys },
]

const seconds = since => `${((performance.now() - since) / 1000).toFixed(1)} s`

checkNode()
await install()
rmSync(results, { recursive: true, force: true })

const outcomes = new Map()
for (const { name, needs, run: runSuite } of suites) {
	console.log(`\n== ${name}`)
	const start = performance.now()
	let outcome = { passed: 0, failed: 1 }
	if (needs && outcomes.get(needs).failed > 0) {
		console.log(`not run: ${needs} failed`)
	} else {
		try {
			outcome = await runSuite()
		} catch (error) {
			console.error(error)
		}
	}
	outcomes.set(name, outcome)
	console.log(`== ${name}: ${outcome.passed} passed, ${outcome.failed} failed in ${seconds(start)}`)
}

console.log()
let passed = 0
let failed = 0
for (const [name, outcome] of outcomes) {
	console.log(`${outcome.failed ? 'FAILED' : 'passed'}  ${name}`)
	passed += outcome.passed
	failed += outcome.failed
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
