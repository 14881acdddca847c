// `npm start`: from a fresh clone to the running demo. Needs nothing installed but Node.
import { join } from 'node:path'
import { checkNode, filesBelow, install, pnpm, root, run, stamp } from './workspace.mjs'

const built = stamp(
	'built',
	() => [
		'pnpm-lock.yaml',
		'package.json',
		'rollup.config.mjs',
		join('demo', 'package.json'),
		...['packages', 'scripts', ...['shop', 'admin', 'ui', 'site'].map(name => join('demo', name))].flatMap(filesBelow),
	],
	() => [
		join('packages', 'core', 'dist', 'index.js'),
		join('packages', 'react', 'dist', 'index.js'),
		join('demo', 'shop', 'dist', 'index.html'),
		join('demo', 'admin', 'dist', 'index.html'),
	],
)

async function build() {
	console.log('Building the packages and the demo ...')
	const steps = [
		() => run(process.execPath, [join('scripts', 'build.mjs'), 'code']),
		() => pnpm(['--silent', '--filter', '@tabsession/demo', 'run', 'build']),
	]
	built.clear()
	for (const step of steps) {
		const code = await step()
		if (code !== 0) process.exit(code)
	}
	built.set()
}

checkNode()
await install()
if (!built.isFresh()) await build()
process.exit(await run(process.execPath, ['--import', 'tsx', 'main.ts'], { cwd: join(root, 'demo'), last: true }))
