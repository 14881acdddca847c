import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Announced, Config } from '../options.ts'
import {
	type Anchor,
	announcedAt,
	deadlinesOf,
	endsAt,
	expiry,
	idleDeadline,
	lifetimeDeadline,
	nextEnd,
	sessionTime,
	warningAt,
} from './deadlines.ts'
import type { Living } from './record.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const T = 1_800_000_000_000

const idle = { timeoutMs: 30 * MINUTE, warnBeforeMs: MINUTE } as Announced
const lifetime = { timeoutMs: 12 * HOUR, warnBeforeMs: 5 * MINUTE } as Announced
const config = { idle, lifetime } as Config
const idleOnly = { idle, lifetime: undefined } as Config
const lifetimeOnly = { idle: undefined, lifetime } as Config
const unlimited = { idle: undefined, lifetime: undefined } as Config

const begun = { startedAt: T, lastActivity: T, issuedAt: T, expiresAt: T + 5 * MINUTE, renewable: true } as Living
/** Active until shortly before the lifetime is over. */
const late = { ...begun, lastActivity: T + 11.9 * HOUR }
/** Idle at the very moment the lifetime is over. */
const tied = { ...begun, lastActivity: T + 11.5 * HOUR }

describe('session time (I4)', () => {
	/** A page's clock as a tab keeps it: each reading is the next one's anchor. */
	function page(wall: number) {
		const now = { wall, mono: 1000 }
		let anchor: Anchor = { time: 0, mono: 0 }
		return {
			pass(wallMs: number, monoMs: number) {
				now.wall += wallMs
				now.mono += monoMs
			},
			/** A record names a higher time than this page has seen. */
			learn(time: number) {
				anchor = { time: Math.max(anchor.time, time), mono: now.mono }
			},
			read() {
				anchor = { time: sessionTime(anchor, now.wall, now.mono), mono: now.mono }
				return anchor.time
			},
		}
	}

	it('is the wall clock where that goes evenly', () => {
		const clock = page(T)
		clock.read()
		clock.pass(5000, 5000)
		expect(clock.read()).toBe(T + 5000)
	})

	it('goes on by the monotonic clock when the wall clock is set back', () => {
		const clock = page(T)
		clock.read()
		clock.pass(-HOUR, 5000)
		expect(clock.read()).toBe(T + 5000)
	})

	it('follows a wall clock set forward, which cannot be told from sleep', () => {
		const clock = page(T)
		clock.read()
		clock.pass(HOUR, 5000)
		expect(clock.read()).toBe(T + HOUR)
	})

	it('is not earlier than what another tab has committed', () => {
		const clock = page(T)
		clock.read()
		clock.learn(T + HOUR)
		clock.pass(5000, 5000)
		expect(clock.read()).toBe(T + HOUR + 5000)
	})

	it('never runs backwards, nor slower than the monotonic clock, however the wall clock is set', () => {
		const step = fc.record({
			wallMs: fc.integer({ min: -10 * HOUR, max: 10 * HOUR }),
			monoMs: fc.integer({ min: 0, max: HOUR }),
			learnt: fc.option(fc.integer({ min: T - 10 * HOUR, max: T + 10 * HOUR })),
		})
		fc.assert(
			fc.property(fc.array(step, { maxLength: 30 }), steps => {
				const clock = page(T)
				let before = clock.read()
				for (const { wallMs, monoMs, learnt } of steps) {
					if (learnt !== null) clock.learn(learnt)
					clock.pass(wallMs, monoMs)
					const after = clock.read()
					expect(after).toBeGreaterThanOrEqual(before + monoMs)
					before = after
				}
			}),
		)
	})

	it('stands still, and does not run backwards, if the monotonic clock does', () => {
		expect(sessionTime({ time: T, mono: 9000 }, T - HOUR, 1000)).toBe(T)
	})
})

describe('deadlines', () => {
	it('count idleness from the last activity (I5)', () => {
		expect(idleDeadline({ lastActivity: T + HOUR }, config)).toBe(T + HOUR + 30 * MINUTE)
	})

	it('count the lifetime from the start, whatever happens', () => {
		expect(lifetimeDeadline(late, config)).toBe(T + 12 * HOUR)
	})

	it.each([
		{ what: 'idleness while nobody is active', times: begun, limits: config, nearest: T + 30 * MINUTE, next: 'idle' },
		{ what: 'the lifetime in the end', times: late, limits: config, nearest: T + 12 * HOUR, next: 'lifetime' },
		{ what: 'idleness where there is no lifetime', times: late, limits: idleOnly, nearest: late.lastActivity + 30 * MINUTE, next: 'idle' },
		{ what: 'the lifetime where there is no idleness', times: begun, limits: lifetimeOnly, nearest: T + 12 * HOUR, next: 'lifetime' },
		{ what: 'idleness if both come at once', times: tied, limits: config, nearest: T + 12 * HOUR, next: 'idle' },
	])('come nearest by $what', ({ times, limits, nearest, next }) => {
		expect(nextEnd(times, limits)).toMatchObject({ at: nearest, reason: next })
	})

	it('never come where nothing limits the session', () => {
		expect(endsAt(begun, unlimited)).toBe(Number.POSITIVE_INFINITY)
	})
})

