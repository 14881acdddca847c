import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, T } from '../../test/fixtures.ts'
import type { Alert, AlertType } from '../alerts.ts'
import { noted, type Rules, raisedBy } from './alerts.ts'
import { blankLedger, type Happening, type Ledger, type Note } from './ledger.ts'

const SECOND = 1000

/** What happens, so many ms after T. */
type Moment = readonly [afterMs: number, happening: Happening]

const started: Happening = { kind: 'sign-in-started' }
const failed: Happening = { kind: 'sign-in-failed' }
const loop: Happening = { kind: 'loop' }
const signedIn = (sub: string): Happening => ({ kind: 'signed-in', user: { sub } })
const refused = (check: 'state' | 'nonce' | 'iss' | 'id-token'): Happening => ({ kind: 'refused', check })
const rejected = (unexplained: boolean): Happening => ({ kind: 'renewal-rejected', unexplained, age: 7 * MINUTE })
const clockOff = (ms: number): Happening => ({ kind: 'clock-off', ms })
const ended = (
	reason: 'renewal-rejected' | 'signed-out-at-provider' | 'invalid-tokens' | 'signed-out' | 'idle',
	at: number,
): Happening => ({
	kind: 'ended',
	reason,
	endedAt: T + at,
})

const noteOf = ([afterMs, happening]: Moment, index: number): Note => ({ id: `n${index}`, at: T + afterMs, happening })

const played = (moments: readonly Moment[], rules: Rules = {}, isReported = false): Ledger =>
	moments.map(noteOf).reduce((ledger, note) => noted(ledger, note, { rules, isReported }), blankLedger)

/** What was raised, oldest first: the type, and when, ms after T. */
const raised = (moments: readonly Moment[], rules: Rules = {}) =>
	[...played(moments, rules).alerts].reverse().map(({ type, at }) => [type, at - T] as const)

/** So many of a kind, at such a distance. */
const many = (count: number, everyMs: number, happening: Happening, from = 0): Moment[] =>
	Array.from({ length: count }, (_, index) => [from + index * everyMs, happening])

const [five, ten] = [5 * MINUTE, 10 * MINUTE]

