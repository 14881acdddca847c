// What happens is noted for the ledger of alerts, whose story is in a chunk of its own: until that is there, and where it cannot be had, notes wait.
import { type Moment, momentOf } from '../local/moment.ts'
import type { Tab } from '../local/tab.ts'
import type { Note as Word } from '../platform/ports.ts'
import type { Happening, Note } from '../policy/ledger.ts'
import { isLiving } from '../policy/record.ts'
import type { User } from '../snapshot.ts'
import type { Alerts } from './alerts.ts'

/** A note as it waits, with whose session it is about. */
export interface Waiting extends Omit<Note, 'at' | 'user'> {
	readonly at: Moment
	readonly user: User | undefined
}

/** Notes that wait: no more are taken then. */
const MOST_WAITING = 100

const hasCome = (awaited: Promise<unknown>): Promise<boolean> =>
	awaited.then(
		() => true,
		() => false,
	)

export type Noting = ReturnType<typeof createNoting>

/**
 * @param stray of a callback page, that a response has come which nobody here had asked for
 * @param load composes the story, which takes its notes from `waiting`
 */
export function createNoting(tab: Tab, stray: Word, load: (waiting: Waiting[]) => Promise<Alerts>) {
	const waiting: Waiting[] = []
	let loading: Promise<Alerts | undefined> | undefined
	let loaded: Alerts | undefined
	let isStopped = !tab.config.alerts
	/** The session whose end was seen last. */
	let ended: string | undefined
	/** The one that was seen living last, and whose it was. */
	let living: { readonly id: string; readonly user: User } | undefined

	/** A load that failed is tried again at the next use. */
	function story(): Promise<Alerts | undefined> {
		loading ??= load(waiting).then(
			alerts => {
				loaded = alerts
				if (isStopped) alerts.stop()
				return alerts
			},
			() => {
				loading = undefined
				return undefined
			},
		)
		return loading
	}

	/** Whose session it is, or was before it ended. */
	function userOf({ kind }: Happening): User | undefined {
		const { record } = tab.view
		if (isLiving(record)) return record.living.user
		// Not whom the page shows: in quarantine that is another.
		return /^(ended|renewal-rejected)$/.test(kind) && record?.id === living?.id ? living?.user : undefined
	}

	/**
	 * Resolves once it is in the ledger, or nothing more is tried for now. Never rejects; a story waits for it at most for a moment.
	 * @param came what it waits for, and is not noted without; the story of the ledger is loaded meanwhile
	 */
	async function note(happening: Happening, came?: Promise<unknown>): Promise<void> {
		if (isStopped) return
		void story()
		if (came && !(await hasCome(came))) return
		if (waiting.length < MOST_WAITING) waiting.push({ id: tab.platform.random.id(), at: momentOf(tab), happening, user: userOf(happening) })
		const alerts = await story()
		await alerts?.flush().catch(() => {})
	}

	/** An end by this tab's own commit; or by a page without a session manager, which notes none: then any tab does (I8). */
	function noteEnd() {
		const { record } = tab.view
		if (isLiving(record)) living = { id: record.id, user: record.living.user }
		if (!record?.end || record.id === ended) return
		ended = record.id
		const { reason, at, tab: by } = record.end
		if (by === tab.id || !by) void note({ kind: 'ended', reason, endedAt: at })
	}

	/** Two tabs that look at once may both note it: of one episode, and so of one alert. */
	function noteStray() {
		if (stray.read() === undefined) return
		stray.clear()
		void note({ kind: 'refused', check: 'state' })
	}

	// The one place where every commit passes.
	if (!isStopped)
		tab
			.until(() => {
				noteEnd()
				return isStopped
			})
			.catch(() => {})

	return {
		note,
		/** The record has been read. */
		attend() {
			if (isStopped) return
			noteStray()
			void story().then(alerts => alerts?.attend())
		},
		/** The network is back. */
		online() {
			if (!isStopped) void story().then(alerts => alerts?.online())
		},
		/** Takes a message of another tab. */
		receive: (message: object) => loaded?.receive(message),
		stop() {
			isStopped = true
			loaded?.stop()
		},
	}
}