describe("the provider's limits", () => {
	it('end the session of whoever has a lifetime that is longer', () => {
		expect(lifetimeDeadline({ ...begun, sessionExpiresAt: T + HOUR }, config)).toBe(T + HOUR)
		expect(lifetimeDeadline({ ...begun, sessionExpiresAt: T + 13 * HOUR }, config)).toBe(T + 12 * HOUR)
		expect(lifetimeDeadline({ ...begun, sessionExpiresAt: T + HOUR }, unlimited)).toBe(T + HOUR)
	})

	it.each([
		{ what: 'never where the refresh token lasts', living: begun, at: Number.POSITIVE_INFINITY },
		{ what: 'with the refresh token', living: { ...begun, refreshExpiresAt: T + HOUR }, at: T + HOUR },
		{ what: 'with the access token that outlives it', living: { ...begun, refreshExpiresAt: T + MINUTE }, at: T + 5 * MINUTE },
		{ what: 'with the access token where there is no other', living: { ...begun, renewable: false }, at: T + 5 * MINUTE },
		{
			what: 'never where a silent sign-in renews them',
			living: { ...begun, refreshExpiresAt: T + HOUR, silent: true },
			at: Number.POSITIVE_INFINITY,
		},
		{
			what: 'never while an answer waits',
			living: { ...begun, renewable: false, pending: {} as Living['pending'] },
			at: Number.POSITIVE_INFINITY,
		},
	])('are over for the tokens $what', ({ living, at }) => {
		expect(expiry(living)).toBe(at)
	})

	it('are announced by a fifth of their time at most', () => {
		const short = { ...begun, renewable: false }
		expect([T + 4 * MINUTE - 1, T + 4 * MINUTE].map(now => announcedAt(short, now, idleOnly)?.reason)).toEqual([undefined, 'expired'])
		const long = { ...begun, renewable: false, expiresAt: T + HOUR }
		expect([T + 55 * MINUTE - 1, T + 55 * MINUTE].map(now => warningAt(long, now, lifetimeOnly))).toEqual([undefined, 'lifetime'])
		expect([T + 59 * MINUTE - 1, T + 59 * MINUTE].map(now => warningAt(long, now, unlimited))).toEqual([undefined, 'lifetime'])
	})

	it('are named, and which end is announced', () => {
		const living = { ...begun, refreshExpiresAt: T + 20 * MINUTE }
		expect(deadlinesOf(living, T + 16 * MINUTE, unlimited)).toEqual({
			accessToken: T + 5 * MINUTE,
			refreshToken: T + 20 * MINUTE,
			next: 'refreshToken',
		})
		expect(deadlinesOf(living, T + 19 * MINUTE, unlimited)).toMatchObject({ announced: T + 20 * MINUTE })
		expect(deadlinesOf({ ...living, refreshExpiresAt: T + MINUTE }, T, unlimited)).toMatchObject({ next: 'accessToken' })
	})
})

describe('the warning (P15)', () => {
	/** Both ends are announced at once: the lifetime's, and half a minute later that of idleness. */
	const both = { ...begun, lastActivity: T + 11.5 * HOUR + 30_000 }
	/** Idleness is announced long before its end, so that the end of the lifetime may come between. */
	const early = { idle: { ...idle, warnBeforeMs: 25 * MINUTE }, lifetime } as Config
	const between = { ...begun, lastActivity: T + 12 * HOUR - 15 * MINUTE }
	it.each([
		{ what: 'none before the time of it', times: begun, at: T + 29 * MINUTE - 1, limits: config, warning: undefined },
		{ what: 'of idleness, from its time on', times: begun, at: T + 29 * MINUTE, limits: config, warning: 'idle' },
		{ what: 'of idleness, until the end', times: begun, at: T + 30 * MINUTE - 1, limits: config, warning: 'idle' },
		{ what: 'of the lifetime, from its time on', times: late, at: T + 12 * HOUR - 5 * MINUTE, limits: config, warning: 'lifetime' },
		{ what: 'none of the lifetime before', times: late, at: T + 12 * HOUR - 5 * MINUTE - 1, limits: config, warning: undefined },
		{ what: 'of the nearer end of two', times: both, at: T + 12 * HOUR - 1, limits: config, warning: 'lifetime' },
		{
			what: 'of idleness, while a nearer end is not announced',
			times: between,
			at: T + 12 * HOUR - 9 * MINUTE,
			limits: early,
			warning: 'idle',
		},
		{ what: 'none where nothing limits the session', times: begun, at: T + 99 * HOUR, limits: unlimited, warning: undefined },
	])('is $what', ({ times, at, limits, warning }) => {
		expect(warningAt(times, at, limits)).toBe(warning)
	})

	it('is gone as soon as somebody has been active (I5)', () => {
		expect(warningAt({ ...begun, lastActivity: T + 29.5 * MINUTE }, T + 29.5 * MINUTE, config)).toBeUndefined()
	})
})

describe('what an application is shown', () => {
	const living = begun

	it('names both ends, their warnings and which comes first', () => {
		expect(deadlinesOf(living, T, config)).toEqual({
			accessToken: T + 5 * MINUTE,
			idle: T + 30 * MINUTE,
			idleWarning: T + 29 * MINUTE,
			lifetime: T + 12 * HOUR,
			lifetimeWarning: T + 12 * HOUR - 5 * MINUTE,
			next: 'idle',
		})
	})

	it('leaves out an end that never comes', () => {
		expect(deadlinesOf(living, T, lifetimeOnly)).toEqual({
			accessToken: T + 5 * MINUTE,
			lifetime: T + 12 * HOUR,
			lifetimeWarning: T + 12 * HOUR - 5 * MINUTE,
			next: 'lifetime',
		})
	})

	it('names no next end where nothing limits the session', () => {
		expect(deadlinesOf(living, T, unlimited)).toEqual({ accessToken: T + 5 * MINUTE })
	})
})
