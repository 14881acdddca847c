// `tsx demo/main.ts`: starts the demo and stays up until Ctrl+C.
import { startDemo } from './start.ts'

const demo = await startDemo()

console.log(`
  Tabsession demo

    Open       ${demo.shop}
    Admin      ${demo.admin}   the second application, same sign-on

    API        ${demo.api}
    Provider   ${demo.provider}

  Ctrl+C to stop.
`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void demo.stop())
}
