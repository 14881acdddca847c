import { describe, expect, it } from 'vitest'
import { byUser, config, gone, HOUR, having, MINUTE, ofNewerApp, T } from '../../test/fixtures.ts'
import type { Config } from '../options.ts'
import { blank, FORMAT, type LivingRecord, type SessionRecord, type SignInRequest } from './record.ts'
import {
	adoptable,
	begun,
	codeSent,
	codeSettled,
	type Departure,
	departuresOf,
	type Fresh,
	isLooping,
	isTooLate,
	landed,
	requestOf,
	signInBegun,
	takenOver,
	unattendedSince,
} from './sign-in.ts'

const secret = {
	codeVerifier: 'verifier',
	nonce: 'nonce',
	redirectUri: 'https://shop.example/callback',
	maxAge: undefined,
	acr: undefined,
	resources: ['urn:orders'],
	dpopKey: undefined,
}
const request = (state: string): SignInRequest => ({
	state,
	begunAt: T,
	returnTo: '/orders',
	reauthenticates: false,
	automatic: false,
	silent: false,
	ends: undefined,
	secret,
	outcome: 'begun',
})
const asked: SessionRecord = { ...blank, requests: [request('other'), request('state')] }

const session: LivingRecord = {
	...having({
		lastActivity: T + MINUTE,
		tokens: { iv: new Uint8Array(12).fill(1), data: new ArrayBuffer(8) },
		pending: { iv: new Uint8Array(12).fill(2), data: new ArrayBuffer(8) },
		intent: { id: 'theirs', locked: true },
		failure: { count: 2, retryAt: T + 2000, code: 'timeout', oauthError: undefined },
	}),
	requests: [request('state')],
}
const over: SessionRecord = { ...session, end: { reason: 'signed-out', at: T, tab: 'there' }, living: undefined }

describe('a sign-in request', () => {
	it('is remembered until its answer comes (P5)', () => {
		const record = signInBegun(request('state'), T)(blank)
		expect(requestOf(record, 'state')).toEqual({ ...request('state'), begunAt: T })
	})

	it('leaves the session that is there alone', () => {
		expect(signInBegun(request('again'), T)(session)).toEqual({
			...session,
			requests: [request('state'), { ...request('again'), session: session.id }],
		})
	})

	it('is in the record once, though the page did not learn of the first try', () => {
		const record = signInBegun(request('state'), T)(blank) as SessionRecord
		expect(signInBegun(request('state'), T)(record)).toEqual(record)
	})

	it.each([
		{ what: 'none was ever made', record: undefined },
		{ what: 'it was made with another state', record: asked },
	])('is not found if $what', ({ record }) => {
		expect(requestOf(record, 'unknown')).toBeUndefined()
	})
})

