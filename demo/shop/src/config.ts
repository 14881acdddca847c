// What the shop's server has put into the page, read at once: addresses, and options of the session for a test.
import type { SessionManagerOptions } from '@tabsession/core'
import { idleMode } from './idle-mode.ts'

interface Config {
	readonly authority: string
	readonly api: string
	/** Options of the session that this demo varies. */
	readonly session: Partial<SessionManagerOptions>
}

const meta = document.querySelector<HTMLMetaElement>('meta[name="demo-config"]')
const served: Config = JSON.parse(meta?.content ?? '{}')

export const config: Config = { ...served, session: { ...served.session, ...(idleMode && { idle: { timeout: idleMode } }) } }
