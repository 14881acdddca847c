import { describe, expect, it } from 'vitest'
import { byUser, gone, HOUR, having, MINUTE, session, T } from '../../test/fixtures.ts'
import { isClockBehind, sessionTime } from './deadlines.ts'
import type { SessionRecord, SignInRequest } from './record.ts'
import { clockOfNewSession, clockOfRenewal, clockOfSession, clockSet, movedTokens } from './session-clock.ts'

const TOLERANCE = 5 * MINUTE

/** A page whose session time is T. */
const facts = (aheadMs: number, wall: number, toleranceMs = TOLERANCE) => ({ aheadMs, time: T, wall, toleranceMs })

describe('session time by a wall clock with a known skew', () => {
	const at = (wall: number, skewMs: number, mono = 1000) => sessionTime({ time: T, mono: 1000 }, wall, mono, skewMs)

	it.each([
		{ what: 'the corrected clock', wall: T + HOUR + MINUTE, skewMs: HOUR, time: T + MINUTE },
		{ what: 'the clock itself, once it is set right', wall: T + MINUTE, skewMs: HOUR, time: T + MINUTE },
		{ what: 'the corrected clock that was behind', wall: T - HOUR + MINUTE, skewMs: -HOUR, time: T + MINUTE },
		{ what: 'the clock itself that was behind, once it is set right', wall: T + MINUTE, skewMs: -HOUR, time: T + MINUTE },
		{ what: 'the lower of two that can be right', wall: T + 2 * HOUR, skewMs: HOUR, time: T + HOUR },
		{ what: 'itself, where both are behind', wall: T - 2 * HOUR, skewMs: HOUR, time: T },
		{ what: 'itself, where the lower is a little behind', wall: T - TOLERANCE, skewMs: -HOUR, time: T },
	])('goes by $what', ({ wall, skewMs, time }) => {
		expect(at(wall, skewMs)).toBe(time)
	})

	it.each([
		{ wall: T - TOLERANCE, skewMs: 0, isBehind: false },
		{ wall: T - TOLERANCE - 1, skewMs: 0, isBehind: true },
		{ wall: T - TOLERANCE - 1, skewMs: HOUR, isBehind: true },
		{ wall: T - HOUR, skewMs: -HOUR, isBehind: false },
	])('is ahead of both by more than 5 min: $isBehind', ({ wall, skewMs, isBehind }) => {
		expect(isClockBehind(T, wall, skewMs)).toBe(isBehind)
	})
})

describe('the clock of a new session', () => {
	it.each([
		{ what: 'right, after one that was a year ahead', aheadMs: 0, wall: T - 8760 * HOUR, skewMs: 0, now: T - 8760 * HOUR },
		{ what: 'off within the tolerance', aheadMs: TOLERANCE, wall: T, skewMs: 0, now: T },
		{ what: 'ahead', aheadMs: HOUR, wall: T + HOUR, skewMs: HOUR, now: T },
		{ what: 'behind', aheadMs: -HOUR, wall: T - HOUR, skewMs: -HOUR, now: T },
	])('is the present, by a wall clock that is $what', ({ aheadMs, wall, skewMs, now }) => {
		expect(clockOfNewSession(facts(aheadMs, wall))).toEqual({ skewMs, byMs: now - T })
	})

	it('takes no more than 5 min for nothing, whatever the tolerance of ID tokens', () => {
		expect(clockOfNewSession(facts(10 * MINUTE, T, HOUR))).toMatchObject({ skewMs: 10 * MINUTE })
		expect(clockOfNewSession(facts(2 * MINUTE, T, MINUTE))).toMatchObject({ skewMs: 2 * MINUTE })
	})
})