describe('each rule', () => {
	it.each<{ what: string; moments: Moment[]; alerts: [AlertType, number][] }>([
		{ what: 'five failures in five minutes', moments: many(5, MINUTE, failed), alerts: [['repeated-failures', 4 * MINUTE]] },
		{ what: 'four failures', moments: many(4, SECOND, failed), alerts: [] },
		{ what: 'five failures in no less than five minutes', moments: many(5, five / 4, failed), alerts: [] },
		{
			what: 'five answers that fail a check',
			moments: [...many(2, SECOND, refused('id-token')), ...many(3, SECOND, failed, MINUTE)],
			alerts: [['repeated-failures', MINUTE + 2 * SECOND]],
		},
		{ what: 'five cancelled sign-ins', moments: many(5, SECOND, { kind: 'sign-in-cancelled' }), alerts: [] },
		{ what: 'ten attempts in ten minutes', moments: many(10, MINUTE, started), alerts: [['repeated-attempts', 9 * MINUTE]] },
		{ what: 'nine attempts', moments: many(9, SECOND, started), alerts: [] },
		{ what: 'ten attempts in no less than ten minutes', moments: many(10, ten / 9, started), alerts: [] },
		{ what: 'a loop', moments: [[0, loop]], alerts: [['redirect-loop', 0]] },
		{ what: 'a foreign state', moments: [[0, refused('state')]], alerts: [['unsolicited-callback', 0]] },
		{ what: 'a foreign nonce', moments: [[0, refused('nonce')]], alerts: [['unsolicited-callback', 0]] },
		{ what: 'a foreign issuer', moments: [[0, refused('iss')]], alerts: [['unsolicited-callback', 0]] },
		{ what: 'another check', moments: [[0, refused('id-token')]], alerts: [] },
		{ what: 'foreign states, which are no failed sign-ins', moments: many(6, 1, refused('state')), alerts: [['unsolicited-callback', 0]] },
		{
			what: 'three users in an hour',
			moments: [
				[0, signedIn('a')],
				[1, signedIn('b')],
				[2, signedIn('a')],
				[HOUR - 1, signedIn('c')],
			],
			alerts: [['many-users', HOUR - 1]],
		},
		{
			what: 'two users',
			moments: [
				[0, signedIn('a')],
				[1, signedIn('b')],
				[2, signedIn('a')],
			],
			alerts: [],
		},
		{
			what: 'three users in no less than an hour',
			moments: [
				[0, signedIn('a')],
				[1, signedIn('b')],
				[HOUR, signedIn('c')],
			],
			alerts: [],
		},
		{
			what: 'an end by the provider five minutes after the sign-in',
			moments: [
				[0, signedIn('a')],
				[five, ended('renewal-rejected', five)],
			],
			alerts: [['ended-early', five]],
		},
		{
			what: 'the same, later',
			moments: [
				[0, signedIn('a')],
				[five + 1, ended('renewal-rejected', five + 1)],
			],
			alerts: [],
		},
		{
			what: 'a session that the provider signs out',
			moments: [
				[0, signedIn('a')],
				[1, ended('signed-out-at-provider', 1)],
			],
			alerts: [['ended-early', 1]],
		},
		{
			what: 'tokens renewed wrongly',
			moments: [
				[0, signedIn('a')],
				[1, ended('invalid-tokens', 1)],
			],
			alerts: [['ended-early', 1]],
		},
		{
			what: 'an end by the user',
			moments: [
				[0, signedIn('a')],
				[1, ended('signed-out', 1)],
			],
			alerts: [],
		},
		{
			what: 'an idle end',
			moments: [
				[0, signedIn('a')],
				[1, ended('idle', 1)],
			],
			alerts: [],
		},
		{ what: 'an end of a session whose sign-in nobody noted', moments: [[0, ended('renewal-rejected', 0)]], alerts: [] },
		{ what: 'a refused refresh token that nothing explains', moments: [[0, rejected(true)]], alerts: [['refresh-token-reuse', 0]] },
		{ what: 'one that a lost response explains', moments: [[0, rejected(false)]], alerts: [] },
		{ what: 'a clock two minutes ahead', moments: [[0, clockOff(2 * MINUTE)]], alerts: [['clock-off', 0]] },
		{ what: 'a clock two minutes behind', moments: [[0, clockOff(-2 * MINUTE)]], alerts: [['clock-off', 0]] },
		{ what: 'a clock that is less off', moments: [[0, clockOff(2 * MINUTE - 1)]], alerts: [] },
	])('$what', ({ moments, alerts }) => {
		expect(raised(moments)).toEqual(alerts)
	})

	it('of a clock that is right keeps nothing', () => {
		expect(played([[0, clockOff(MINUTE)]]).entries).toEqual([])
		expect(played([[0, clockOff(HOUR)]]).entries).toHaveLength(1)
	})

	it.each<{ moments: Moment[]; alert: Partial<Alert> & object }>([
		{ moments: many(7, 1, failed), alert: { type: 'repeated-failures', count: 5 } },
		{ moments: [[0, refused('nonce')]], alert: { type: 'unsolicited-callback', count: 1, check: 'nonce' } },
		{
			moments: [
				[0, signedIn('a')],
				[1, signedIn('b')],
				[1, signedIn('a')],
				[2, signedIn('c')],
			],
			alert: { type: 'many-users', count: 3 },
		},
		{
			moments: [
				[0, signedIn('a')],
				[9, ended('invalid-tokens', 8)],
			],
			alert: { type: 'ended-early', count: 1, reason: 'invalid-tokens', after: 8 },
		},
		{ moments: [[0, rejected(true)]], alert: { type: 'refresh-token-reuse', count: 1, age: 7 * MINUTE } },
		{ moments: [[0, clockOff(-HOUR)]], alert: { type: 'clock-off', count: 1, ms: -HOUR } },
	])('tells what there is to tell: $alert.type', ({ moments, alert }) => {
		const [only, ...more] = played(moments).alerts
		expect(only).toEqual({ id: expect.any(String), at: expect.any(Number), ...alert })
		expect(more).toEqual([])
	})
})

describe('an episode', () => {
	it.each<{ type: AlertType; lasts: number; happening: Happening }>([
		{ type: 'redirect-loop', lasts: ten, happening: loop },
		{ type: 'unsolicited-callback', lasts: ten, happening: refused('iss') },
		{ type: 'refresh-token-reuse', lasts: HOUR, happening: rejected(true) },
		{ type: 'clock-off', lasts: 24 * HOUR, happening: clockOff(HOUR) },
	])('of $type ends when it has been quiet for $lasts ms', ({ type, lasts, happening }) => {
		expect(
			raised([
				[0, happening],
				[lasts - 1, happening],
			]),
		).toEqual([[type, 0]])
		expect(
			raised([
				[0, happening],
				[lasts, happening],
			]),
		).toEqual([
			[type, 0],
			[type, lasts],
		])
		// Each time it lasts on.
		expect(
			raised([
				[0, happening],
				[lasts - 1, happening],
				[2 * lasts - 2, happening],
			]),
		).toEqual([[type, 0]])
	})

	it('goes on where its rule holds', () => {
		expect(raised([...many(5, 0, failed), [4 * MINUTE, failed], ...many(5, 0, failed, five + 1)])).toEqual([['repeated-failures', 0]])
	})

	it('is over where what happens is too little for its rule', () => {
		const moments = [...many(5, 0, failed), ...many(4, 0, failed, five + MINUTE)]
		expect(raised([...moments, [five + MINUTE + 1, failed]])).toEqual([
			['repeated-failures', 0],
			['repeated-failures', five + MINUTE + 1],
		])
	})

	it('is none of another rule', () => {
		expect(
			raised([
				[0, loop],
				[1, refused('state')],
			]).map(([type]) => type),
		).toEqual(['redirect-loop', 'unsolicited-callback'])
	})
})

