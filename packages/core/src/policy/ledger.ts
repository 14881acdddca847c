// What happened around sign-ins and sessions of late, in all tabs: a value of its own beside the session record. It keeps no token, no claim
// but those that wait to be reported, and nobody's name.
import type { Alert, AlertType } from '../alerts.ts'
import type { EndReason, User } from '../snapshot.ts'
import { sessionTime } from './deadlines.ts'
import { hashOf } from './hash.ts'
import { noReports, type Outbox, parseOutbox } from './reports.ts'

/** What can happen. */
export type Happening =
	/** Somebody, or an application's guard, begins a sign-in. */
	| { readonly kind: 'sign-in-started' }
	/** The user breaks it off. */
	| { readonly kind: 'sign-in-cancelled' }
	/** The provider refuses it. */
	| { readonly kind: 'sign-in-failed' }
	| { readonly kind: 'signed-in'; readonly user: User }
	/** A response fails a check. */
	| { readonly kind: 'refused'; readonly check: 'state' | 'nonce' | 'iss' | 'id-token' }
	/** Sign-ins that nobody asked for go round in circles. */
	| { readonly kind: 'loop' }
	/**
	 * The provider refuses the refresh token. `unexplained`: no lost response of ours can be why, nor an end that the provider has told.
	 * `age`: of the token, ms.
	 */
	| { readonly kind: 'renewal-rejected'; readonly unexplained: boolean; readonly age: number }
	| { readonly kind: 'ended'; readonly reason: EndReason; readonly endedAt: number }
	/** How far the wall clock is ahead of the provider's, ms; told at each sign-in. */
	| { readonly kind: 'clock-off'; readonly ms: number }

/** A happening with its moment in session time, as a tab notes it. */
export interface Note {
	/** Noted again, as after a sleep that hid what came of it, it is the same. */
	readonly id: string
	readonly at: number
	/** How far the ledger's time is ahead of session time, ms. Default 0. */
	readonly ahead?: number
	readonly happening: Happening
	/** What a report may say of whose session it is. */
	readonly user?: Readonly<Record<string, unknown>> | undefined
}

interface Noted {
	readonly id: string
	readonly at: number
}

/** What is kept of a happening. Of a user it is a mark that many others share. */
export type Entry = Noted &
	(
		| Exclude<Happening, { readonly kind: 'signed-in' | 'ended' }>
		| { readonly kind: 'signed-in'; readonly mark: number }
		| { readonly kind: 'user-switched' }
		/** `after`: ms since the latest sign-in, infinite where the ledger knows none. */
		| { readonly kind: 'ended'; readonly reason: EndReason; readonly endedAt: number; readonly after: number }
	)

export type EntryOf<K extends Entry['kind']> = Extract<Entry, { readonly kind: K }>

export interface Ledger {
	readonly format: number
	/** Counts commits. */
	readonly revision: number
	/** Highest session time seen by a commit. */
	readonly highTime: number
	/** The wall clock at the last commit, ms. */
	readonly wall: number
	/** Of the marks; random, as it comes first. */
	readonly salt: string
	/** Oldest first. */
	readonly entries: readonly Entry[]
	/** Until when the latest episode of each alert lasts, if its rule does not hold again before. */
	readonly episodes: Readonly<Partial<Record<AlertType, number>>>
	/** Newest first. */
	readonly alerts: readonly Alert[]
	readonly outbox: Outbox
}

/** Of the ledgers this version writes; one of a newer format is left alone. */
export const LEDGER_FORMAT = 1

/** Entries kept of each kind, so that a flood of one pushes no other out; no rule can count more. */
const MOST_ENTRIES = 30