describe('the first load with a response', () => {
	const now = T + 10 * MINUTE
	const mine: SignInRequest = { ...request('mine'), session: session.id }
	const record: SessionRecord = { ...session, requests: [request('other'), mine] }
	const after = (part: Partial<SignInRequest>, at = now, change: Partial<SessionRecord> = {}) =>
		landed('mine', at, now, config)({ ...record, requests: [{ ...mine, ...part }], ...change })

	it('is activity at the moment of the response, noted at its request alone (I5)', () => {
		expect(landed('mine', now - 1000, now, config)(record)).toEqual({
			...record,
			requests: [request('other'), { ...mine, isLanded: true }],
			living: { ...session.living, lastActivity: now - 1000 },
		})
	})

	it('moves the last activity neither back nor past the present', () => {
		expect(after({}, T)?.living?.lastActivity).toBe(T + MINUTE)
		expect(after({}, now + 1)?.living?.lastActivity).toBe(now)
	})

	it.each([
		{ why: 'it has counted before', part: { isLanded: true } },
		{ why: 'the code was sent', part: { outcome: 'sent' } },
		{ why: 'the sign-in was unattended', part: { automatic: true } },
		{ why: 'the sign-in was silent', part: { silent: true } },
		{ why: 'the sign-in began in another session', part: { session: 'another' } },
		{ why: 'the sign-in began without a session', part: { session: undefined } },
		{ why: 'the record does not hold its state', part: { state: 'another' } },
	] as const)('changes nothing if $why (I5)', ({ part }) => {
		expect(after(part)).toBeUndefined()
	})

	it('changes nothing after the end, or a deadline (I4)', () => {
		expect(after({}, now, { end: over.end, living: undefined })).toBeUndefined()
		const late = session.living.lastActivity + 30 * MINUTE
		expect(landed('mine', now, late - 1, config)(record)).toBeDefined()
		expect(landed('mine', now, late, config)(record)).toBeUndefined()
	})

	it('does not answer for a user who has to confirm, and counts no second time', () => {
		const confirmed = { ...config, idle: { timeoutMs: 10 * MINUTE, warnBeforeMs: 5 * MINUTE, continueOn: 'confirm' } } as Config
		const next = landed('mine', now, now, confirmed)(record)
		expect(next?.living?.lastActivity).toBe(session.living.lastActivity)
		expect(next?.requests[1]?.isLanded).toBe(true)
	})
})

describe('a code', () => {
	it('is noted as sent, and by which page, with what the exchange needs', () => {
		expect(codeSent('state', 'page')(asked)?.requests).toEqual([request('other'), { ...request('state'), outcome: 'sent', sender: 'page' }])
	})

	it('is not sent by a second page, for the provider may have it', () => {
		const sent = codeSent('state', 'page')(asked) as SessionRecord
		expect(codeSent('state', 'other page')(sent)).toBeUndefined()
	})

	it('is sent by the page that noted it, though it did not learn of that', () => {
		const sent = codeSent('state', 'page')(asked) as SessionRecord
		expect(codeSent('state', 'page')(sent)).toEqual(sent)
	})

	it.each(['answered', 'refused'] as const)('that was %s keeps nothing that could exchange it', outcome => {
		const sent = codeSent('state', 'page')(asked) as SessionRecord
		const settled = codeSettled('state', outcome)(sent)
		expect(settled?.requests).toEqual([request('other'), { ...request('state'), secret: undefined, outcome, sender: 'page' }])
	})

	it.each(['answered', 'refused'] as const)('that was %s is never sent or settled again (P6)', outcome => {
		const settled = codeSettled('state', outcome)(asked) as SessionRecord
		expect(codeSent('state', 'page')(settled)).toBeUndefined()
		expect(codeSettled('state', 'answered')(settled)).toBeUndefined()
		expect(codeSettled('state', 'refused')(settled)).toBeUndefined()
	})

	it.each([
		{ what: 'noted as sent', commit: codeSent('state', 'page'), noted: { outcome: 'sent', sender: 'page', secret } },
		{ what: 'settled', commit: codeSettled('state', 'answered'), noted: { outcome: 'answered', secret: undefined } },
	])('that is $what leaves the session that is there alone', ({ commit, noted }) => {
		expect(commit(session)).toEqual({ ...session, requests: [{ ...request('state'), ...noted }] })
	})

	it('of a state that nobody asked for is neither sent nor settled', () => {
		expect(codeSent('unknown', 'page')(asked)).toBeUndefined()
		expect(codeSettled('unknown', 'answered')(asked)).toBeUndefined()
	})
})

