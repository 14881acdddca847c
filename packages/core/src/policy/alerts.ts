// The rules over the ledger: pure, one row each. An alert is raised once an episode, which ends when its rule has not held for as long as it looks back.
import type { Alert, AlertType } from '../alerts.ts'
import type { EndReason } from '../snapshot.ts'
import { type Entry, type EntryOf, entered, isKnown, type Ledger, type Note } from './ledger.ts'
import { queued } from './reports.ts'

/** From how many on, and how far back it counts. */
export interface Threshold {
	readonly count: number
	readonly withinMs: number
	/** Of `clock-off`: the clocks are no nearer than this. */
	readonly byMs: number
}

/** What is set of each rule otherwise than by default; `false` where it is off. */
export type Rules = Readonly<Partial<Record<AlertType, false | Partial<Threshold>>>>

interface Row {
	readonly count: number
	readonly withinMs: number
	/** Whether an entry counts. */
	counts(entry: Entry, threshold: Threshold): boolean
	/** How many there are of those that count. Default: all. */
	measure?(entries: readonly Entry[]): number
	/** What the alert tells of the entry that has raised it. */
	detail?(entry: Entry): object
}

/** Alerts that are kept. */
const MOST_ALERTS = 50

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Clocks that are no nearer than this are far apart, ms. */
const CLOCK_MS = 2 * MINUTE

const is =
	<K extends Entry['kind']>(kind: K, test: (entry: EntryOf<K>, threshold: Threshold) => boolean = () => true) =>
	(entry: Entry, threshold: Threshold): boolean =>
		entry.kind === kind && test(entry as EntryOf<K>, threshold)

const isFailed = is('sign-in-failed')
const isUnfit = is('refused', ({ check }) => check !== 'state')

/** Ends that are the provider's doing. */
const BY_PROVIDER: readonly EndReason[] = ['renewal-rejected', 'interaction-required', 'signed-out-at-provider', 'invalid-tokens']

const table: Readonly<Record<AlertType, Row>> = {
	'repeated-failures': {
		count: 5,
		withinMs: 5 * MINUTE,
		counts: (entry, threshold) => isFailed(entry, threshold) || isUnfit(entry, threshold),
	},
	'repeated-attempts': { count: 10, withinMs: 10 * MINUTE, counts: is('sign-in-started') },
	'redirect-loop': { count: 1, withinMs: 10 * MINUTE, counts: is('loop') },
	'unsolicited-callback': {
		count: 1,
		withinMs: 10 * MINUTE,
		counts: is('refused', ({ check }) => check !== 'id-token'),
		detail: entry => ({ check: (entry as EntryOf<'refused'>).check }),
	},
	'many-users': {
		count: 3,
		withinMs: HOUR,
		counts: is('signed-in'),
		measure: entries => new Set((entries as readonly EntryOf<'signed-in'>[]).map(({ mark }) => mark)).size,
	},
	'ended-early': {
		count: 1,
		withinMs: 5 * MINUTE,
		counts: is('ended', ({ reason, after }, { withinMs }) => BY_PROVIDER.includes(reason) && after <= withinMs),
		detail: entry => {
			const { reason, after } = entry as EntryOf<'ended'>
			return { reason, after }
		},
	},
	'refresh-token-reuse': {
		count: 1,
		withinMs: HOUR,
		counts: is('renewal-rejected', ({ unexplained }) => unexplained),
		detail: entry => ({ age: (entry as EntryOf<'renewal-rejected'>).age }),
	},
	'clock-off': {
		count: 1,
		withinMs: 24 * HOUR,
		counts: is('clock-off'),
		detail: entry => ({ ms: (entry as EntryOf<'clock-off'>).ms }),
	},
}

export interface NotedOptions {
	readonly rules: Rules
	/** Whether what is raised waits to be reported. */
	readonly isReported: boolean
}

/** Of a rule's row and what is set otherwise; `undefined` where it is off. */
function thresholdOf({ count, withinMs }: Row, given: Rules[AlertType]): Threshold | undefined {
	return given === false ? undefined : { count, withinMs, byMs: CLOCK_MS, ...given }
}

/** A clock that is right is nothing to keep. */
function isNothing({ happening }: Note, rules: Rules): boolean {
	const { byMs = Number.POSITIVE_INFINITY } = thresholdOf(table['clock-off'], rules['clock-off']) ?? {}
	const { ms = Number.POSITIVE_INFINITY } = happening as { readonly ms?: number }
	return Math.abs(ms) < byMs
}

/** The ledger once a note is in it: what that raises is among its alerts. The same note again changes nothing. */
export function noted(former: Ledger, note: Note, { rules, isReported }: NotedOptions): Ledger {
	if (isKnown(former, note) || isNothing(note, rules)) return former
	let ledger = entered(former, note)
	const newest = ledger.entries.at(-1) as Entry
	const now = ledger.highTime
	for (const [type, row] of Object.entries(table) as [AlertType, Row][]) {
		const threshold = thresholdOf(row, rules[type])
		if (!threshold || !row.counts(newest, threshold)) continue
		const counted = ledger.entries.filter(entry => now - entry.at < threshold.withinMs && row.counts(entry, threshold))
		const count = row.measure?.(counted) ?? counted.length
		if (count < threshold.count) continue
		const isOngoing = now < (ledger.episodes[type] ?? 0)
		ledger = { ...ledger, episodes: { ...ledger.episodes, [type]: now + threshold.withinMs } }
		if (isOngoing) continue
		const alert = { id: `${note.id}-${type}`, type, at: now, count, ...row.detail?.(newest) } as Alert
		ledger = { ...ledger, alerts: [alert, ...ledger.alerts].slice(0, MOST_ALERTS) }
		if (isReported) ledger = { ...ledger, outbox: queued(ledger.outbox, { alert, user: note.user, isTaken: false }) }
	}
	return ledger
}

/** What a note has raised. */
export const raisedBy = ({ alerts }: Ledger, { id }: Pick<Note, 'id'>): readonly Alert[] =>
	alerts.filter(alert => alert.id === `${id}-${alert.type}`)
