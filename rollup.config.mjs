// Builds each package twice: a minified default build, and a readable `development` build with the sentences of errors. The testing entry
// is one readable file, the page of front-channel logout one small one.
import { readFileSync } from 'node:fs'
import replace from '@rollup/plugin-replace'
import terser from '@rollup/plugin-terser'
import esbuild from 'rollup-plugin-esbuild'

const { homepage } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

/** Chunks that are loaded where they are used. */
const LAZY = {
	'/remote/index.ts': 'remote.js',
	'/remote/popup.ts': 'popup.js',
	'/protocol/signature.ts': 'signature.js',
	'/protocol/dpop.ts': 'dpop.js',
	'/remote/monitor.ts': 'monitor.js',
	'/remote/alerts.ts': 'alerts.js',
}

/** `index.js` re-exports the kernel, so that what the lazy chunk shares with it does not become public. */
function chunkName({ isDynamicEntry, moduleIds }) {
	const lazy = isDynamicEntry && Object.entries(LAZY).find(([file]) => moduleIds.some(id => id.endsWith(file)))
	if (lazy) return lazy[1]
	if (moduleIds.some(id => id.endsWith('/src/manager.ts'))) return 'kernel.js'
	throw new Error(`An unexpected chunk, of ${moduleIds.join(', ')}: there is one kernel, one lazy chunk, remote/, and one an option.`)
}

const sources = development => [
	esbuild({ target: 'es2022', jsx: 'automatic', tsconfig: false }),
	replace({
		preventAssignment: true,
		values: { __DEV__: String(development), __DOCS__: JSON.stringify(`${homepage}/troubleshooting`) },
	}),
]

function onwarn(warning, warn) {
	if (warning.code === 'MODULE_LEVEL_DIRECTIVE') return
	// What cannot be found would fail at the user's.
	if (warning.code === 'UNRESOLVED_IMPORT' || warning.code === 'MISSING_EXPORT') throw new Error(warning.message)
	warn(warning)
}

function build(name, { development = false, client = false }) {
	return {
		input: `packages/${name}/src/index.ts`,
		// Dependencies stay imports, for the application to install once.
		external: /^[^./]/,
		output: {
			dir: `packages/${name}/dist${development ? '/development' : ''}`,
			format: 'es',
			sourcemap: true,
			hoistTransitiveImports: false,
			chunkFileNames: chunkName,
			// Rollup drops module directives; a React entry keeps its own, and terser must not take it for superfluous.
			banner: client ? "'use client';" : '',
			plugins: development ? [] : [terser({ module: true, ecma: 2020, compress: { passes: 2, directives: false } })],
		},
		treeshake: { moduleSideEffects: false },
		plugins: sources(development),
		onwarn,
	}
}

/** The application compares errors with the class that it imports: the testing entry has none of its own. */
const sharedErrors = {
	name: 'shared-errors',
	resolveId: source => (source.endsWith('/errors.ts') ? { id: '@tabsession/core', external: true } : null),
}

const testing = {
	input: 'packages/core/src/testing/index.ts',
	external: /^[^./]/,
	output: { file: 'packages/core/dist/testing.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
	treeshake: { moduleSideEffects: false },
	plugins: [sharedErrors, ...sources(true)],
	onwarn,
}

/** What runs on a page of its own, without the application: one small file. */
const page = (name, input) => ({
	input: `packages/core/src/${input}`,
	external: /^[^./]/,
	output: {
		file: `packages/core/dist/${name}.js`,
		format: 'es',
		sourcemap: true,
		plugins: [terser({ module: true, ecma: 2020, compress: { passes: 2 } })],
	},
	treeshake: { moduleSideEffects: false },
	plugins: sources(false),
	onwarn,
})

export default [
	build('core', {}),
	build('core', { development: true }),
	testing,
	page('callback', 'callback/index.ts'),
	page('front-channel-logout', 'front-channel-logout.ts'),
	build('react', { client: true }),
	build('react', { client: true, development: true }),
]
