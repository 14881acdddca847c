// The provider's books: which refresh tokens were sent more than once, and whether each time it had to be so (I1).
import type { Renewal } from '@tabsession/demo'
import { type Fault, tabOf } from './fault-tabs.ts'

/** ms: the times of an answer are taken where it leaves, and its reader has them a little later or, by the same clock, earlier. */
const SLACK_MS = 250
/** ms that a renewal may be early: the tabs' spread, and a request's way to the provider of a busy machine. */
const EARLY_MS = 1000

/** ms after a fault until the back-off that it caused is over: a step after a lost answer, up to four seconds after an outage. */
const AFTERMATH_MS = 6000

/** ms between two moments in which the pages that no fault struck, or this process, could not run. */
export type HeldUpMs = (from: number, to: number) => number

export interface Ledger {
	/** Every request, in words. */
	readonly book: readonly string[]
	readonly requests: number
	/** Refresh tokens that were sent at least once; the answer that brought each but a session's first was committed. */
	readonly tokens: number
	/** Sends of a token again after a send whose answer could not reach a commit: the tab killed, frozen, offline, or the connection cut. */
	readonly unknownOutcomes: number
	/** Sends of a token again that nothing explains. */
	readonly unexplained: readonly string[]
	/** Sends while another tab's was under way that nothing explains. */
	readonly overlapping: readonly string[]
	/** Sends of a token sooner than four fifths of its life after it was issued: more than one a period. */
	readonly early: readonly string[]
	/** Tokens that were first sent so late that they had expired, though no fault and no busy machine held the renewal up. */
	readonly late: readonly string[]
	/** Refusals whose token was not sent before, or only by tabs that could have committed the answer. */
	readonly unjustRefusals: readonly string[]
	readonly refusals: number
	/** Sessions that the provider ended, for one of their tokens was sent again. */
	readonly refusedFamilies: number
}

/** Why the answer to `renewal` could not be relied on to reach a commit by `until`; `undefined` if it could. */
function excuseOf(renewal: Renewal, faults: readonly Fault[], until: number, heldUp: HeldUpMs = () => 0): string | undefined {
	if (renewal.isCut) return 'cut'
	const settledAt = renewal.settledAt ?? until
	const slackMs = SLACK_MS + heldUp(settledAt - SLACK_MS, settledAt + SLACK_MS)
	const struck = faults.find(({ kind, tab, from, to }) => {
		const isHers = tab === tabOf(renewal) && (kind === 'crash' || kind === 'close' || kind === 'freeze' || kind === 'offline')
		if (isHers) return from <= until && to >= renewal.at
		return kind === 'restart' && from <= settledAt + slackMs && to >= renewal.at
	})
	return struck?.kind
}

/** Whether the last send may still have to be repeated, or was refused: what comes of it is yet to be seen. */
export function isOpen(log: readonly Renewal[], faults: readonly Fault[]): boolean {
	const last = log.at(-1)
	return !!last && (!!last.error || !!excuseOf(last, faults, (last.settledAt ?? Date.now()) + SLACK_MS))
}

/** Whether something may have kept everybody from renewing: the provider, or whoever had the turn. */
const isHeldUp = (faults: readonly Fault[], from: number, to: number) =>
	faults.some(fault => {
		if (fault.kind === 'slow' || fault.kind === 'deaf') return false
		const isKilled = fault.to === Number.POSITIVE_INFINITY
		return fault.from <= to && (isKilled ? fault.from : fault.to) + AFTERMATH_MS >= from
	})

export function auditRenewals(log: readonly Renewal[], faults: readonly Fault[], tokenSeconds: number, heldUp: HeldUpMs): Ledger {
	const renewals = [...log].sort((a, b) => a.at - b.at)
	const start = renewals[0]?.at ?? 0
	const at = (time: number) => `${((time - start) / 1000).toFixed(2)} s`
	const told = (one: Renewal) =>
		`${at(one.at)} ${tabOf(one)} sent ${one.sent}: ${one.error ?? one.issued} after ${(one.settledAt ?? Number.NaN) - one.at} ms${one.isCut ? ', cut' : ''}`

	const bySent = new Map<string, Renewal[]>()
	for (const renewal of renewals) bySent.set(renewal.sent, [...(bySent.get(renewal.sent) ?? []), renewal])

	const repeats = [...bySent.values()].flatMap(sends => sends.slice(1).map((again, index) => ({ first: sends[index] as Renewal, again })))
	const pairs = repeats.map(({ first, again }) => ({ first, again, excuse: excuseOf(first, faults, again.at, heldUp) }))
	/** Committed all the same: a successor has been used by then. */
	const isCommitted = ({ issued }: Renewal, by: number) => !!issued && (bySent.get(issued)?.[0]?.at ?? by) < by

	const overlaps = renewals.flatMap((first, index) =>
		renewals
			.slice(index + 1)
			.filter(next => next.at < (first.settledAt ?? Number.POSITIVE_INFINITY) && !excuseOf(first, faults, next.at, heldUp))
			.map(next => `${told(first)}; ${told(next)}`),
	)

	// Tokens are as old as the request for them, however long the answer took.
	const issuing = new Map(renewals.flatMap(renewal => (renewal.issued ? [[renewal.issued, renewal] as const] : [])))
	const firstSends = [...bySent].flatMap(([token, [first]]) => {
		const source = issuing.get(token)
		return first && source ? [{ first, source, issued: source.at, age: first.at - source.at }] : []
	})
	/** Asked for before a freeze, and sent when the page woke: to the page older than it was. */
	const isFromBeforeFreeze = (renewal: Renewal) =>
		faults.some(
			({ kind, tab, from, to }) => kind === 'freeze' && tab === tabOf(renewal) && from <= renewal.at && renewal.at <= to + SLACK_MS,
		)
	const toldWithAge = ({ first, age }: (typeof firstSends)[number]) => `${told(first)}, ${age} ms old`
	const dueMs = tokenSeconds * 800

	const refused = renewals.filter(({ error }) => error)
	const justly = new Set(pairs.filter(({ again, excuse }) => again.error && excuse).map(({ again }) => again.sent))
	/** Its answer came late, after another had sent the same token again: the provider had taken the whole family back by then. */
	const isOfLostFamily = (token: string) => renewals.some(({ issued, sent }) => issued === token && justly.has(sent))
	return {
		book: renewals.map(told),
		requests: renewals.length,
		tokens: bySent.size,
		unknownOutcomes: pairs.filter(({ excuse }) => excuse).length,
		unexplained: pairs
			.filter(({ first, again, excuse }) => !excuse || isCommitted(first, again.at))
			.map(({ first, again }) => `${told(first)}; again ${told(again)}`),
		overlapping: overlaps,
		// The page counts from when it asked, and the provider from when it was reached.
		early: firstSends
			.filter(({ source, age }) => age < dueMs - EARLY_MS - heldUp(source.at - EARLY_MS, source.at) && !isFromBeforeFreeze(source))
			.map(toldWithAge),
		late: firstSends
			.filter(
				({ first, issued, age }) => age > tokenSeconds * 1000 + heldUp(issued, first.at) && !isHeldUp(faults, issued + dueMs, first.at),
			)
			.map(toldWithAge),
		unjustRefusals: refused.filter(({ sent }) => !justly.has(sent) && !isOfLostFamily(sent)).map(told),
		refusals: refused.length,
		refusedFamilies: justly.size,
	}
}