describe('thresholds', () => {
	it('are those that are set', () => {
		expect(raised(many(3, 1, failed), { 'repeated-failures': { count: 3 } })).toEqual([['repeated-failures', 2]])
		expect(raised(many(5, MINUTE, failed), { 'repeated-failures': { withinMs: MINUTE } })).toEqual([])
		expect(raised([[0, clockOff(SECOND)]], { 'clock-off': { byMs: SECOND } })).toEqual([['clock-off', 0]])
		expect(
			raised(
				[
					[0, loop],
					[SECOND, loop],
				],
				{ 'redirect-loop': { withinMs: SECOND } },
			),
		).toHaveLength(2)
	})

	it('turn a rule off', () => {
		expect(
			raised(
				[
					[0, loop],
					[1, refused('state')],
				],
				{ 'redirect-loop': false },
			),
		).toEqual([['unsolicited-callback', 1]])
		expect(played([[0, clockOff(HOUR)]], { 'clock-off': false }).entries).toEqual([])
		expect(raised([[0, clockOff(HOUR)]], { 'clock-off': false })).toEqual([])
	})
})

describe('the same note', () => {
	it('again changes nothing', () => {
		const ledger = played([[0, loop]])
		expect(noted(ledger, noteOf([0, loop], 0), { rules: {}, isReported: false })).toBe(ledger)
	})

	it('has raised what it has raised', () => {
		const ledger = played([[0, loop], [1, refused('state')], ...many(4, 1, failed, 2), [10, refused('nonce')]])
		expect(raisedBy(ledger, noteOf([0, loop], 0)).map(({ type }) => type)).toEqual(['redirect-loop'])
		expect(raisedBy(ledger, noteOf([0, failed], 3))).toEqual([])
		expect(raisedBy(ledger, noteOf([10, failed], 6)).map(({ type }) => type)).toEqual(['repeated-failures'])
		expect(raisedBy(ledger, noteOf([10, failed], 66))).toEqual([])
	})
})

describe('alerts', () => {
	const flood = many(120, SECOND, loop)
	const always: Rules = { 'redirect-loop': { withinMs: SECOND } }

	it('are 50 at most, the newest first', () => {
		const { alerts } = played(flood, always)
		expect(alerts.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, index) => T + (119 - index) * SECOND))
	})

	it('wait to be reported where they are to be', () => {
		const user = { name: 'Alice' }
		const note = { ...noteOf([0, loop], 0), user }
		const { alerts, outbox } = noted(blankLedger, note, { rules: {}, isReported: true })
		expect(outbox.waiting).toEqual([{ alert: alerts[0], user, isTaken: false }])
		expect(played([[0, loop]], {}, false).outbox.waiting).toEqual([])
	})

	const happening = fc.constantFrom(
		started,
		failed,
		loop,
		refused('state'),
		refused('nonce'),
		signedIn('a'),
		signedIn('b'),
		signedIn('c'),
		rejected(true),
		clockOff(HOUR),
	)

	it('of one type are never nearer to each other than their rule looks back', () => {
		const moments = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 * MINUTE }), happening), { maxLength: 120 })
		const rules: Rules = Object.fromEntries(
			['repeated-failures', 'repeated-attempts', 'redirect-loop', 'unsolicited-callback', 'many-users'].map(type => [
				type,
				{ withinMs: 20 * SECOND },
			]),
		)
		fc.assert(
			fc.property(moments, given => {
				const alerts = [...played(given, rules).alerts].reverse()
				expect(new Set(alerts.map(({ id }) => id)).size).toBe(alerts.length)
				for (const type of Object.keys(rules)) {
					const times = alerts.filter(alert => alert.type === type).map(({ at }) => at)
					for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] as number)).toBeGreaterThanOrEqual(20 * SECOND)
				}
			}),
			{ numRuns: 100 },
		)
	})

	it('come of the order in which things are noted, by whichever tab, and of nothing else', () => {
		const moments = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 * MINUTE }), happening), { maxLength: 60 })
		fc.assert(
			fc.property(moments, given => {
				const once = given.map(noteOf)
				const twice = once.flatMap(note => [note, note])
				const play = (notes: readonly Note[]) =>
					notes.reduce((ledger, note) => noted(ledger, note, { rules: {}, isReported: true }), blankLedger)
				expect(play(twice).alerts).toEqual(play(once).alerts)
			}),
			{ numRuns: 100 },
		)
	})
})
