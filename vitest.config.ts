import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (name: string, file = 'index.ts') => fileURLToPath(new URL(`packages/${name}/src/${file}`, import.meta.url))

// Tests run on the sources, so they need no build.
const alias = [
	{ find: /^@tabsession\/core$/, replacement: source('core') },
	{ find: /^@tabsession\/core\/testing$/, replacement: source('core', 'testing/index.ts') },
	{ find: /^@tabsession\/react$/, replacement: source('react') },
]

// A new object each: Vitest empties it.
const define = () => ({ __DEV__: 'true', __DOCS__: JSON.stringify('https://tabsession.dev/troubleshooting') })

const project = (name: string, environment: 'node' | 'jsdom', include: string[]) => ({
	define: define(),
	resolve: { alias },
	// Tests take back what they stub and unmount what they mount, so they share a thread's modules and page: it saves more time than they take.
	test: {
		name,
		environment,
		include,
		isolate: false,
		setupFiles: name === 'react' ? ['packages/react/test/setup.ts'] : [],
		// A bound for hangs, not a verdict: a busy machine is no failure.
		testTimeout: 120_000,
		hookTimeout: 120_000,
	},
})

export default defineConfig({
	test: {
		passWithNoTests: false,
		pool: 'threads',
		// By default one core is left idle: half of the smallest machine.
		maxWorkers: 2,
		projects: [
			project('core', 'node', ['packages/core/src/**/*.test.ts', 'packages/core/test/**/*.test.ts']),
			project('react', 'jsdom', ['packages/react/src/**/*.test.{ts,tsx}', 'packages/react/test/**/*.test.{ts,tsx}']),
			project('demo', 'node', ['demo/**/*.test.{ts,tsx}']),
		],
	},
})
