// What the site's server has put into the page, read at once: addresses, and options of the session for a test.
import type { SessionManagerOptions } from '@tabsession/core'

interface Config {
	readonly authority: string
	readonly api: string
	/** The other application. */
	readonly neighbour: string
	/** Options of the session that this demo varies. */
	readonly session: Partial<SessionManagerOptions>
}

const meta = document.querySelector<HTMLMetaElement>('meta[name="demo-config"]')

export const config: Config = JSON.parse(meta?.content ?? '{}')
