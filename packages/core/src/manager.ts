// createSessionManager(): one living manager for each authority and client, whatever a hot reload or a second import does.
import { compose } from './compose.ts'
import { configure } from './configure.ts'
import { SessionError } from './errors.ts'
import type { SessionManagerOptions } from './options.ts'
import { createBrowserPlatform, pageAddress } from './platform/browser.ts'
import { createRecordStore } from './platform/record-store.ts'
import { timeoutsOf } from './policy/deadlines.ts'
import { recordName } from './policy/record.ts'
import type { SessionManager } from './session-manager.ts'
import { blankView, loading, type User } from './snapshot.ts'

interface Entry {
	readonly given: string
	readonly manager: SessionManager
	/** Functions are not compared: the newest are used. */
	latest?: SessionManagerOptions
}

const living = new Map<string, Entry>()

/**
 * Creates the session manager of this page. Touches no network; in a browser it takes a sign-in response off the address bar at once.
 * The same authority, client and options again give the living manager, with the newest functions.
 * @throws SessionError `invalid_option`, naming the option; `duplicate_manager` if one with other options lives
 */
export function createSessionManager<U extends User = User>(options: SessionManagerOptions): SessionManager<U> {
	const page = pageAddress()
	const latest = () => living.get(name)?.latest ?? options
	const config = configure(options, page, latest)
	if (!page) return { ...onServer, timeouts: timeoutsOf(config) } as unknown as SessionManager<U>
	const name = recordName(config)
	const given = JSON.stringify(options)
	const entry: Entry = living.get(name) ?? {
		given,
		manager: compose(config, loadMemory => createBrowserPlatform(name, config.storage, loadMemory), {
			loadRemote: async kernel => (await import('./remote/index.ts')).createRemote(kernel, name, createRecordStore),
			navigate: () => latest().navigate,
			disposed: () => living.delete(name),
		}),
	}
	if (entry.given !== given) throw new SessionError('duplicate_manager', { detail: name })
	entry.latest = options
	living.set(name, entry)
	return entry.manager as unknown as SessionManager<U>
}

const refused = async (): Promise<never> => {
	throw new SessionError('environment_unsupported')
}

/** There is no session on a server: a page rendered there is loading. */
const onServer: Omit<SessionManager, 'timeouts'> = {
	start: async () => loading,
	getSnapshot: () => loading,
	getServerSnapshot: () => loading,
	subscribe: () => () => {},
	getDeadlines: () => ({ now: 0 }),
	signIn: refused,
	stepUp: refused,
	signOut: refused,
	requireSession: refused,
	getAccessToken: refused,
	fetch: refused,
	renew: refused,
	retry: async () => loading,
	stay: async () => false,
	acceptUser() {},
	reportActivity() {},
	hold: () => () => {},
	getAlerts: () => blankView.alerts,
	on: () => () => {},
	dispose() {},
}
