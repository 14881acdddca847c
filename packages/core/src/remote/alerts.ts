// The ledger of alerts, as one tab has it: what was noted is written down, what that raises is told, and reported where there is an endpoint.
// In a chunk of its own: no session waits for it, and nothing that goes wrong here is anybody's trouble but its own.

import { type Moment, timeOfMoment } from '../local/moment.ts'
import { pause } from '../local/pause.ts'
import type { Tab } from '../local/tab.ts'
import { duration } from '../option-values.ts'
import type { AlertRule, AlertRules, Config, Duration } from '../options.ts'
import type { RecordStore, RemotePlatform } from '../platform/ports.ts'
import { noted, type Rules, raisedBy } from '../policy/alerts.ts'
import { type Anchor, sessionTime } from '../policy/deadlines.ts'
import { blankLedger, type Ledger, ledgerTime, parseLedger } from '../policy/ledger.ts'
import { allowed } from '../policy/reports.ts'
import type { Waiting } from './noting.ts'
import { createReporter } from './reporter.ts'

/** ms after which a look at the ledger is old: the hint of another tab's commit may have been lost. */
const OLD_MS = 30_000

/** ms between two reads that messages ask for. */
const BETWEEN_MS = 1000

/** A change of the ledger at a moment of its time; `undefined` refuses. */
export type LedgerChange = (ledger: Ledger, now: number) => Ledger | undefined

export interface AlertsPlatform extends Pick<RemotePlatform, 'beacon'> {
	readonly ledger: RecordStore
}

export type Alerts = ReturnType<typeof createAlerts>

const rulesOf = (given: AlertRules): Rules => Object.fromEntries(Object.entries(given).map(([type, rule]) => [type, rule && ofRule(rule)]))

const ofRule = ({ count, within, by }: AlertRule & { by?: Duration }) => ({
	...(count && { count }),
	...(within && { withinMs: duration('within', within) }),
	...(by && { byMs: duration('by', by) }),
})

/** @param waiting notes to write down; taken out once they are */
export function createAlerts(tab: Tab, { ledger: store, beacon }: AlertsPlatform, waiting: Waiting[]) {
	const { clock, channel } = tab.platform
	const { rules, claims, endpoint } = tab.config.alerts as Exclude<Config['alerts'], false>
	const options = { rules: rulesOf(rules), isReported: endpoint !== undefined }
	/** As last seen. */
	let ledger = blankLedger
	let seenAt = Number.NEGATIVE_INFINITY
	let anchor: Anchor = { time: 0, mono: 0 }
	let flushing: Promise<void> | undefined
	let isLooking = false
	let isAgain = false

	/** The ledger's time, ms, as far as this tab knows; it goes on while nobody commits. */
	function now(): number {
		const mono = clock.mono()
		anchor = { time: sessionTime(anchor, tab.now(), mono), mono }
		return anchor.time
	}

	const timeOf = (seen: Ledger) => ledgerTime(seen, now(), clock.wall())

	/** Runs a transaction, in a page that runs. @throws SessionError `storage_unavailable`; undone too when the page is put to sleep */
	async function transact(run: () => Promise<Ledger | undefined>): Promise<void> {
		await tab.awake()
		take(await run())
	}

	/** Takes what a transaction has seen or made; nothing of a newer version's. */
	function take(seen = blankLedger) {
		const { alerts } = tab.view
		const isSame = alerts.length === seen.alerts.length && alerts.every(({ id }, index) => id === seen.alerts[index]?.id)
		ledger = seen
		seenAt = clock.mono()
		anchor = { time: timeOf(seen), mono: seenAt }
		reporter.plan()
		if (isSame) return
		tab.view.alerts = seen.alerts
		tab.audience.emit('alertsChanged', {})
	}

	/** What is asked for while the ledger is read is one more look, in a storm of hints too. */
	async function look(): Promise<void> {
		isAgain = true
		if (isLooking) return
		isLooking = true
		try {
			while (isAgain) {
				isAgain = false
				await transact(async () => parseLedger(await store.read()))
				// Nothing waits for the ledger: a flood of messages costs a read a second.
				if (isAgain) await pause(clock, BETWEEN_MS)
			}
		} finally {
			isLooking = false
		}
	}

	/** @returns the ledger as it is then @throws SessionError `storage_unavailable`; whether the change was made is then unknown */
	async function commit(change: LedgerChange): Promise<Ledger> {
		let made: Ledger | undefined
		await transact(async () => {
			let seen: Ledger | undefined
			await store.update(stored => {
				seen = parseLedger(stored)
				made = seen && changed(seen, change)
				return made
			}, false)
			return made ?? seen
		})
		if (made) channel.post({ alerts: made.revision })
		return ledger
	}

	function changed(seen: Ledger, change: LedgerChange): Ledger | undefined {
		const at = timeOf(seen)
		const next = change(seen, at)
		return next && next !== seen ? { ...next, revision: seen.revision + 1, highTime: at, wall: clock.wall() } : undefined
	}

	async function drain(): Promise<void> {
		while (waiting.length > 0) {
			const notes = waiting.map(note => ({ ...note, user: allowed(note.user, claims) }))
			const after = await commit((seen, at) => {
				const present = tab.now()
				const ahead = at - present
				// The session's clock may have been set since.
				const timeOfNote = (moment: Moment) => timeOfMoment(tab, moment, tab.view.record, present)
				return notes.reduce((each, note) => noted(each, { ...note, at: timeOfNote(note.at), ahead }, options), seen)
			})
			waiting.splice(0, notes.length)
			const raised = notes.flatMap(note => raisedBy(after, note))
			for (const alert of raised) tab.audience.emit('alert', alert)
		}
		void reporter.report()
	}

	function flush(): Promise<void> {
		flushing ??= drain().finally(() => {
			flushing = undefined
		})
		return flushing
	}

	const reporter = createReporter(tab, { beacon, endpoint, commit, now, ledger: () => ledger })

	tab.beforeSleep(() => {
		store.interrupt()
		// Hints are missed meanwhile.
		seenAt = Number.NEGATIVE_INFINITY
		reporter.leave()
	})

	/** Trouble with the storage: the next look is another try. */
	const quietly = (work: Promise<unknown>) => void work.catch(() => {})

	return {
		/** Writes down what waits; resolves once it is in the ledger. @throws SessionError `storage_unavailable`: it waits on */
		flush,
		/** The record has been read: the ledger too, if that was long ago. */
		attend() {
			if (waiting.length > 0) quietly(flush())
			else if (clock.mono() - seenAt > OLD_MS) quietly(look())
		},
		/** Another tab has changed the ledger. Strangers' messages are none of ours. */
		receive({ alerts }: { alerts?: unknown }) {
			if (typeof alerts === 'number' && alerts !== ledger.revision) quietly(look())
		},
		online: () => reporter.report(true),
		stop: reporter.stop,
	}
}
