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
	const isRight = change && change.byMs >= 0 && change.byMs <= mostOf(facts)
	return isRight || isClockBehind(facts.time, facts.wall, record.skewMs) ? change : undefined
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

/** A clock that is set back takes the session's times with it, so that their ages stay; one that is set forward has stood still. */
const movedLiving = (living: Living, ms: number): Living => ({
	...movedTokens(living, ms),
	startedAt: living.startedAt + ms,
	signedInAt: living.signedInAt + ms,
	lastActivity: living.lastActivity + ms,
	others: Object.fromEntries(
		Object.entries(living.others).map(([name, issue]) => [
			name,
			{ ...issue, issuedAt: issue.issuedAt + ms, expiresAt: issue.expiresAt + ms },
		]),
	),
	failure: living.failure && { ...living.failure, retryAt: living.failure.retryAt + ms },
})

/** The record with its clock set. @param time session time until now */
export function clockSet(record: SessionRecord, { skewMs, byMs }: ClockChange, time: number): SessionRecord {
	const backMs = Math.min(0, byMs)
	const { living, end } = record
	return {
		...record,
		clockSetAt: time + byMs,
		skewMs,
		highTime: time + byMs,
		// Begun by this clock, in this page or a moment ago, they are as old as they were.
		requests: record.requests.map(request => ({ ...request, begunAt: request.begunAt + byMs })),
		silentRefusedAt: record.silentRefusedAt && record.silentRefusedAt + byMs,
		silentBlockedUntil: record.silentBlockedUntil && record.silentBlockedUntil + byMs,
		living: living && movedLiving(living, backMs),
		end: end && { ...end, at: end.at + backMs, startedAt: moved(end.startedAt, backMs) },
	}
}
