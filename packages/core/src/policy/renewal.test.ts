import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { having as fixture, MINUTE, T } from '../../test/fixtures.ts'
import type { Config } from '../options.ts'
import { ended } from './end.ts'
import {
	blank,
	type Commit,
	type End,
	type Failure,
	FORMAT,
	type Living,
	type LivingRecord,
	type Refusal,
	type Sealed,
	type SessionRecord,
} from './record.ts'
import {
	backOffMs,
	interactionNeeded,
	isBackingOff,
	isBelieved,
	isFor,
	type Published,
	refreshRefused,
	refusalBy,
	rejected,
	renewalFailed,
	renewalIntended,
	renewed,
	secured,
	type Target,
	turnReturned,
} from './renewal.ts'
import { touched } from './session.ts'

const config = { idle: undefined, lifetime: undefined } as Config
const sealed = (byte: number): Sealed => ({ iv: new Uint8Array(12).fill(byte), data: new ArrayBuffer(8) })

const session = fixture({ tokens: sealed(1) })
const having = (part: Partial<Living>): LivingRecord => fixture({ tokens: sealed(1), ...part })

const target: Target = { id: 'of-alice', generation: 3 }
const mine = { id: 'mine', locked: true }
const theirs = { id: 'theirs', locked: true }
const answer = sealed(2)
const failure: Failure = { count: 1, retryAt: T + 1000, code: 'network_error', oauthError: undefined }
const refusal: Refusal = { error: 'invalid_request', count: 2 }
const published: Published = {
	user: { sub: 'alice', name: 'Alice A.' },
	issuedAt: T + 4 * MINUTE,
	expiresAt: T + 9 * MINUTE,
	refreshExpiresAt: undefined,
	sessionExpiresAt: undefined,
	renewable: true,
	sid: 's1',
	tokens: sealed(3),
}
const end: End = { reason: 'renewal-rejected', at: T + 4 * MINUTE, tab: 'here' }

/** Nothing of a renewal is taken for these: it was for another session, or another token. */
const strangers = [
	{ why: 'the session has ended (I2, P11)', record: { ...session, end: { ...end, reason: 'signed-out' }, living: undefined } },
	{ why: 'another session has begun (I9)', record: { ...session, id: 'of-bob' } },
	{ why: 'a successor is committed (I1)', record: having({ generation: 4 }) },
	{ why: 'there is no session', record: blank },
	{ why: 'the record is of a newer format', record: { ...session, format: FORMAT + 1 } },
] satisfies { why: string; record: SessionRecord }[]

describe('a renewal', () => {
	it('is for a session and one generation of its tokens', () => {
		expect(isFor(session, target)).toBe(true)
	})

	it.each(strangers)('is not for the record if $why', ({ record }) => {
		expect(isFor(record, target)).toBe(false)
	})
})

describe('renewalIntended', () => {
	it('takes the turn to send (I1)', () => {
		expect(renewalIntended(target, mine, undefined)(session)).toEqual(having({ intent: mine }))
	})

	it('overtakes the very holder that was seen to hang (I10)', () => {
		expect(renewalIntended(target, mine, 'theirs')(having({ intent: theirs }))).toEqual(having({ intent: mine }))
	})

	it('finds its own intent when it is done again (I10)', () => {
		expect(renewalIntended(target, mine, undefined)(having({ intent: mine }))).toEqual(having({ intent: mine }))
	})

	it('takes the turn after a failure, which stands until it is mended', () => {
		expect(renewalIntended(target, mine, undefined)(having({ failure }))).toEqual(having({ failure, intent: mine }))
	})

	it.each([
		...strangers,
		{ why: 'another tab has its turn (I1)', record: having({ intent: theirs }) },
		{ why: 'an answer waits there (I1)', record: having({ pending: answer }) },
	])('is refused if $why', ({ record }) => {
		expect(renewalIntended(target, mine, undefined)(record)).toBeUndefined()
	})

	it.each([
		{ why: 'the holder it would overtake has given its turn back', record: session },
		{ why: 'somebody else has overtaken that holder', record: having({ intent: { id: 'third', locked: false } }) },
		{ why: 'the answer of that holder has come', record: having({ intent: theirs, pending: answer }) },
	])('is refused if $why (I1)', ({ record }) => {
		expect(renewalIntended(target, mine, 'theirs')(record)).toBeUndefined()
	})
})

