import { describe, expect, it } from 'vitest'
import { HOUR, T } from '../../test/fixtures.ts'
import type { Alert } from '../alerts.ts'
import {
	allowed,
	batchOf,
	delivered,
	dueAt,
	fitting,
	leased,
	noReports,
	type Outbox,
	parseOutbox,
	putOff,
	queued,
	type Report,
	reportAgainMs,
} from './reports.ts'

const DAY = 24 * HOUR
const NEVER = Number.POSITIVE_INFINITY

const alertAt = (at: number, id = `a${at}`): Alert => ({ id, type: 'redirect-loop', at, count: 1 })
const report = (at = T, more: Partial<Report> = {}): Report => ({ alert: alertAt(at), user: undefined, isTaken: false, ...more })
const having = (part: Partial<Outbox>): Outbox => ({ ...noReports, ...part })

const some = [report(T), report(T + 1), report(T + 2)]
const lease = { id: 'mine', until: T + 100 }
const theirs = { id: 'theirs', until: T + 100 }

describe('what the store holds', () => {
	const sound = having({ waiting: some, dropped: 2, lease, failures: 3, retryAt: T, isOffline: true })

	it('reads as it was written', () => {
		expect(parseOutbox(sound)).toEqual(sound)
		expect(parseOutbox({ ...sound, lease: undefined })).toEqual({ ...sound, lease: undefined })
	})

	it.each([undefined, null, 'outbox', {}])('reads as empty if it is none: %j', stored => {
		expect(parseOutbox(stored)).toEqual(noReports)
	})

	it.each([
		{ what: 'reports that are no list', stored: { waiting: 'all' }, read: { waiting: [] } },
		{ what: 'a report that is null', stored: { waiting: [null, some[0]] }, read: { waiting: [some[0]] } },
		{ what: 'a report that is a text', stored: { waiting: [some[0], 'b'] }, read: { waiting: [some[0]] } },
		{ what: 'a report without an alert', stored: { waiting: [{ alert: 'a' }] }, read: { waiting: [] } },
		{ what: 'an alert whose time is no number', stored: { waiting: [{ alert: { id: 'a', at: '1' } }] }, read: { waiting: [] } },
		{ what: 'an alert that is empty', stored: { waiting: [some[0], { alert: {} }] }, read: { waiting: [some[0]] } },
		{ what: 'a count that is missing', stored: { dropped: undefined }, read: { dropped: 0 } },
		{ what: 'failures that are no number', stored: { failures: Number.NaN }, read: { failures: 0 } },
		{ what: 'a wait without an end', stored: { retryAt: NEVER }, read: { retryAt: 0 } },
		{ what: 'a lease that is a text', stored: { lease: 'mine' }, read: { lease: undefined } },
		{ what: 'a lease that is null', stored: { lease: null }, read: { lease: undefined } },
		{ what: 'a lease without an end', stored: { lease: { id: 'mine' } }, read: { lease: undefined } },
	])('reads without $what, and keeps the rest', ({ stored, read }) => {
		expect(parseOutbox({ ...sound, ...stored })).toEqual({ ...sound, ...read })
	})
})

describe('what may be said of a user', () => {
	const user = { sub: 'u1', name: 'Alice', groups: ['a', 'b'], email: undefined }

	it('is the claims named, and no other', () => {
		expect(allowed(user, ['name', 'groups'])).toEqual({ name: 'Alice', groups: ['a', 'b'] })
	})

	it.each([
		{ what: 'nobody', who: undefined, claims: ['sub'] },
		{ what: 'no claim named', who: user, claims: [] },
		{ what: 'no such claim', who: user, claims: ['phone', 'email'] },
		{ what: 'what every object has', who: user, claims: ['toString', 'constructor'] },
	])('is nothing for $what', ({ who, claims }) => {
		expect(allowed(who, claims)).toBeUndefined()
	})

	it('is short: a claim that is too long is left out', () => {
		// {"name":"..."} has 11 bytes beside the name's own; an é has two.
		expect(allowed({ name: 'x'.repeat(989), sub: 'u1' }, ['name', 'sub'])).toEqual({ name: 'x'.repeat(989) })
		expect(allowed({ name: 'x'.repeat(990), sub: 'u1' }, ['name', 'sub'])).toEqual({ sub: 'u1' })
		expect(allowed({ name: 'é'.repeat(495), sub: 'u1' }, ['name', 'sub'])).toEqual({ sub: 'u1' })
	})
})