describe('the clock of a session that goes on', () => {
	it('stays where it is right', () => {
		expect(clockOfSession(session, facts(MINUTE, T))).toBeUndefined()
		expect(clockOfSession({ ...session, skewMs: HOUR }, facts(HOUR, T + HOUR))).toBeUndefined()
	})

	it.each([
		{ what: 'the wall clock was set back', wall: T - HOUR, aheadMs: -HOUR, change: { skewMs: -HOUR, byMs: 0 } },
		{ what: 'and some time has passed', wall: T - HOUR, aheadMs: -HOUR - MINUTE, change: { skewMs: -HOUR - MINUTE, byMs: MINUTE } },
		{ what: 'and much time has passed', wall: T - HOUR, aheadMs: -3 * HOUR, change: { skewMs: -3 * HOUR, byMs: 2 * HOUR } },
		{ what: 'session time was ahead', wall: T - 2 * HOUR, aheadMs: 0, change: { skewMs: 0, byMs: -2 * HOUR } },
	])('is set where $what, in a renewal too', ({ wall, aheadMs, change }) => {
		expect(clockOfSession(session, facts(aheadMs, wall))).toEqual(change)
		expect(clockOfRenewal(session, facts(aheadMs, wall))).toEqual(change)
	})

	it('goes forward in a renewal, though the wall clock says the same as session time', () => {
		expect(clockOfRenewal(session, facts(-2 * HOUR, T))).toEqual({ skewMs: -2 * HOUR, byMs: 2 * HOUR })
	})

	it('forgets a skew that has gone', () => {
		expect(clockOfRenewal({ ...session, skewMs: HOUR }, facts(0, T))).toEqual({ skewMs: 0, byMs: 0 })
	})

	it('follows the provider back from a wall clock that is ahead at a sign-in, and not at a renewal', () => {
		expect(clockOfSession(session, facts(HOUR, T))).toEqual({ skewMs: HOUR, byMs: -HOUR })
		expect(clockOfRenewal(session, facts(HOUR, T))).toBeUndefined()
	})
})

describe('a clock that is set', () => {
	const request = { state: 's', begunAt: T - MINUTE } as SignInRequest
	const record: SessionRecord = { ...session, requests: [request], silentRefusedAt: T - MINUTE, silentBlockedUntil: T + HOUR }

	it('forward leaves the session as it is', () => {
		const next = clockSet(record, { skewMs: -HOUR, byMs: HOUR }, T)
		expect(next).toMatchObject({ clockSetAt: T + HOUR, highTime: T + HOUR, skewMs: -HOUR })
		expect(next.living).toEqual(session.living)
	})

	it.each([HOUR, -HOUR])('keeps the ages of pending sign-ins and of what is known of frames (%d ms)', byMs => {
		expect(clockSet(record, { skewMs: 0, byMs }, T)).toMatchObject({
			requests: [{ state: 's', begunAt: T - MINUTE + byMs }],
			silentRefusedAt: T - MINUTE + byMs,
			silentBlockedUntil: T + HOUR + byMs,
		})
		expect(clockSet(session, { skewMs: 0, byMs }, T)).toMatchObject({ silentRefusedAt: 0, silentBlockedUntil: 0 })
	})

	it('back takes along what lies ahead of it, and nothing else', () => {
		const failure = { count: 1, retryAt: T + MINUTE, code: 'timeout', oauthError: undefined } as const
		const others = {
			new: { issuedAt: T, expiresAt: T + HOUR, generation: 3 },
			old: { issuedAt: T - 2 * HOUR, expiresAt: T + HOUR, generation: 2 },
		}
		const living = { failure, others, startedAt: T - 3 * HOUR, refreshExpiresAt: T + 2 * HOUR }
		expect(clockSet(having(living), { skewMs: 0, byMs: -HOUR }, T).living).toMatchObject({
			startedAt: T - 3 * HOUR,
			signedInAt: T - HOUR,
			lastActivity: T - HOUR,
			issuedAt: T - HOUR,
			expiresAt: T - HOUR + 5 * MINUTE,
			refreshExpiresAt: T + HOUR,
			sessionExpiresAt: undefined,
			others: { new: { issuedAt: T - HOUR, expiresAt: T }, old: others.old },
			failure: { retryAt: T - HOUR + MINUTE },
		})
		const earlier = clockSet(having({ issuedAt: T - 2 * HOUR }), { skewMs: 0, byMs: -HOUR }, T).living
		expect(earlier).toMatchObject({ issuedAt: T - 2 * HOUR, expiresAt: T + 5 * MINUTE })
	})

	it('back takes along an end that lies ahead of it', () => {
		const ended = { ...gone, end: { ...byUser, startedAt: T - 2 * HOUR } }
		expect(clockSet(ended, { skewMs: 0, byMs: -HOUR }, T).end).toMatchObject({ at: T + MINUTE - HOUR, startedAt: T - 2 * HOUR })
		expect(clockSet(ended, { skewMs: 0, byMs: HOUR }, T).end).toEqual(ended.end)
	})
})

it('the times of a token response move with the clock', () => {
	const tokens = { issuedAt: T, expiresAt: T + 1, refreshExpiresAt: T + 2, sessionExpiresAt: undefined }
	expect(movedTokens(tokens, HOUR)).toEqual({
		issuedAt: T + HOUR,
		expiresAt: T + 1 + HOUR,
		refreshExpiresAt: T + 2 + HOUR,
		sessionExpiresAt: undefined,
	})
})