describe('unattended sign-ins', () => {
	const departed = (...ages: number[]): Departure[] => ages.map((age, at) => ({ state: `state-${at}`, at: T - age }))

	it.each([
		{ what: 'are none', departures: [], loops: false },
		{ what: 'are two', departures: departed(2000, 1000), loops: false },
		{ what: 'are three within 30 s (P7)', departures: departed(29_999, 1000, 0), loops: true },
		{ what: 'are three in more than 30 s', departures: departed(30_000, 1000, 0), loops: false },
		{ what: 'are of a time to which the clock has been set back from', departures: departed(-30_000, -31_000, -32_000), loops: false },
	])('that $what: $loops', ({ departures, loops }) => {
		expect(isLooping(departures, T, config)).toBe(loops)
	})

	it('are in the record, beside those that the user started', () => {
		const automatic = { ...request('mine'), automatic: true, begunAt: T - 1000 }
		expect(departuresOf({ ...blank, requests: [request('other'), automatic] })).toEqual([{ state: 'mine', at: T - 1000 }])
		expect(departuresOf(undefined)).toEqual([])
	})

	it('are under way since the latest began of which a session may come', () => {
		const at = (begunAt: number, part: Partial<SignInRequest>) => ({ ...request(`${begunAt}`), begunAt, automatic: true, ...part })
		const requests = [at(T, {}), at(T + 1, { outcome: 'sent' }), at(T + 2, { automatic: false }), at(T + 3, { outcome: 'taken' })]
		expect(unattendedSince({ ...blank, requests })).toBe(T + 1)
		expect(unattendedSince(blank)).toBe(0)
		const silent = { ...request('silent'), automatic: true, silent: true, ends: 2 }
		expect(unattendedSince({ ...blank, ends: 2, requests: [silent] })).toBe(T)
		expect(unattendedSince({ ...blank, ends: 3, requests: [silent] })).toBe(0)
	})
})

describe('the sign-ins remembered', () => {
	const many = (count: number, make: (index: number) => Partial<SignInRequest> = () => ({})): SessionRecord => ({
		...blank,
		requests: Array.from({ length: count }, (_, index) => ({ ...request(`state-${index}`), ...make(index) })),
	})
	const statesAfter = (record: SessionRecord, now = T) => signInBegun(request('next'), now)(record)?.requests.map(({ state }) => state)
	const states = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `state-${from + index}`)

	it('are all that are pending, in many tabs', () => {
		expect(statesAfter(many(49))).toEqual([...states(0, 49), 'next'])
	})

	it('lose the oldest to a flood', () => {
		expect(statesAfter(many(50))).toEqual([...states(1, 50), 'next'])
	})

	it('lose a silent one before one that a user is at', () => {
		expect(statesAfter(many(50, index => (index === 7 ? { silent: true } : {})))).toEqual([...states(0, 7), ...states(8, 50), 'next'])
	})

	it.each(['begun', 'sent', 'answered'] as const)('forget one that is %s after an hour, but for the last ten', outcome => {
		const record = many(11, () => ({ outcome }))
		expect(statesAfter(record, T + HOUR - 1)).toEqual([...states(0, 11), 'next'])
		expect(statesAfter(record, T + HOUR)).toEqual([...states(1, 11), 'next'])
	})

	it.each(['taken', 'refused'] as const)('keep the last ten that are %s, beside those that are pending', outcome => {
		const record = many(12, index => (index === 3 ? {} : { outcome, secret: undefined }))
		expect(statesAfter(record, T + MINUTE)).toEqual([...states(1, 12), 'next'])
	})
})

describe('the session a sign-in goes on with', () => {
	it('is the living one of the same user', () => {
		expect(adoptable(session, { sub: 'alice' }, T + MINUTE, config)).toBe(session)
	})

	it.each([
		{ why: 'it is of another user (I9)', record: session, sub: 'bob', now: T },
		{
			why: 'it is of the same sub at another issuer (I9)',
			record: having({ user: { sub: 'alice', iss: 'https://other' } }),
			sub: 'alice',
			now: T,
		},
		{ why: 'it has ended (I2)', record: over, sub: 'alice', now: T },
		{ why: 'its idle deadline has passed (I4)', record: session, sub: 'alice', now: T + 31 * MINUTE },
		{ why: 'there is none', record: blank, sub: 'alice', now: T },
		{ why: 'there is no record', record: undefined, sub: 'alice', now: T },
		{ why: 'it is of a newer format', record: { ...session, format: FORMAT + 1 }, sub: 'alice', now: T },
	])('is a new one if $why', ({ record, sub, now }) => {
		expect(adoptable(record, { sub }, now, config)).toBeUndefined()
	})
})