describe('waiting', () => {
	it('is done in order, by 50 at most: the oldest is given up', () => {
		let outbox = noReports
		for (let at = 0; at < 53; at++) outbox = queued(outbox, report(T + at))
		expect(outbox.waiting.map(({ alert }) => alert.at - T)).toEqual(Array.from({ length: 50 }, (_, index) => index + 3))
		expect(outbox.dropped).toBe(3)
	})

	it('is nobody’s loss below that', () => {
		expect(queued(having({ dropped: 1 }), report())).toEqual(having({ dropped: 1, waiting: [report()] }))
	})
})

describe('a request is due', () => {
	it.each([
		{ what: 'never, where nothing waits', outbox: having({ retryAt: T }), at: NEVER },
		{ what: 'at once', outbox: having({ waiting: some }), at: 0 },
		{ what: 'when the turn of another tab is over', outbox: having({ waiting: some, lease: theirs, retryAt: T }), at: T + 100 },
		{ what: 'when all have waited', outbox: having({ waiting: some, retryAt: T + 200, lease: theirs }), at: T + 200 },
		{ what: 'when all have waited, offline', outbox: having({ waiting: some, retryAt: T, isOffline: true }), at: T },
	])('$what', ({ outbox, at }) => {
		expect(dueAt(outbox)).toBe(at)
	})

	it('at once when the network is back, if it was that', () => {
		expect(dueAt(having({ waiting: some, retryAt: T, isOffline: true }), true)).toBe(0)
		expect(dueAt(having({ waiting: some, retryAt: T, isOffline: false }), true)).toBe(T)
		expect(dueAt(having({ waiting: some, retryAt: T, isOffline: true, lease: theirs }), true)).toBe(T + 100)
	})
})

describe('one request takes along', () => {
	it('20 at most, the oldest', () => {
		const reports = Array.from({ length: 25 }, (_, index) => report(T + index))
		expect(fitting(reports)).toEqual(reports.slice(0, 20))
	})

	it('32 kB at most', () => {
		const big = (at: number, size: number) => report(T + at, { user: { name: 'x'.repeat(size) } })
		const frame = JSON.stringify(big(0, 0)).length
		const exact = [big(0, 16_000 - frame), big(1, 16_000 - frame)]
		expect(fitting(exact)).toEqual(exact)
		expect(fitting([big(0, 16_000 - frame), big(1, 16_001 - frame), report()])).toHaveLength(1)
	})
})

