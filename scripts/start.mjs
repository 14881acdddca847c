// `npm start`: from a fresh clone to the running demo. Needs nothing installed but Node.
import { join } from 'node:path'
import { checkNode, install, pnpm, root, run } from './workspace.mjs'

checkNode()
await install()

console.log('Building the packages and the demo ...')
const steps = [
	() => run(process.execPath, [join('scripts', 'build.mjs'), '--no-types']),
	() => pnpm(['--silent', '--filter', '@tabsession/demo', 'run', 'build']),
]
for (const step of steps) {
	const code = await step()
	if (code !== 0) process.exit(code)
}

process.exit(await run(process.execPath, ['--import', 'tsx', 'main.ts'], { cwd: join(root, 'demo'), last: true }))
