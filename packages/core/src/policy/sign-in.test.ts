import { describe, expect, it } from 'vitest'
import { byUser, config, gone, HOUR, having, MINUTE, ofNewerApp, T } from '../../test/fixtures.ts'
import type { Config } from '../options.ts'
import { blank, FORMAT, type LivingRecord, type SessionRecord, type SignInRequest } from './record.ts'
import { adoptable, begun, codeSent, codeSettled, type Fresh, isLooping, isTooLate, requestOf, signInBegun, takenOver } from './sign-in.ts'

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
		const record = signInBegun(request('state'))(blank)
		expect(requestOf(record, 'state')).toEqual(request('state'))
	})

	it('leaves the session that is there alone', () => {
		expect(signInBegun(request('again'))(session)).toEqual({ ...session, requests: [request('state'), request('again')] })
	})

	it('pushes out the oldest of more than ten', () => {
		const states = Array.from({ length: 12 }, (_, index) => `state-${index}`)
		const record = states.reduce<SessionRecord>((before, state) => signInBegun(request(state))(before) ?? before, blank)
		expect(record.requests.map(({ state }) => state)).toEqual(states.slice(2))
	})

	it.each([
		{ what: 'none was ever made', record: undefined },
		{ what: 'it was made with another state', record: asked },
	])('is not found if $what', ({ record }) => {
		expect(requestOf(record, 'unknown')).toBeUndefined()
	})
})

describe('a code', () => {
	it('is noted as sent, with what a second try needs, since the answer may be lost (P5)', () => {
		expect(codeSent('state')(asked)?.requests).toEqual([request('other'), { ...request('state'), outcome: 'sent' }])
	})

	it('may be sent again while no answer has come', () => {
		const sent = codeSent('state')(asked) as SessionRecord
		expect(codeSent('state')(sent)).toEqual(sent)
	})

	it.each(['answered', 'refused'] as const)('that was %s keeps nothing that could exchange it', outcome => {
		const sent = codeSent('state')(asked) as SessionRecord
		const settled = codeSettled('state', outcome)(sent)
		expect(settled?.requests).toEqual([request('other'), { ...request('state'), secret: undefined, outcome }])
	})

	it.each(['answered', 'refused'] as const)('that was %s is never sent or settled again (P6)', outcome => {
		const settled = codeSettled('state', outcome)(asked) as SessionRecord
		expect(codeSent('state')(settled)).toBeUndefined()
		expect(codeSettled('state', 'answered')(settled)).toBeUndefined()
		expect(codeSettled('state', 'refused')(settled)).toBeUndefined()
	})

	it.each([
		{ what: 'noted as sent', commit: codeSent('state'), noted: { outcome: 'sent', secret } },
		{ what: 'settled', commit: codeSettled('state', 'answered'), noted: { outcome: 'answered', secret: undefined } },
	])('that is $what leaves the session that is there alone', ({ commit, noted }) => {
		expect(commit(session)).toEqual({ ...session, requests: [{ ...request('state'), ...noted }] })
	})

	it('of a state that nobody asked for is neither sent nor settled', () => {
		expect(codeSent('unknown')(asked)).toBeUndefined()
		expect(codeSettled('unknown', 'answered')(asked)).toBeUndefined()
	})
})

describe('sign-ins that nobody asked for', () => {
	const automatic = (...ages: number[]): SessionRecord => ({
		...blank,
		requests: ages.map((age, at) => ({ ...request(`state-${at}`), automatic: true, begunAt: T - age })),
	})

	it.each([
		{ what: 'are none', record: blank, loops: false },
		{ what: 'are two', record: automatic(2000, 1000), loops: false },
		{ what: 'are three within 30 s (P7)', record: automatic(29_999, 1000, 0), loops: true },
		{ what: 'are three in more than 30 s', record: automatic(30_000, 1000, 0), loops: false },
		{ what: 'were asked for', record: { ...blank, requests: ['a', 'b', 'c'].map(request) }, loops: false },
		{ what: 'are in no record', record: undefined, loops: false },
	])('that $what: $loops', ({ record, loops }) => {
		expect(isLooping(record, T, config)).toBe(loops)
	})
})

describe('the sign-ins remembered', () => {
	const many = (make: (index: number) => Partial<SignInRequest>): SessionRecord => ({
		...blank,
		requests: Array.from({ length: 10 }, (_, index) => ({ ...request(`state-${index}`), ...make(index) })),
	})
	const statesAfter = (record: SessionRecord) => signInBegun(request('next'))(record)?.requests.map(({ state }) => state)

	it('are ten, of which the oldest goes', () => {
		expect(statesAfter(many(() => ({})))).toEqual([...Array.from({ length: 9 }, (_, index) => `state-${index + 1}`), 'next'])
	})

	it.each([
		{ what: 'one that is over', part: { secret: undefined, outcome: 'answered' } },
		{ what: 'one that nobody waits for', part: { silent: true } },
	] as const)('lose $what before one that a user is at', ({ part }) => {
		expect(statesAfter(many(index => (index === 7 ? part : {})))).not.toContain('state-7')
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
