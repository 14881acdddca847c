// `npm run bench`: what activity costs, beside its peers. Needs `npm run build`.
import { join } from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { checkNode, install, root, run } from './workspace.mjs'

checkNode()
await install()
const env = { TABSESSION_BROWSER: await ensureBrowser() }
process.exit(await run(process.execPath, ['--import', 'tsx', 'main.ts'], { cwd: join(root, 'bench'), env, last: true }))
