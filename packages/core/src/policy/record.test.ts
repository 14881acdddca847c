import { describe, expect, it } from 'vitest'
import { activeAt, byUser, config, gone, HOUR, MINUTE, ofNewerApp, session, T, unlimited } from '../../test/fixtures.ts'
import { blank, deadlineReason, isLiving, isNewer, parse } from './record.ts'

const idleAt = T + 30 * MINUTE

describe('what the store holds', () => {
	it.each([
		{ stored: undefined },
		{ stored: null },
		{ stored: 0 },
		{ stored: 'record' },
		{ stored: [] },
		{ stored: {} },
		{ stored: { revision: 1 } },
		{ stored: { format: 1 } },
		{ stored: { format: '1', revision: 1 } },
		{ stored: { format: 1, revision: Number.NaN } },
	])('reads as no record if it is $stored', ({ stored }) => {
		expect(parse(stored)).toBeUndefined()
	})

	it('reads as it was written', () => {
		expect(parse(session)).toEqual(session)
	})

	it('reads with what it leaves out blank', () => {
		expect(parse({ format: 1, revision: 4 })).toEqual({ ...blank, revision: 4 })
	})

	it('keeps what a newer version of the application has added', () => {
		expect(parse(ofNewerApp)).toEqual(ofNewerApp)
	})
})

describe('a record', () => {
	it('is at revision 0, and knows no time, before the first commit', () => {
		expect(blank).toEqual({ format: 1, revision: 0, highTime: 0, requests: [], ends: 0, silentRefusedAt: 0, silentBlockedUntil: 0 })
	})

	it.each([
		{ what: 'none', record: undefined, living: false },
		{ what: 'a blank one', record: blank, living: false },
		{ what: 'one with a session', record: session, living: true },
		{ what: 'one with an ended session', record: gone, living: false },
		{ what: 'one whose end did not take the session out', record: { ...session, end: byUser }, living: false },
		{ what: 'one without an id', record: { ...session, id: undefined }, living: false },
		{ what: 'one of a newer format', record: ofNewerApp, living: false },
	])('$what is living: $living', ({ record, living }) => {
		expect(isLiving(record)).toBe(living)
	})

	it.each([
		{ record: undefined, newer: false },
		{ record: session, newer: false },
		{ record: ofNewerApp, newer: true },
	])('of format $record.format is newer than this application: $newer', ({ record, newer }) => {
		expect(isNewer(record)).toBe(newer)
	})
})

describe('the reason of an end by time', () => {
	it.each([
		{ what: 'none before the deadlines', record: session, now: idleAt - 1, limits: config, reason: undefined },
		{ what: 'idleness at its deadline', record: session, now: idleAt, limits: config, reason: 'idle' },
		{ what: 'the one that came first, long after both', record: session, now: T + 99 * HOUR, limits: config, reason: 'idle' },
		{ what: 'the lifetime where it came first', record: activeAt(T + 11.9 * HOUR), now: T + 99 * HOUR, limits: config, reason: 'lifetime' },
		{ what: 'none where nothing limits the session', record: session, now: T + 99 * HOUR, limits: unlimited, reason: undefined },
		{ what: 'none of an ended session', record: gone, now: T + 99 * HOUR, limits: config, reason: undefined },
		{ what: 'none of a newer format', record: ofNewerApp, now: T + 99 * HOUR, limits: config, reason: undefined },
		{
			what: 'none of what is no session',
			record: { ...session, living: { tokens: 7 } as never },
			now: T,
			limits: config,
			reason: undefined,
		},
		{ what: 'none without a record', record: undefined, now: T + 99 * HOUR, limits: config, reason: undefined },
	] as const)('is $what', ({ record, now, limits, reason }) => {
		expect(deadlineReason(record, now, limits)).toBe(reason)
	})
})