describe('begun', () => {
	const now = T + 10 * MINUTE
	const issuedAt = now - 5
	const published = {
		user: { sub: 'alice', name: 'Alice A.' },
		issuedAt,
		expiresAt: now + 5 * MINUTE,
		refreshExpiresAt: undefined,
		sessionExpiresAt: undefined,
		renewable: true,
		sid: 's1',
		sessionState: 'state-1',
		tokens: { iv: new Uint8Array(12).fill(3), data: new ArrayBuffer(8) },
		resources: ['urn:orders'],
		dpopKey: { privateKey: {}, publicKey: {} } as CryptoKeyPair,
	}
	const key = {} as CryptoKey
	const fresh: Fresh = {
		...published,
		id: 'of-alice',
		key,
		reauthenticated: false,
		authenticatedMsAgo: undefined,
		isOffered: false,
		request: { silent: false, ends: undefined },
	}
	const settled = { silent: false, pending: undefined, intent: undefined, failure: undefined, others: {} }

	it('makes the first session, which starts with its tokens, though the page may have slept since', () => {
		expect(begun({ ...fresh, id: 'new' }, undefined, now, config)(blank)).toEqual({
			...blank,
			id: 'new',
			sub: 'alice',
			living: { ...published, key, generation: 1, mainGeneration: 1, startedAt: issuedAt, signedInAt: now, lastActivity: now, ...settled },
		})
	})

	it('goes on with the living session of the same user: its id and start stay, its generation grows', () => {
		expect(begun(fresh, session, now, config)(session)).toEqual({
			...session,
			living: { ...published, key, generation: 4, mainGeneration: 4, startedAt: T, signedInAt: now, lastActivity: now, ...settled },
		})
	})

	it('keeps no token for another API: they are of the former grant', () => {
		const others = { 'urn:orders ': { issuedAt: T, expiresAt: T + 5 * MINUTE, generation: 2 } }
		const before = { ...session, living: { ...session.living, others } }
		expect(begun(fresh, before, now, config)(before)?.living?.others).toEqual({})
	})

	it('starts the lifetime anew if the user proved who they are', () => {
		expect(begun({ ...fresh, reauthenticated: true }, session, now, config)(session)?.living?.startedAt).toBe(issuedAt)
	})

	describe('counts the lifetime', () => {
		const asked = (part: Partial<SignInRequest>) => ({ ...request('s'), begunAt: now - 10_000, ...part })
		const ended = { ...gone, end: { ...byUser, reason: 'expired', startedAt: T } } as SessionRecord
		const startOf = (record: SessionRecord, change: Partial<Fresh>, limits = config) =>
			begun({ ...fresh, ...change }, record, now, limits)(record)?.living?.startedAt
		const silent = { silent: true, ends: undefined, state: 's' }
		const own = { silent: false, ends: undefined, state: 's' }
		const fromAuthentication = { ...config, lifetime: { ...config.lifetime, from: 'authentication' } } as typeof config

		it.each([
			['on where the provider asked nobody in spite of `prompt=login`', session, { reauthenticated: true, authenticatedMsAgo: 60_000 }, T],
			['anew where it did', session, { reauthenticated: true, authenticatedMsAgo: 5000 }, issuedAt],
			['on where a silent sign-in brings the same user back', ended, { request: silent }, T],
			['anew where it brings another', { ...ended, sub: 'bob' }, { request: silent }, issuedAt],
			['anew with whoever signs in', ended, { request: own, authenticatedMsAgo: 60_000 }, issuedAt],
			[
				'from the authentication, where that was elsewhere and since',
				ended,
				{ request: silent, authenticatedMsAgo: 60_000 },
				issuedAt - 60_000,
			],
			['on where that was before', ended, { request: silent, authenticatedMsAgo: 11 * MINUTE }, T],
		] as const)('%s', (_what, record, change, at) => {
			expect(startOf({ ...record, requests: [asked({})] }, { request: own, ...change })).toBe(at)
		})

		it('on where nobody asked for the sign-in and nobody was asked', () => {
			const record = { ...ended, requests: [asked({ automatic: true })] }
			expect(startOf(record, { request: own, authenticatedMsAgo: 11 * MINUTE })).toBe(T)
			expect(startOf(record, { request: own, authenticatedMsAgo: 60_000 })).toBe(issuedAt - 60_000)
			expect(startOf(record, { request: own, authenticatedMsAgo: 5000 })).toBe(issuedAt)
			expect(startOf(record, { request: own })).toBe(issuedAt)
		})

		it('from the authentication, where that is wanted and the provider tells it', () => {
			expect(startOf(ended, { authenticatedMsAgo: HOUR }, fromAuthentication)).toBe(issuedAt - HOUR)
			expect(startOf(ended, {}, fromAuthentication)).toBe(issuedAt)
		})
	})

	it('replaces the session of another user, of whom nothing stays (I9, P12)', () => {
		const bobs = { ...fresh, id: 'of-bob', user: { sub: 'bob' } }
		expect(begun(bobs, session, now, config)(session)).toEqual({
			...session,
			ends: 1,
			id: 'of-bob',
			sub: 'bob',
			living: {
				...published,
				user: { sub: 'bob' },
				key,
				generation: 1,
				mainGeneration: 1,
				startedAt: issuedAt,
				signedInAt: now,
				lastActivity: now,
				...settled,
			},
		})
	})

	it.each([
		{ why: 'a session has ended since it began', record: { ...session, ends: 4 }, request: { silent: true, ends: 3 } },
		{ why: 'the session that it was for has ended', record: { ...over, ends: 1 }, request: { silent: false, ends: 0 } },
		{ why: 'another user is here, and nobody asked', record: { ...session, sub: 'bob' }, request: { silent: true, ends: 0 } },
		{ why: 'a session is here, and nobody asked', record: session, request: { silent: true, ends: 0 } },
	])('is refused if $why (I2)', ({ record, request }) => {
		expect(isTooLate(record, request)).toBe(true)
		expect(begun({ ...fresh, id: 'new', request }, record, now, config)(record)).toBeUndefined()
	})

	it('notes at its request that the tokens are taken, and at no other', () => {
		const answered = (state: string) => ({ ...request(state), secret: undefined, outcome: 'answered' as const })
		const record = { ...session, requests: [answered('mine'), answered('other')] }
		const taken = begun({ ...fresh, request: { silent: false, ends: undefined, state: 'mine' } }, record, now, config)(record)
		expect(taken?.requests.map(({ outcome }) => outcome)).toEqual(['taken', 'answered'])
	})

	it.each([
		{ what: 'whose request still waits for it', outcome: 'answered', isOffered: true, isMade: true },
		{ what: 'that was stored', outcome: 'taken', isOffered: true, isMade: false },
		{ what: 'that was stored by an earlier page', outcome: 'taken', isOffered: false, isMade: false },
		{ what: 'whose request was cleared before any try', outcome: undefined, isOffered: false, isMade: true },
		{ what: 'whose request was cleared after a try', outcome: undefined, isOffered: true, isMade: false },
	] as const)('$what: $isMade, for a token response is stored at most once (I1)', ({ outcome, isOffered, isMade }) => {
		const record = { ...blank, requests: outcome ? [{ ...request('mine'), secret: undefined, outcome }] : [] }
		const mine = { ...fresh, isOffered, request: { silent: false, ends: undefined, state: 'mine' } }
		expect(!!begun(mine, record, now, config)(record)).toBe(isMade)
	})

	it('without a request in the record is tried once (I1)', () => {
		expect(begun(fresh, blank, now, config)(blank)).toBeDefined()
		expect(begun({ ...fresh, isOffered: true }, blank, now, config)(blank)).toBeUndefined()
	})

	it('that somebody asked for comes after the end of another session (I2)', () => {
		expect(begun({ ...fresh, id: 'new' }, { ...over, ends: 4 }, now, config)({ ...over, ends: 4 })).toMatchObject({ id: 'new', ends: 4 })
	})

	it('may be renewed by a silent sign-in where that is allowed', () => {
		const allowed = { ...config, sso: 'iframe' } as Config
		const silent = (record: SessionRecord) => begun(fresh, record, now, allowed)(record)?.living?.silent
		expect(silent(session)).toBe(true)
		expect(silent({ ...session, silentBlockedUntil: now + 1 })).toBe(false)
	})

	it('takes the tombstone away when somebody signs in after an end', () => {
		const record = begun({ ...fresh, id: 'new' }, over, now, config)(over)
		expect(record).toMatchObject({ id: 'new', end: undefined, living: { generation: 1, startedAt: issuedAt } })
	})

	it('is taken though somebody was active, or the tokens were renewed, since the record was read', () => {
		const changed = { ...session, revision: 9, living: { ...session.living, lastActivity: T + 2 * MINUTE, generation: 4 } }
		expect(begun(fresh, session, now, config)(changed)?.living?.generation).toBe(5)
	})

	it('is refused once the deadline of the session it would go on with has passed (I4)', () => {
		const deadline = session.living.lastActivity + 30 * MINUTE
		expect(begun(fresh, session, deadline - 1, config)(session)).toBeDefined()
		expect(begun(fresh, session, deadline, config)(session)).toBeUndefined()
		expect(begun({ ...fresh, id: 'new' }, session, deadline, config)(session)).toMatchObject({ id: 'new' })
	})

	it.each([
		{ why: 'the session it would go on with has ended (I2)', seen: session, record: over },
		{ why: 'another session has begun (I9)', seen: session, record: { ...session, id: 'of-bob', sub: 'bob' } },
		{ why: 'the first session was begun by another tab', seen: undefined, record: session },
		{ why: 'the record was cleared', seen: session, record: blank },
		{ why: 'a session has begun and ended', seen: blank, record: over },
	])('is refused if $why since the record was read', ({ seen, record }) => {
		expect(begun(fresh, seen, now, config)(record)).toBeUndefined()
	})
})

