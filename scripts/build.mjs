// `npm run build`: both builds of every package, and their type declarations. `code` or `types` as an argument makes but these.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, tool } from './workspace.mjs'

async function must(code) {
	if ((await code) !== 0) process.exit(await code)
}

/** tsc leaves the extensions of the sources in declarations, where a user's tools may not understand them. */
function rewriteExtensions(folder) {
	for (const file of readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.d.ts'))) {
		const text = readFileSync(join(folder, file), 'utf8')
		writeFileSync(join(folder, file), text.replace(/((?:from|import|import\() ?['"]\.[^'"]*)\.tsx?(?=['"])/g, '$1.js'))
	}
}

// In order: the declarations of react need those of core.
const packages = ['core', 'react']

const [only] = process.argv.slice(2)

if (only !== 'types') {
	for (const name of packages) rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true })
	await must(tool('rollup', ['-c', 'rollup.config.mjs', '--silent']))
}
if (only !== 'code') {
	for (const name of packages) {
		rmSync(join(root, 'packages', name, 'dist', 'types'), { recursive: true, force: true })
		await must(tool('tsc', ['-p', join('packages', name, 'tsconfig.declarations.json')]))
		rewriteExtensions(join(root, 'packages', name, 'dist', 'types'))
	}
}