describe('secured', () => {
	it('keeps the answer beside the tokens in use, of which it changes none (I7)', () => {
		expect(secured(target, answer)(having({ intent: mine }))).toEqual(having({ intent: mine, pending: answer }))
	})

	it.each([
		{ what: 'of a tab that was overtaken meanwhile', record: having({ intent: theirs }) },
		{ what: 'of a turn that was given back as failed', record: having({ failure }) },
	])('takes a late answer $what, while no successor is committed (I7)', ({ record }) => {
		expect(secured(target, answer)(record)?.living?.pending).toBe(answer)
	})

	it.each([...strangers, { why: 'another answer waits there (I7)', record: having({ pending: sealed(9) }) }])(
		'is refused if $why',
		({ record }) => {
			expect(secured(target, answer)(record)).toBeUndefined()
		},
	)
})

describe('turnReturned', () => {
	it('gives the turn back, and nobody waits for it', () => {
		expect(turnReturned(target, 'mine')(having({ intent: mine, failure }))).toEqual(having({ failure }))
	})

	it.each([...strangers, { why: 'the turn is another tab’s (I1)', record: having({ intent: theirs }) }])(
		'is refused if $why',
		({ record }) => {
			expect(turnReturned(target, 'mine')(record)).toBeUndefined()
		},
	)
})

describe('renewed', () => {
	it('keeps the name of the provider’s session where the new ID token leaves it out', () => {
		const before = having({ sid: 's0', sessionState: 'state' })
		expect(renewed(target, { ...published, sid: undefined })(before)?.living).toMatchObject({ sid: 's0', sessionState: 'state' })
		expect(renewed(target, published)(before)?.living).toMatchObject({ sid: 's1', sessionState: 'state' })
	})

	it('publishes the answer as the next generation, and leaves no turn, answer or failure behind', () => {
		const before = having({ intent: mine, pending: answer, failure })
		expect(renewed(target, published)(before)).toEqual(having({ ...published, generation: 4, mainGeneration: 4 }))
	})

	it('places a token for another API beside the main one, which stays as it is, and the user with it', () => {
		const first = renewed(target, published, 'urn:orders ')(having({ intent: mine, pending: answer, failure }))
		const { issuedAt, expiresAt, tokens } = published
		const issue = { issuedAt, expiresAt, generation: 4 }
		expect(first).toEqual(having({ tokens, generation: 4, others: { 'urn:orders ': issue } }))
		const second = renewed({ ...target, generation: 4 }, published, ' read')(first as LivingRecord)
		expect(second?.living?.others).toEqual({ 'urn:orders ': issue, ' read': { ...issue, generation: 5 } })
	})

	it('is no activity: neither the last one nor the start moves (I5)', () => {
		const { startedAt, lastActivity } = renewed(target, published)(having({ pending: answer }))?.living ?? {}
		expect({ startedAt, lastActivity }).toEqual({ startedAt: T, lastActivity: T })
	})

	it('is taken though somebody was active since it was sent (I7)', () => {
		const active = touched('of-alice', T + MINUTE, T + MINUTE, config)(having({ intent: mine, pending: answer }))
		expect(renewed(target, published)(active as SessionRecord)?.living).toMatchObject({ generation: 4, lastActivity: T + MINUTE })
	})

	it.each(strangers)('is refused if $why', ({ record }) => {
		expect(renewed(target, published)(record)).toBeUndefined()
	})
})

describe('renewalFailed', () => {
	it('gives the turn back and makes all tabs wait (I6, P8)', () => {
		expect(renewalFailed(target, 'mine', failure)(having({ intent: mine }))).toEqual(having({ failure }))
	})

	it.each([
		...strangers.map(({ why, record }) => ({
			why,
			record: record.living ? { ...record, living: { ...record.living, intent: mine } } : record,
		})),
		{ why: 'the turn has passed to another tab (I1)', record: having({ intent: theirs }) },
		{ why: 'nobody has a turn', record: session },
	])('is refused if $why', ({ record }) => {
		expect(renewalFailed(target, 'mine', failure)(record)).toBeUndefined()
	})
})

describe('refreshRefused', () => {
	const refused = having({ intent: mine, silent: true })

	it('keeps the turn for a silent sign-in, and never sends the token again (I1)', () => {
		expect(refreshRefused(target, 'mine', refusal)(refused)).toEqual(having({ intent: mine, silent: true, renewable: false, refusal }))
	})

	it.each([
		{ why: 'no silent sign-in is allowed', record: having({ intent: mine }) },
		{ why: 'the turn has passed to another tab', record: having({ intent: { id: 'theirs', locked: true }, silent: true }) },
		{ why: 'an answer waits', record: having({ intent: mine, silent: true, pending: session.living.tokens }) },
	])('is refused if $why', ({ record }) => {
		expect(refreshRefused(target, 'mine', refusal)(record)).toBeUndefined()
	})
})