export const blankLedger: Ledger = {
	format: LEDGER_FORMAT,
	revision: 0,
	highTime: 0,
	wall: 0,
	salt: '',
	entries: [],
	episodes: {},
	alerts: [],
	outbox: noReports,
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isNoted = (value: unknown): boolean => isObject(value) && typeof value['id'] === 'string' && Number.isFinite(value['at'])

const noted = (list: unknown): readonly never[] => (Array.isArray(list) ? list.filter(isNoted) : []) as never[]

const finite = (value: unknown): number => (Number.isFinite(value) ? (value as number) : 0)

/** Reads what the store holds, entry by entry; anything that is no ledger reads as a blank one, `undefined` is one of a newer format. */
export function parseLedger(stored: unknown): Ledger | undefined {
	if (!isObject(stored)) return blankLedger
	const { format, revision, highTime, wall, salt, entries, episodes, alerts, outbox } = stored
	if (typeof format === 'number' && format > LEDGER_FORMAT) return undefined
	if (format !== LEDGER_FORMAT || !Number.isInteger(revision)) return blankLedger
	return {
		...(stored as unknown as Ledger),
		highTime: finite(highTime),
		wall: finite(wall),
		salt: typeof salt === 'string' ? salt : '',
		entries: noted(entries),
		episodes: isObject(episodes) ? episodes : {},
		alerts: noted(alerts),
		outbox: parseOutbox(outbox),
	}
}

/**
 * The ledger's time, ms: session time, or what the wall clock has gone on by since the last commit where that was ahead. So a clock that was
 * fast for a while, and is right again, makes no episode and no wait last for as long as it was fast.
 */
export const ledgerTime = ({ highTime, wall }: Ledger, now: number, wallNow: number): number =>
	sessionTime({ time: highTime, mono: wall }, now, wallNow)

/** FNV-1a, folded to 16 bits: enough to tell a few users of one device apart, too little to tell who they are. */
export function markOf(salt: string, text: string): number {
	const hash = hashOf(salt + text)
	return (hash >>> 16) ^ (hash & 0xffff)
}

/** The newest entry of a kind. */
export const latest = <K extends Entry['kind']>({ entries }: Pick<Ledger, 'entries'>, kind: K): EntryOf<K> | undefined =>
	entries.filter((entry): entry is EntryOf<K> => entry.kind === kind).at(-1)

/** Whether a note is in the ledger already: noted before, or an end that another tab has seen too. */
export function isKnown({ entries }: Ledger, { id, happening }: Note): boolean {
	const { endedAt } = happening as { readonly endedAt?: number }
	return entries.some(entry => entry.id === id || (entry.kind === 'ended' && entry.endedAt === endedAt))
}

/** What is kept of a note. */
function entriesOf(ledger: Ledger, { id, at, ahead = 0, happening }: Note): readonly Entry[] {
	if (happening.kind === 'ended') {
		const since = latest(ledger, 'signed-in')?.at ?? Number.NEGATIVE_INFINITY
		return [{ ...happening, id, at, after: Math.max(0, happening.endedAt + ahead - since) }]
	}
	if (happening.kind !== 'signed-in') return [{ ...happening, id, at }]
	const { sub, iss } = happening.user
	const mark = markOf(ledger.salt, JSON.stringify([iss, sub]))
	const before = latest(ledger, 'signed-in')
	const isSwitched = before && before.mark !== mark
	return [...(isSwitched ? [{ kind: 'user-switched', id, at } as const] : []), { kind: 'signed-in', id, at, mark }]
}

/** The newest entries, so many of each kind. */
function bounded(entries: readonly Entry[]): readonly Entry[] {
	const counts: Partial<Record<Entry['kind'], number>> = {}
	const kept = [...entries].reverse().filter(({ kind }) => {
		counts[kind] = (counts[kind] ?? 0) + 1
		return counts[kind] <= MOST_ENTRIES
	})
	return kept.reverse()
}

/** The ledger with what a note says, at a time that never runs backwards. */
export function entered(former: Ledger, note: Note): Ledger {
	const highTime = Math.max(former.highTime, note.at + (note.ahead ?? 0))
	const ledger = { ...former, highTime, salt: former.salt || note.id }
	return { ...ledger, entries: bounded([...ledger.entries, ...entriesOf(ledger, { ...note, at: highTime })]) }
}
