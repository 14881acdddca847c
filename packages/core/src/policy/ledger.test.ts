import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE, T } from '../../test/fixtures.ts'
import {
	blankLedger,
	type Entry,
	entered,
	type Happening,
	isKnown,
	type Ledger,
	latest,
	ledgerTime,
	markOf,
	type Note,
	parseLedger,
} from './ledger.ts'
import { noReports } from './reports.ts'

let serial = 0

const note = (happening: Happening, at = T, id = `note-${serial++}`): Note => ({ id, at, happening })

const all = (notes: readonly Note[], ledger: Ledger = blankLedger): Ledger => notes.reduce(entered, ledger)

const started: Happening = { kind: 'sign-in-started' }
const signedIn = (sub: string, more = {}): Happening => ({ kind: 'signed-in', user: { sub, ...more } })
const ended = (endedAt: number): Happening => ({ kind: 'ended', reason: 'signed-out', endedAt })

const alert = { id: 'a', at: T, type: 'redirect-loop', count: 1 }

describe('what the store holds', () => {
	const sound = all([note(started), note(signedIn('alice'))])

	it('reads as it was written', () => {
		expect(parseLedger({ ...sound, alerts: [alert] })).toEqual({ ...sound, alerts: [alert] })
	})

	it.each([undefined, null, 7, 'ledger', [], {}, { ...sound, format: 0 }, { ...sound, format: '1' }, { ...sound, revision: 1.5 }])(
		'reads as a blank one if it is none: %j',
		stored => {
			expect(parseLedger(stored)).toEqual(blankLedger)
		},
	)

	it.each([
		{ what: 'a time that is no number', stored: { highTime: Number.NaN }, read: { highTime: 0 } },
		{ what: 'a clock that is missing', stored: { wall: undefined }, read: { wall: 0 } },
		{ what: 'a salt that is missing', stored: { salt: undefined }, read: { salt: '' } },
		{ what: 'episodes that are none', stored: { episodes: null }, read: { episodes: {} } },
		{ what: 'no entries', stored: { entries: undefined }, read: { entries: [] } },
		{ what: 'entries that are no list', stored: { entries: { length: 0 } }, read: { entries: [] } },
		{ what: 'an entry that is null', stored: { entries: [null, sound.entries[0]] }, read: { entries: [sound.entries[0]] } },
		{ what: 'an entry that is a text', stored: { entries: ['entry'] }, read: { entries: [] } },
		{ what: 'an entry without a time', stored: { entries: [sound.entries[0], { id: 'x' }] }, read: { entries: [sound.entries[0]] } },
		{ what: 'an entry without an id', stored: { entries: [{ at: T }] }, read: { entries: [] } },
		{ what: 'an entry whose time is no number', stored: { entries: [{ id: 'x', at: '1' }] }, read: { entries: [] } },
		{ what: 'alerts that are no list', stored: { alerts: 'many' }, read: { alerts: [] } },
		{
			what: 'an alert that is malformed',
			stored: { alerts: [alert, { ...alert, at: Number.POSITIVE_INFINITY }] },
			read: { alerts: [alert] },
		},
	])('reads without $what, and keeps the rest', ({ stored, read }) => {
		expect(parseLedger({ ...sound, ...stored })).toEqual({ ...sound, ...read })
	})

	it('reads with an empty outbox if that is none', () => {
		expect(parseLedger({ ...sound, outbox: 'full' })).toEqual({ ...sound, outbox: noReports })
	})

	it('is left alone if a newer version of the application has written it', () => {
		expect(parseLedger({ ...sound, format: 2 })).toBeUndefined()
	})
})

describe('the blank ledger', () => {
	it('knows nothing', () => {
		expect(blankLedger).toEqual({
			format: 1,
			revision: 0,
			highTime: 0,
			wall: 0,
			salt: '',
			entries: [],
			episodes: {},
			alerts: [],
			outbox: noReports,
		})
	})
})