describe('interactionNeeded', () => {
	const asked: Failure = { count: 1, retryAt: T, code: 'provider_error', oauthError: 'consent_required' }
	const needed = { renewable: false, silent: false, intent: undefined, failure: asked }
	const end = 'interaction-required' as const

	it('leaves the session as it is until its access token expires, and nothing more is sent (I1, I6)', () => {
		const refusal = { error: 'consent_required', count: 0, end }
		expect(interactionNeeded(target, 'mine', asked)(having({ intent: mine, silent: true }))).toEqual(having({ ...needed, refusal }))
	})

	it('keeps why the refresh token was given up before', () => {
		const before = having({ intent: mine, refusal: { error: 'login_required', count: 2, cause: 'interaction' } })
		const after = interactionNeeded(target, 'mine', asked)(before)
		expect(after?.living?.refusal).toEqual({ error: 'consent_required', count: 0, cause: 'interaction', end })
	})

	it.each([
		...strangers.map(({ why, record }) => ({
			why,
			record: record.living ? { ...record, living: { ...record.living, intent: mine } } : record,
		})),
		{ why: 'a valid answer waits there (I1)', record: having({ intent: mine, pending: answer }) },
		{ why: 'the turn has passed to another tab (I1)', record: having({ intent: theirs }) },
		{ why: 'the turn was given back', record: session },
	])('is refused if $why', ({ record }) => {
		expect(interactionNeeded(target, 'mine', asked)(record)).toBeUndefined()
	})

	it('is over with fresh tokens', () => {
		const before = having({ renewable: false, refusal: { error: 'consent_required', count: 0, end } })
		expect(renewed(target, published)(before)?.living).toMatchObject({ refusal: undefined, failure: undefined })
	})
})

describe('the count of a refusal (I6)', () => {
	const expired = T + 5 * MINUTE
	const after = (refusal: Refusal | undefined, error: string, now: number) => refusalBy(having({ refusal }).living, error, now)

	it('begins once the access token has expired', () => {
		expect(after(undefined, 'invalid_request', expired - 1)).toEqual({ error: 'invalid_request', count: 0 })
		expect(after(undefined, 'invalid_request', expired)).toEqual({ error: 'invalid_request', count: 1 })
	})

	it('goes on with the same, and begins anew with another', () => {
		expect(after(refusal, 'invalid_request', expired)).toEqual({ error: 'invalid_request', count: 3 })
		expect(after(refusal, 'access_denied', expired)).toEqual({ error: 'access_denied', count: 1 })
	})

	it('keeps why the refresh token was given up', () => {
		expect(after({ ...refusal, cause: 'rejected' }, 'access_denied', expired)).toEqual({
			error: 'access_denied',
			count: 1,
			cause: 'rejected',
		})
	})

	it('is believed at three', () => {
		expect([2, 3, 4].map(count => isBelieved({ error: 'invalid_request', count }))).toEqual([false, true, true])
	})

	it('is not lost by a failure that says nothing', () => {
		const before = having({ intent: mine, refusal })
		expect(renewalFailed(target, 'mine', failure)(before)?.living?.refusal).toEqual(refusal)
		expect(renewalFailed(target, 'mine', failure, { ...refusal, count: 3 })(before)?.living?.refusal?.count).toBe(3)
	})
})

describe('rejected', () => {
	it('ends the session whose token the provider refused (I6)', () => {
		expect(rejected(target, 'mine', end)(having({ intent: mine }))).toEqual({
			...session,
			end: { ...end, startedAt: T },
			ends: 1,
			living: undefined,
		})
	})

	it.each([
		...strangers.map(({ why, record }) => ({
			why,
			record: record.living ? { ...record, living: { ...record.living, intent: mine } } : record,
		})),
		{ why: 'a valid answer waits there (I1, P25)', record: having({ intent: mine, pending: answer }) },
		{ why: 'the turn has passed to another tab (I1)', record: having({ intent: theirs }) },
		{ why: 'the turn was given back', record: session },
	])('is refused if $why', ({ record }) => {
		expect(rejected(target, 'mine', end)(record)).toBeUndefined()
	})
})