describe('a record of a newer version of the application', () => {
	const ended = { ...ofNewerApp, ...over, requests: [request('state')], ends: 3, format: FORMAT + 1, vault: 'of tomorrow' }

	it('is taken over by a sign-in in this version’s format, with what means the same in every format', () => {
		expect(takenOver(ended)).toEqual({
			...blank,
			revision: ended.revision,
			highTime: ended.highTime,
			requests: [request('state')],
			ends: 3,
			id: 'of-alice',
			sub: 'alice',
			end: ended.end,
		})
	})

	it('is left alone while its session is live', () => {
		expect(takenOver(ofNewerApp)).toBeUndefined()
	})

	it('is taken over where there has been no session', () => {
		expect(takenOver({ ...blank, format: FORMAT + 1, revision: 2 })).toEqual({ ...blank, revision: 2 })
	})
})

describe('a record of the previous format', () => {
	const old = { ...over, format: FORMAT - 1 }

	it('is of this version’s format once a session begins', () => {
		const fresh = {
			id: 'new',
			user: { sub: 'alice' },
			request: { silent: false, ends: undefined },
			issuedAt: T,
			tokens: session.living.tokens,
		}
		expect(begun(fresh as unknown as Fresh, old, T, config)(old)).toMatchObject({ format: FORMAT, id: 'new' })
	})
})