describe('the turn to send', () => {
	const outbox = having({ waiting: some, dropped: 1 })

	it('is taken with what is to be sent', () => {
		const next = leased(outbox, lease, T + 5, false) as Outbox
		expect(next).toEqual({ ...outbox, lease, waiting: some.map(each => ({ ...each, isTaken: true })) })
		expect(batchOf(next, 'mine')).toEqual({ reports: next.waiting, dropped: 1 })
		expect(batchOf(next, 'theirs')).toBeUndefined()
		expect(batchOf(noReports, 'mine')).toBeUndefined()
	})

	it('leaves for the next request what does not fit', () => {
		const reports = Array.from({ length: 25 }, (_, index) => report(T + index))
		const next = leased(having({ waiting: reports }), lease, T + 50, false) as Outbox
		expect(next.waiting.map(({ isTaken }) => isTaken)).toEqual(reports.map((_, index) => index < 20))
		expect(batchOf(next, 'mine')?.reports).toHaveLength(20)
	})

	it.each([
		{ what: 'nothing waits', given: noReports, now: T },
		{ what: 'another tab sends', given: having({ waiting: some, lease: theirs }), now: T + 99 },
		{ what: 'all wait', given: having({ waiting: some, retryAt: T + 1 }), now: T },
	])('is refused where $what', ({ given, now }) => {
		expect(leased(given, lease, now, false)).toBeUndefined()
	})

	it('is taken over where its holder is gone', () => {
		expect(leased(having({ waiting: some, lease: theirs }), lease, T + 100, false)?.lease).toEqual(lease)
	})

	it('is taken when all have waited, or the network is back', () => {
		expect(leased(having({ waiting: some, retryAt: T }), lease, T, false)?.lease).toEqual(lease)
		expect(leased(having({ waiting: some, retryAt: T + 9, isOffline: true }), lease, T, true)?.lease).toEqual(lease)
	})

	it('gives up what is older than seven days', () => {
		const next = leased(outbox, lease, T + 1 + 7 * DAY, false) as Outbox
		expect(next.waiting.map(({ alert }) => alert.at)).toEqual([T + 2])
		expect(next).toMatchObject({ dropped: 3, lease })
	})

	it('is nobody’s where nothing is left', () => {
		const next = leased(outbox, lease, T + 8 * DAY, false) as Outbox
		expect(next).toEqual({ ...outbox, waiting: [], dropped: 4, lease: undefined })
		expect(batchOf(next, 'mine')).toBeUndefined()
	})
})

describe('what was sent', () => {
	const failing = having({ waiting: some, dropped: 5, lease, failures: 2, retryAt: T, isOffline: true })
	const batch = { reports: some.slice(0, 2), dropped: 4 }

	it('is settled, and all goes on as if nothing had failed', () => {
		expect(delivered(failing, 'mine', batch)).toEqual(having({ waiting: some.slice(2), dropped: 1 }))
	})

	it('is settled though the turn has passed to another, who goes on', () => {
		expect(delivered({ ...failing, lease: theirs }, 'mine', batch)).toEqual({ ...failing, lease: theirs, waiting: some.slice(2) })
		expect(delivered(having({ waiting: some }), 'mine', batch)).toEqual(having({ waiting: some.slice(2) }))
	})

	it('is put off where nobody knows', () => {
		expect(putOff(failing, 'mine', T + 9, false)).toEqual({ ...failing, lease: undefined, failures: 3, retryAt: T + 9, isOffline: false })
		expect(putOff(failing, 'mine', T + 9, true)?.isOffline).toBe(true)
	})

	it('is not put off where the turn has passed to another', () => {
		expect(putOff({ ...failing, lease: theirs }, 'mine', T, true)).toBeUndefined()
		expect(putOff(noReports, 'mine', T, true)).toBeUndefined()
	})
})

describe('the back-off', () => {
	it.each([
		{ failures: 0, fraction: 0, asked: 0, ms: 5000 },
		{ failures: 0, fraction: 1, asked: 0, ms: 6250 },
		{ failures: 1, fraction: 0, asked: 0, ms: 10_000 },
		{ failures: 4, fraction: 0.5, asked: 0, ms: 90_000 },
		{ failures: 40, fraction: 0, asked: 0, ms: HOUR },
		{ failures: 0, fraction: 0, asked: 4000, ms: 5000 },
		{ failures: 0, fraction: 0, asked: 2 * HOUR, ms: 2 * HOUR },
		{ failures: 0, fraction: 0, asked: 30 * DAY, ms: DAY },
	])('after $failures failures, asked for $asked ms: $ms ms', ({ failures, fraction, asked, ms }) => {
		expect(reportAgainMs(failures, fraction, asked)).toBe(ms)
	})
})

describe('an empty outbox', () => {
	it('has nothing', () => {
		expect(noReports).toEqual({ waiting: [], dropped: 0, lease: undefined, failures: 0, retryAt: 0, isOffline: false })
	})
})
