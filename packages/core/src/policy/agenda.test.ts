import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { config, HOUR, having, MINUTE, session, T } from '../../test/fixtures.ts'
import { nextLook, renewalDue, type Situation } from './agenda.ts'
import type { Failure } from './record.ts'

const visible: Situation = { mayRenew: true, visible: true, activeAt: 0, fraction: 0 }
const hidden: Situation = { ...visible, visible: false }

const { living } = session
/** The tokens of five minutes are renewed ahead at 4:00. */
const AHEAD_AT = T + 4 * MINUTE
const failure: Failure = { count: 1, retryAt: T + 10 * MINUTE, code: 'network_error', oauthError: undefined }

describe('renewal unasked', () => {
	it('comes ahead of time after a sign-in, which is activity', () => {
		expect(renewalDue(living, T, visible)).toBe(AHEAD_AT)
	})

	it('comes ahead of time once somebody was active in any tab since the last one (I5)', () => {
		expect(renewalDue({ ...living, issuedAt: T - MINUTE, lastActivity: T }, T, visible)).toBeLessThan(T + 5 * MINUTE)
	})

	it('comes ahead of time if the activity is not published yet', () => {
		expect(renewalDue({ ...living, lastActivity: T - MINUTE }, T, { ...visible, activeAt: T + 1 })).toBe(AHEAD_AT)
	})

	it('never comes while nobody was active since the last one, for a renewal is not activity (I5)', () => {
		expect(renewalDue({ ...living, lastActivity: T - 1 }, T, { ...visible, activeAt: T - 1 })).toBe(Number.POSITIVE_INFINITY)
	})

	it('never comes without a refresh token', () => {
		expect(renewalDue({ ...living, renewable: false }, T, visible)).toBe(Number.POSITIVE_INFINITY)
	})

	it('comes for an answer that a crashed tab left behind, which needs no refresh token (I7)', () => {
		expect(renewalDue({ ...living, renewable: false, pending: living.tokens }, T, visible)).toBe(AHEAD_AT)
	})

	it('waits until all tabs may try again after a failure (I6, P8)', () => {
		expect(renewalDue({ ...living, failure }, T, visible)).toBe(failure.retryAt)
	})

	it('comes after a failure though nobody is active, so that the session is not left in trouble (I6)', () => {
		expect(renewalDue({ ...living, lastActivity: T - MINUTE, failure }, T, visible)).toBe(failure.retryAt)
	})

	it('is not early because a failure is short', () => {
		expect(renewalDue({ ...living, failure: { ...failure, retryAt: T + 1000 } }, T, visible)).toBe(AHEAD_AT)
	})

	it('comes later in any hidden tab than in any visible one (P9)', () => {
		const places = fc.integer({ min: 0, max: 999 }).map(place => place / 1000)
		fc.assert(
			fc.property(places, places, (shown, concealed) => {
				const first = renewalDue(living, T, { ...visible, fraction: shown })
				const second = renewalDue(living, T, { ...hidden, fraction: concealed })
				expect(second).toBeGreaterThan(first)
			}),
		)
	})
})

describe('the next look at the record', () => {
	/** Nothing of it is to be renewed, so that only the deadlines count. */
	const lasting = { renewable: false, expiresAt: T + 24 * HOUR }

	it.each([
		{ what: 'after 30 s in a visible tab, in case a hint was lost (I3)', record: session, now: T, situation: visible, inMs: 30_000 },
		{ what: 'after 30 s in a visible tab where nobody is signed in (I3)', record: undefined, now: T, situation: visible, inMs: 30_000 },
		{
			what: 'not planned in a hidden tab where nobody is signed in',
			record: undefined,
			now: T,
			situation: hidden,
			inMs: Number.POSITIVE_INFINITY,
		},
		{ what: 'for the renewal', record: session, now: AHEAD_AT - 5000, situation: visible, inMs: 5000 },
		{ what: 'for the renewal, a little later in a hidden tab', record: session, now: AHEAD_AT, situation: hidden, inMs: 6000 },
		{ what: 'for the idle warning', record: having(lasting), now: T + 29 * MINUTE - 7000, situation: visible, inMs: 7000 },
		{
			what: 'for the idle warning in a hidden tab too (P9)',
			record: having(lasting),
			now: T,
			situation: hidden,
			inMs: 29 * MINUTE,
		},
		{
			what: 'for the idle end, once warned',
			record: { ...having(lasting), highTime: T + 29.5 * MINUTE },
			now: T + 29.5 * MINUTE,
			situation: hidden,
			inMs: 30_000,
		},
		{
			what: 'for the lifetime warning',
			record: having({ ...lasting, lastActivity: T + 11.9 * HOUR }),
			now: T + 11.9 * HOUR,
			situation: hidden,
			inMs: MINUTE,
		},
		{
			what: 'for the end of the lifetime, once warned',
			record: { ...having({ ...lasting, lastActivity: T + 12 * HOUR - 5 * MINUTE }), highTime: T + 12 * HOUR - 5 * MINUTE },
			now: T + 12 * HOUR - 5 * MINUTE,
			situation: hidden,
			inMs: 5 * MINUTE,
		},
		{
			what: 'again after 1 s for a warning that no commit has announced yet',
			record: having(lasting),
			now: T + 29.5 * MINUTE,
			situation: hidden,
			inMs: 1000,
		},
		{
			what: 'for the warning of the end of tokens that nothing can renew',
			record: having({ renewable: false }),
			now: T,
			situation: hidden,
			inMs: 4 * MINUTE,
		},
		{
			what: 'for that end, once warned',
			record: { ...having({ renewable: false }), highTime: T + 4 * MINUTE },
			now: T + 4 * MINUTE,
			situation: hidden,
			inMs: MINUTE,
		},
		{ what: 'again after 1 s if what is due could not be settled', record: session, now: AHEAD_AT, situation: visible, inMs: 1000 },
	])('is $what', ({ record, now, situation, inMs }) => {
		expect(nextLook(record, now, situation, config)).toBeCloseTo(inMs, 1)
	})

	it('never comes at once, so that nothing spins (P8)', () => {
		const moments = fc.integer({ min: T - HOUR, max: T + 14 * HOUR })
		fc.assert(
			fc.property(
				moments,
				moments,
				fc.boolean(),
				fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
				(now, lastActivity, isVisible, fraction) => {
					const wait = nextLook(
						having({ lastActivity }),
						now,
						{ mayRenew: true, visible: isVisible, activeAt: lastActivity, fraction },
						config,
					)
					expect(wait).toBeGreaterThan(0)
				},
			),
		)
	})
})

describe('a tab that does not show the session', () => {
	it('renews nothing: in quarantine, or without the key (I9)', () => {
		expect(renewalDue(living, T, { ...visible, activeAt: T + MINUTE, mayRenew: false })).toBe(Number.POSITIVE_INFINITY)
	})
})
