// Setting the session's clock by the provider's, as the `iat` of an ID token shows it (decision 17).
import { CLOCK_LAG_MS, isClockBehind } from './deadlines.ts'
import type { Living, SessionRecord } from './record.ts'

type TokenTimes = Pick<Living, 'issuedAt' | 'expiresAt' | 'refreshExpiresAt' | 'sessionExpiresAt'>

/** How the session's clock is set. */
export interface ClockChange {
	/** How far the wall clock is ahead of the provider's; 0 where that is within the tolerance. */
	readonly skewMs: number
	/** What session time changes by. */
	readonly byMs: number
}

/** What a page knows of the time as it has a token response. */
export interface ClockFacts {
	/** How far the wall clock is ahead of the provider's, ms. */
	readonly aheadMs: number
	/** Session time. */
	readonly time: number
	readonly wall: number
	readonly toleranceMs: number
}

/** A difference of two clocks within the tolerance is none. */
const beyond = (ms: number, mostMs: number): number => (Math.abs(ms) > mostMs ? ms : 0)

/** No more than the lag up to which a wall clock is followed. */
const mostOf = ({ toleranceMs }: ClockFacts): number => Math.min(toleranceMs, CLOCK_LAG_MS)

/** For a session that begins: its time is the present, whatever time the record has seen. */
export function clockOfNewSession(facts: ClockFacts): ClockChange {
	const skewMs = beyond(facts.aheadMs, mostOf(facts))
	return { skewMs, byMs: facts.wall - skewMs - facts.time }
}

/** For a session that goes on; `undefined` where nothing is to be set. Session time that is right stays, or goes forward to the provider's. */
export function clockOfSession({ skewMs = 0 }: SessionRecord, facts: ClockFacts): ClockChange | undefined {
	const { aheadMs, time, wall } = facts
	const mostMs = mostOf(facts)
	const providerAheadMs = wall - aheadMs - time
	const next = beyond(aheadMs, mostMs)
	if (Math.abs(providerAheadMs) > mostMs) return { skewMs: next, byMs: providerAheadMs }
	const isKnown = Math.abs(aheadMs - skewMs) <= mostMs && !isClockBehind(time, wall, skewMs)
	return isKnown ? undefined : { skewMs: next, byMs: Math.max(0, providerAheadMs) }
}

/** As `clockOfSession`, of a renewal: session time that runs ahead of the provider's is let be while the wall clock says the same. */
export function clockOfRenewal(record: SessionRecord, facts: ClockFacts): ClockChange | undefined {
	const change = clockOfSession(record, facts)
	const isForward = change && change.byMs >= 0
	return isForward || isClockBehind(facts.time, facts.wall, record.skewMs) ? change : undefined
}

const moved = (time: number | undefined, ms: number): number | undefined => time && time + ms

/** The times of a token response, on a clock that was set by `ms`. */
export const movedTokens = <T extends TokenTimes>(tokens: T, ms: number): T => ({
	...tokens,
	issuedAt: tokens.issuedAt + ms,
	expiresAt: tokens.expiresAt + ms,
	refreshExpiresAt: moved(tokens.refreshExpiresAt, ms),
	sessionExpiresAt: moved(tokens.sessionExpiresAt, ms),
})

/** What lies ahead of a clock that was set back moves along, so that ages stay; what does not was right, as far as anybody can tell. */
function movedLiving(living: Living, { byMs }: ClockChange, at: number): Living {
	if (byMs >= 0) return living
	const past = (time: number) => (time > at ? time + byMs : time)
	const others = Object.entries(living.others).map(([name, issue]) => {
		const ms = issue.issuedAt > at ? byMs : 0
		return [name, { ...issue, issuedAt: issue.issuedAt + ms, expiresAt: issue.expiresAt + ms }] as const
	})
	return {
		...(living.issuedAt > at ? movedTokens(living, byMs) : living),
		startedAt: past(living.startedAt),
		signedInAt: past(living.signedInAt),
		lastActivity: past(living.lastActivity),
		others: Object.fromEntries(others),
		failure: living.failure && { ...living.failure, retryAt: past(living.failure.retryAt) },
	}
}

/** The record with its clock set. @param time session time until now */
export function clockSet(record: SessionRecord, change: ClockChange, time: number): SessionRecord {
	const { skewMs, byMs } = change
	const { living, end } = record
	const at = time + byMs
	const past = (moment: number | undefined) => (moment !== undefined && moment > at ? moment + Math.min(0, byMs) : moment)
	return {
		...record,
		clockSetAt: at,
		skewMs,
		highTime: at,
		// Begun by this clock, in this page or a moment ago, they are as old as they were.
		requests: record.requests.map(request => ({ ...request, begunAt: request.begunAt + byMs })),
		silentRefusedAt: record.silentRefusedAt && record.silentRefusedAt + byMs,
		silentBlockedUntil: record.silentBlockedUntil && record.silentBlockedUntil + byMs,
		living: living && movedLiving(living, change, at),
		end: end && { ...end, at: past(end.at) as number, startedAt: past(end.startedAt) },
	}
}