describe('tabs that commit in any order', () => {
	/** What three tabs might do; each acts on the generation that it last saw, which may be old. */
	const action = fc.record({
		tab: fc.constantFrom('a', 'b', 'c'),
		generation: fc.integer({ min: 1, max: 6 }),
		what: fc.constantFrom('intend', 'overtake', 'secure', 'renew', 'fail', 'refuse', 'need', 'reject', 'touch'),
	})
	const first = having({ generation: 1 })

	function commitOf({ tab, generation, what }: { tab: string; generation: number; what: string }, record: SessionRecord): Commit {
		const at: Target = { id: 'of-alice', generation }
		const commits: Record<string, Commit> = {
			intend: renewalIntended(at, { id: tab, locked: true }, undefined),
			overtake: renewalIntended(at, { id: tab, locked: false }, record.living?.intent?.id),
			secure: secured(at, sealed(generation)),
			renew: renewed(at, published),
			fail: renewalFailed(at, tab, failure),
			refuse: renewalFailed(at, tab, failure, refusal),
			need: interactionNeeded(at, tab, failure),
			reject: rejected(at, tab, end),
			touch: touched('of-alice', (record.living?.lastActivity ?? T) + 1, T, config),
		}
		return commits[what] as Commit
	}

	it('raise the generation one by one, and never replace an answer that waits (I1, I7)', () => {
		fc.assert(
			fc.property(fc.array(action, { maxLength: 60 }), actions => {
				let record: SessionRecord = first
				for (const one of actions) {
					const next = commitOf(one, record)(record)
					const before = record.living
					const after = next?.living
					if (before && after) {
						expect(after.generation - before.generation).toBe(one.what === 'renew' ? 1 : 0)
						if (before.pending && after.generation === before.generation) expect(after.pending).toBe(before.pending)
					}
					record = next ?? record
				}
			}),
		)
	})

	it('change nothing any more once the session has ended (I2, I8)', () => {
		fc.assert(
			fc.property(fc.array(action, { maxLength: 30 }), fc.array(action, { maxLength: 30 }), (earlier, later) => {
				const lived = earlier.reduce<SessionRecord>((record, one) => commitOf(one, record)(record) ?? record, first)
				const over = ended('of-alice', { reason: 'signed-out', at: T, tab: 'a' }, config)(lived) ?? lived
				expect(over.end).toBeDefined()
				for (const one of later) expect(commitOf(one, over)(over)).toBeUndefined()
			}),
		)
	})
})

describe('a tab, after a failure of any (I6, P8)', () => {
	const { living } = having({ failure })
	const { retryAt } = failure

	it.each([
		{ what: 'waits until all may try again', at: retryAt - 1, disregarded: undefined, waits: true },
		{ what: 'waits no longer once all may', at: retryAt, disregarded: undefined, waits: false },
		{ what: 'does not wait for a moment that it disregards', at: retryAt - 1, disregarded: retryAt, waits: false },
		{ what: 'waits if what it disregards is an earlier failure', at: retryAt - 1, disregarded: retryAt - 1000, waits: true },
	])('$what', ({ at, disregarded, waits }) => {
		expect(isBackingOff(living, at, disregarded)).toBe(waits)
	})

	it('waits for nothing once that failure is mended', () => {
		expect(isBackingOff(session.living, retryAt - 1, undefined)).toBe(false)
	})
})

describe('the back-off of all tabs (I6, P8)', () => {
	it.each([
		{ count: 1, ms: 1000 },
		{ count: 2, ms: 2000 },
		{ count: 3, ms: 4000 },
		{ count: 6, ms: 32_000 },
		{ count: 7, ms: 60_000 },
		{ count: 5000, ms: 60_000 },
	])('is $ms ms after failure number $count', ({ count, ms }) => {
		expect(backOffMs(count, 0)).toBe(ms)
	})

	it('is spread by up to a quarter, the cap too', () => {
		expect(backOffMs(1, 0.5)).toBe(1125)
		expect(backOffMs(7, 0.999)).toBeCloseTo(74_985)
	})

	it.each([
		{ what: 'follows a longer Retry-After', retryAfterMs: 120_000, ms: 120_000 },
		{ what: 'does not follow a shorter one', retryAfterMs: 500, ms: 1000 },
		{ what: 'takes one of a year for 10 minutes', retryAfterMs: 365 * 86_400_000, ms: 600_000 },
		{ what: 'takes one beyond counting for 10 minutes', retryAfterMs: Number.POSITIVE_INFINITY, ms: 600_000 },
	])('$what', ({ retryAfterMs, ms }) => {
		expect(backOffMs(1, 0, retryAfterMs)).toBe(ms)
	})
})
