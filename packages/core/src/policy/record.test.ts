import { describe, expect, it } from 'vitest'
import { activeAt, byUser, config, gone, HOUR, MINUTE, ofNewerApp, session, T, unlimited } from '../../test/fixtures.ts'
import { blank, deadlineReason, FORMAT, isLiving, isNewer, parse, recordName } from './record.ts'

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
		{ stored: { format: 1, revision: 1e300 } },
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

	it('keeps a session of a newer format whatever its form, since an end needs no more than that it is there', () => {
		const living = { sid: 'of-tomorrow', vault: [] }
		expect(parse({ ...session, format: FORMAT + 1, living })).toEqual({ ...session, format: FORMAT + 1, living })
	})

	const request = { state: 's1', begunAt: T, returnTo: '/' }

	it.each([
		{ what: 'sign-ins that are no list', stored: { requests: 'none' }, read: { requests: [] } },
		{ what: 'a sign-in that is null', stored: { requests: [null, request] }, read: { requests: [request] } },
		{ what: 'an end that is no object', stored: { end: 7 }, read: { end: undefined } },
		{ what: 'an end without a time', stored: { end: { reason: 'signed-out' } }, read: { end: undefined } },
		{ what: 'a highest time that is no number', stored: { highTime: 'late' }, read: { highTime: 0 } },
		{ what: 'a highest time without an end', stored: { highTime: Number.POSITIVE_INFINITY }, read: { highTime: 0 } },
		{ what: 'a count of ends that is no number', stored: { ends: {} }, read: { ends: 0 } },
		{ what: 'a clock skew that is no number', stored: { skewMs: 'x' }, read: { skewMs: undefined } },
		{ what: 'a time of its clock that is no number', stored: { clockSetAt: Number.NaN }, read: { clockSetAt: undefined } },
	])('reads without $what, and keeps the session', ({ stored, read }) => {
		expect(parse({ ...session, ...stored })).toEqual({ ...session, ...read })
	})

	it.each([
		{ what: 'no object', part: 7 },
		{ what: 'null', part: null },
		{ what: 'without a user', part: { user: undefined } },
		{ what: 'of a user without a name', part: { user: {} } },
		{ what: 'of a user whose sub is no text', part: { user: { sub: 7 } } },
		{ what: 'without a generation', part: { generation: undefined } },
		{ what: 'without a start', part: { startedAt: undefined } },
		{ what: 'whose activity is no number', part: { lastActivity: 'now' } },
		{ what: 'whose activity is NaN', part: { lastActivity: Number.NaN } },
		{ what: 'whose tokens expire never', part: { expiresAt: Number.POSITIVE_INFINITY } },
		{ what: 'whose refresh token expires at no number', part: { refreshExpiresAt: {} } },
		{ what: 'whose end at the provider is no number', part: { sessionExpiresAt: 'late' } },
		{ what: 'whose tokens are no ciphertext', part: { tokens: 7 } },
		{ what: 'without a list of resources', part: { resources: undefined } },
		{ what: 'without other tokens', part: { others: null } },
		{ what: 'with another token that is none', part: { others: { api: null } } },
	])('reads as no session where that is $what, and keeps the rest', ({ part }) => {
		const living = typeof part === 'object' && part ? { ...session.living, ...part } : part
		expect(parse({ ...session, ends: 3, requests: [request], living })).toEqual({
			...session,
			ends: 3,
			requests: [request],
			id: undefined,
			sub: undefined,
			living: undefined,
		})
	})

	it.each([[[]], [7], [{}]])('reads as no session where its id is no text (%j): it would never be the same twice', id => {
		expect(parse({ ...session, id })).toEqual({ ...session, id: undefined, sub: undefined, living: undefined })
		expect(parse({ ...gone, id })).toEqual({ ...gone, id: undefined, sub: undefined })
	})

	it('reads an ended session with its reason, whatever else is in it', () => {
		expect(parse({ ...gone, living: 7 })).toMatchObject({ id: session.id, end: byUser })
	})
})

describe('the name of a record', () => {
	it.each([
		{ authority: 'https://id.example', clientId: 'shop', name: 'tabsession:https://id.example:shop' },
		{
			authority: 'https://id.example:8443/realms/a',
			clientId: 'my-app.example_1~x',
			name: 'tabsession:https://id.example:8443/realms/a:my-app.example_1~x',
		},
		{ authority: 'https://id.example', clientId: 'api/shop app+1', name: 'tabsession:https://id.example:api/shop app+1' },
	])('is what it always was for an ordinary client id ($clientId)', ({ name, ...given }) => {
		expect(recordName(given)).toBe(name)
	})

	it.each([
		[
			{ authority: 'https://id.example', clientId: '8443:shop' },
			{ authority: 'https://id.example:8443', clientId: 'shop' },
		],
		[
			{ authority: 'https://id.example/a', clientId: 'b:c' },
			{ authority: 'https://id.example/a:b', clientId: 'c' },
		],
		[
			{ authority: 'https://id.example', clientId: 'a:b' },
			{ authority: 'https://id.example', clientId: 'a%3Ab' },
		],
	])('is another for another pair of authority and client (%j, %j)', (one, other) => {
		expect(recordName(one)).not.toBe(recordName(other))
	})

	it.each(['alerts', 'landing', 'key', 'requests', 'sso'])('is never that of another client with a suffix (%s)', suffix => {
		const authority = 'https://id.example'
		expect(recordName({ authority, clientId: `shop:${suffix}` })).not.toBe(`${recordName({ authority, clientId: 'shop' })}:${suffix}`)
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
