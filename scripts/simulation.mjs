// Bundles the simulation of packages/core/test/sim for Node, with the code as it is or with one deliberate fault in it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './workspace.mjs'

export const cache = join(root, 'node_modules', '.cache', 'tabsession-sim')

/**
 * @param plugins what changes the code on its way
 * @returns the file of the bundle, a worker
 */
export async function bundleSimulation({ name = 'sim', plugins = [] } = {}) {
	mkdirSync(cache, { recursive: true })
	const outfile = join(cache, `${name}.mjs`)
	await build({
		entryPoints: [join(root, 'packages', 'core', 'test', 'sim', 'main.ts')],
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node20',
		sourcemap: 'inline',
		logLevel: 'warning',
		define: { __DEV__: 'false', __DOCS__: '"docs"' },
		plugins,
	})
	return outfile
}