describe('time in it', () => {
	const ledger = { ...blankLedger, highTime: T, wall: T - MINUTE }

	it.each([
		{ what: 'session time', now: T + 5, wall: T + 5 - MINUTE, time: T + 5 },
		{ what: 'what the clock has gone on by, where session time is behind', now: T - MINUTE, wall: T + 7 - MINUTE, time: T + 7 },
		{ what: 'where it was, while the clock is set back', now: T - MINUTE, wall: T - 2 * MINUTE, time: T },
	])('is $what', ({ now, wall, time }) => {
		expect(ledgerTime(ledger, now, wall)).toBe(time)
	})
})

describe('a mark', () => {
	it('is the same for the same, and has 16 bits', () => {
		for (const text of ['', 'alice', 'bob', '\u{1f600}', 'x'.repeat(1000)]) {
			const mark = markOf('salt', text)
			expect(mark).toBe(markOf('salt', text))
			expect(Number.isInteger(mark) && mark >= 0 && mark < 65_536).toBe(true)
		}
	})

	it('is FNV-1a, folded', () => {
		// 0xe40c292c and 0xbf9cf968 of the reference.
		expect(markOf('', 'a')).toBe(0xe40c ^ 0x292c)
		expect(markOf('foo', 'bar')).toBe(0xbf9c ^ 0xf968)
	})

	it('depends on the salt, and spreads', () => {
		const marks = Array.from({ length: 1000 }, (_, index) => markOf('salt', `user-${index}`))
		expect(new Set(marks).size).toBeGreaterThan(950)
		expect(markOf('other', 'alice')).not.toBe(markOf('salt', 'alice'))
	})
})

describe('a note', () => {
	it('is kept with its id and time', () => {
		const { entries } = all([note(started, T, 'first'), note({ kind: 'clock-off', ms: 5 }, T + 1, 'second')])
		expect(entries).toEqual([
			{ kind: 'sign-in-started', id: 'first', at: T },
			{ kind: 'clock-off', ms: 5, id: 'second', at: T + 1 },
		])
	})

	it('is kept at no earlier time than the one before', () => {
		const { entries, highTime } = all([note(started, T), note(started, T - MINUTE)])
		expect(entries.map(({ at }) => at)).toEqual([T, T])
		expect(highTime).toBe(T)
	})

	it('is kept in the time of the ledger', () => {
		expect(all([{ ...note(started, T), ahead: MINUTE }])).toMatchObject({ highTime: T + MINUTE, entries: [{ at: T + MINUTE }] })
	})

	it('tells nothing that it was not asked for', () => {
		const { entries } = all([{ ...note(started), user: { name: 'Alice' } }])
		expect(JSON.stringify(entries)).not.toContain('Alice')
	})

	it('that comes first salts the marks', () => {
		expect(all([note(started, T, 'first'), note(started, T, 'second')]).salt).toBe('first')
	})

	it('of a sign-in marks the user, at the issuer', () => {
		const ledger = all([note(started, T, 'salt'), note(signedIn('alice', { name: 'Alice' })), note(signedIn('alice', { iss: 'b' }))])
		const marks = ledger.entries.flatMap(entry => (entry.kind === 'signed-in' ? [entry.mark] : []))
		expect(marks).toEqual([markOf('salt', '[null,"alice"]'), markOf('salt', '["b","alice"]')])
		expect(JSON.stringify(ledger.entries)).not.toMatch(/alice/i)
	})

	it('of another user than the last one is a switch too', () => {
		const kinds = (subs: string[]) => all(subs.map(sub => note(signedIn(sub)))).entries.map(({ kind }) => kind)
		expect(kinds(['alice', 'alice'])).toEqual(['signed-in', 'signed-in'])
		expect(kinds(['alice', 'bob', 'alice'])).toEqual(['signed-in', 'user-switched', 'signed-in', 'user-switched', 'signed-in'])
	})

	it('of an end tells how long after the latest sign-in it was', () => {
		const after = (notes: readonly Note[]) => all(notes).entries.flatMap(entry => (entry.kind === 'ended' ? [entry.after] : []))
		expect(after([note(signedIn('alice'), T), note(ended(T + 70), T + 90)])).toEqual([70])
		expect(after([note(signedIn('alice'), T), note(signedIn('alice'), T + 50), note(ended(T + 70), T + 90)])).toEqual([20])
		expect(after([note(signedIn('alice'), T), note(ended(T - 1), T)])).toEqual([0])
		expect(after([note(started), note(ended(T + 70))])).toEqual([Number.POSITIVE_INFINITY])
		const ahead = MINUTE
		expect(
			after([
				{ ...note(signedIn('alice')), ahead },
				{ ...note(ended(T + 70), T + 90), ahead },
			]),
		).toEqual([70])
	})

	it('of an end keeps why and when', () => {
		expect(all([note(ended(T + 70), T + 90, 'end')]).entries).toEqual([
			{ kind: 'ended', reason: 'signed-out', endedAt: T + 70, id: 'end', at: T + 90, after: Number.POSITIVE_INFINITY },
		])
	})
})

