// Alerts that wait to be reported: in the ledger, so that one tab sends for all, and none is lost while the network is down.
import type { Alert } from '../alerts.ts'

/** An alert that waits, and what may be said of whose session it is. */
export interface Report {
	readonly alert: Alert
	readonly user: Readonly<Record<string, unknown>> | undefined
	/** Whether a request has taken it up. */
	readonly isTaken: boolean
}

export interface Outbox {
	/** Oldest first. */
	readonly waiting: readonly Report[]
	/** Alerts that were given up since the last report that arrived. */
	readonly dropped: number
	/** Who sends, and until when that counts: a page that is gone or frozen sends no more. */
	readonly lease: { readonly id: string; readonly until: number } | undefined
	/** Tries in a row that have failed. */
	readonly failures: number
	/** No tab tries before this moment. */
	readonly retryAt: number
	/** The last try did not get through: the network's return makes it worth another. */
	readonly isOffline: boolean
}

/** What one request takes along. */
export interface Batch {
	readonly reports: readonly Report[]
	readonly dropped: number
}

/** Alerts that wait. */
const MOST_WAITING = 50
/** ms for which an alert is worth a report. */
const LONGEST_MS = 7 * 86_400_000
/** Of one request. */
const MOST_REPORTS = 20
/** Of one request: browsers let a page have 64 KB under way as it is left, for all it sends. */
const MOST_BYTES = 32_000
/** What may be said of a user. */
const MOST_BYTES_OF_USER = 1000
/** ms between two tries, at first and at most; the endpoint may ask for more, up to a day. */
const [FIRST_MS, LAST_MS, ASKED_MS] = [5000, 3_600_000, 86_400_000]

export const noReports: Outbox = { waiting: [], dropped: 0, lease: undefined, failures: 0, retryAt: 0, isOffline: false }

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isReport = (report: unknown): boolean =>
	isObject(report) && isObject(report['alert']) && typeof report['alert']['id'] === 'string' && Number.isFinite(report['alert']['at'])

const finite = (value: unknown): number => (Number.isFinite(value) ? (value as number) : 0)

/** Reads what the store holds, report by report; anything that is no outbox reads as an empty one. */
export function parseOutbox(stored: unknown): Outbox {
	if (!isObject(stored)) return noReports
	const { waiting, dropped, lease, failures, retryAt, isOffline } = stored
	return {
		isOffline: !!isOffline,
		waiting: Array.isArray(waiting) ? waiting.filter(isReport) : [],
		dropped: finite(dropped),
		failures: finite(failures),
		retryAt: finite(retryAt),
		lease: isObject(lease) && Number.isFinite(lease['until']) ? (lease as unknown as Outbox['lease']) : undefined,
	}
}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** Only the claims named, as long as they are short. */
export function allowed(user: Readonly<Record<string, unknown>> | undefined, claims: readonly string[]): Report['user'] {
	let said: Record<string, unknown> = {}
	for (const claim of claims) {
		const value = user && Object.hasOwn(user, claim) ? user[claim] : undefined
		const more = { ...said, [claim]: value }
		if (value !== undefined && bytesOf(more) <= MOST_BYTES_OF_USER) said = more
	}
	return Object.keys(said).length > 0 ? said : undefined
}

/** One more alert waits; past the bound the oldest is given up. */
export function queued(outbox: Outbox, report: Report): Outbox {
	const waiting = [...outbox.waiting, report]
	const over = Math.max(0, waiting.length - MOST_WAITING)
	return { ...outbox, waiting: waiting.slice(over), dropped: outbox.dropped + over }
}

/** When the next request may go out; not at all while nothing waits. @param isBack whether the network has just come back */
export function dueAt({ waiting, lease, retryAt, isOffline }: Outbox, isBack = false): number {
	if (waiting.length === 0) return Number.POSITIVE_INFINITY
	return Math.max(lease?.until ?? 0, isBack && isOffline ? 0 : retryAt)
}

/** As many, from the oldest on, as one request may take along. */
export function fitting(reports: readonly Report[]): readonly Report[] {
	let bytes = 0
	return reports.slice(0, MOST_REPORTS).filter(report => {
		bytes += bytesOf(report)
		return bytes <= MOST_BYTES
	})
}

/** What the lease `id` sends, once that is marked as taken. */
export function batchOf({ waiting, dropped, lease }: Outbox, id: string): Batch | undefined {
	return lease?.id === id ? { reports: fitting(waiting), dropped } : undefined
}

/**
 * Takes the turn to send until `until`; what has become too old is given up. `undefined` refuses: another tab sends, all wait, or there is
 * nothing.
 */
export function leased(outbox: Outbox, lease: NonNullable<Outbox['lease']>, now: number, isBack: boolean): Outbox | undefined {
	if (now < dueAt(outbox, isBack)) return undefined
	const young = outbox.waiting.filter(({ alert }) => now - alert.at < LONGEST_MS)
	const taken = new Set(fitting(young))
	return {
		...outbox,
		waiting: young.map(report => (taken.has(report) ? { ...report, isTaken: true } : report)),
		dropped: outbox.dropped + outbox.waiting.length - young.length,
		// With nothing left there is nobody who sends.
		lease: young.length > 0 ? lease : undefined,
	}
}

/** The endpoint has what was sent, or will not have it: whoever sends now goes on. */
export function delivered(outbox: Outbox, id: string, { reports, dropped }: Batch): Outbox {
	const gone = new Set(reports.map(({ alert }) => alert.id))
	const waiting = outbox.waiting.filter(({ alert }) => !gone.has(alert.id))
	if (outbox.lease?.id !== id) return { ...outbox, waiting }
	return { ...noReports, waiting, dropped: outbox.dropped - dropped }
}

/** Nobody knows whether the endpoint has it: all tabs wait. Refused where the turn has passed to another. */
export function putOff(outbox: Outbox, id: string, retryAt: number, isOffline: boolean): Outbox | undefined {
	if (outbox.lease?.id !== id) return undefined
	return { ...outbox, lease: undefined, failures: outbox.failures + 1, retryAt, isOffline }
}

/** ms until the next try: doubling from 5 s to an hour, spread by up to a quarter; `Retry-After` (RFC 9110 section 10.2.3) if longer. */
export function reportAgainMs(failures: number, fraction: number, retryAfterMs: number): number {
	const doubled = Math.min(LAST_MS, FIRST_MS * 2 ** failures) * (1 + fraction / 4)
	return Math.max(doubled, Math.min(retryAfterMs, ASKED_MS))
}