describe('the latest of a kind', () => {
	it('is the newest, if there is one', () => {
		const ledger = all([note(started, T, 'a'), note(started, T, 'b'), note(signedIn('alice'))])
		expect(latest(ledger, 'sign-in-started')?.id).toBe('b')
		expect(latest(ledger, 'ended')).toBeUndefined()
	})
})

describe('what is known', () => {
	const ledger = all([note(started, T, 'a'), note(ended(T), T, 'end')])

	it.each([
		{ what: 'the same note', given: note(started, T, 'a'), known: true },
		{ what: 'another of its kind', given: note(started, T, 'b'), known: false },
		{ what: 'an end that another tab has seen', given: note(ended(T), T + 5, 'c'), known: true },
		{ what: 'another end', given: note(ended(T + 1), T + 5, 'c'), known: false },
		{ what: 'something else at that time', given: note({ kind: 'loop' }, T, 'c'), known: false },
	])('$what: $known', ({ given, known }) => {
		expect(isKnown(ledger, given)).toBe(known)
	})
})

describe('the bounds', () => {
	it('are 30 entries of each kind, the newest, so that a flood of one pushes no other out', () => {
		const flood = Array.from({ length: 100 }, (_, index) => note(started, T + index, `n${index}`))
		const { entries } = all([note(signedIn('alice'), T, 'first'), ...flood])
		expect(entries.map(({ id }) => id)).toEqual(['first', ...Array.from({ length: 30 }, (_, index) => `n${70 + index}`)])
	})

	const happening: fc.Arbitrary<Happening> = fc.oneof(
		fc.constantFrom<Happening>(started, { kind: 'loop' }, { kind: 'refused', check: 'state' }, { kind: 'sign-in-failed' }),
		fc.constantFrom('alice', 'bob').map(sub => signedIn(sub)),
		fc.integer({ min: T, max: T + MINUTE }).map(ended),
	)
	const notes = fc.array(
		fc.record({ at: fc.integer({ min: T - MINUTE, max: T + MINUTE }), happening }).map(({ at, happening }) => note(happening, at)),
		{ maxLength: 200 },
	)

	it('hold whatever happens, and time never runs backwards', () => {
		fc.assert(
			fc.property(notes, given => {
				let ledger = blankLedger
				for (const each of given) {
					const next = entered(ledger, each)
					expect(next.highTime).toBeGreaterThanOrEqual(ledger.highTime)
					expect((next.entries.at(-1) as Entry).at).toBe(next.highTime)
					ledger = next
				}
				for (const { kind } of ledger.entries) expect(ledger.entries.filter(entry => entry.kind === kind).length).toBeLessThanOrEqual(30)
				expect(ledger.entries.length).toBeLessThanOrEqual(7 * 30)
				const times = ledger.entries.map(({ at }) => at)
				expect(times).toEqual([...times].sort((a, b) => a - b))
			}),
			{ numRuns: 100 },
		)
	})
})
