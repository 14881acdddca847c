import { describe, expect, it } from 'vitest'
import { activeAt, byUser, config, gone, HOUR, having, MINUTE, ofNewerApp, session, T, unlimited } from '../../test/fixtures.ts'
import { ended } from './end.ts'
import { blank } from './record.ts'
import { keyMoved, touched } from './session.ts'

const idleAt = T + 30 * MINUTE

describe('touched', () => {
	it('moves the last activity and nothing else (I5)', () => {
		expect(touched('of-alice', T + MINUTE, T + 2 * MINUTE, config)(session)).toEqual(activeAt(T + MINUTE))
	})

	it('is taken until the last moment before the deadline (I5)', () => {
		expect(touched('of-alice', idleAt - 1, idleAt - 1, config)(session)).toBeDefined()
	})

	it('is taken at any time where nothing limits the session', () => {
		expect(touched('of-alice', T + 90 * HOUR, T + 90 * HOUR, unlimited)(session)).toBeDefined()
	})

	it.each([
		{ why: 'the idle deadline has come (I5)', record: session, at: idleAt, now: idleAt },
		{ why: 'the deadline has passed since the event (I5)', record: session, at: idleAt - 1, now: idleAt },
		{ why: 'the lifetime is over (I4)', record: activeAt(T + 12 * HOUR - 1), at: T + 12 * HOUR, now: T + 12 * HOUR },
		{ why: 'a later activity is known', record: activeAt(T + 2 * MINUTE), at: T + MINUTE, now: T + 3 * MINUTE },
		{ why: 'the same activity is known', record: activeAt(T + MINUTE), at: T + MINUTE, now: T + MINUTE },
		{ why: 'the session has ended (I2)', record: gone, at: T + MINUTE, now: T + MINUTE },
		{ why: 'another session has begun', record: { ...session, id: 'of-bob' }, at: T + MINUTE, now: T + MINUTE },
		{ why: 'there has never been a session', record: blank, at: T + MINUTE, now: T + MINUTE },
		{ why: 'the record is of a newer format', record: ofNewerApp, at: T + MINUTE, now: T + MINUTE },
	])('is refused if $why', ({ record, at, now }) => {
		expect(touched('of-alice', at, now, config)(record)).toBeUndefined()
	})
})

describe('activity in a session that waits for a word', () => {
	const confirmed = { ...config, idle: { ...config.idle, continueOn: 'confirm' } } as typeof config
	const warnAt = idleAt - MINUTE

	it('is taken before the warning, though it is written after', () => {
		expect(touched('of-alice', warnAt - 1, warnAt + 5000, confirmed)(session)).toEqual(activeAt(warnAt - 1))
	})

	it('is none from the warning on (I5)', () => {
		expect(touched('of-alice', warnAt, warnAt, confirmed)(session)).toBeUndefined()
	})

	it('is the word itself', () => {
		expect(touched('of-alice', warnAt, warnAt, confirmed, true)(session)).toEqual(activeAt(warnAt))
	})

	it('is not taken past the deadline, word or not', () => {
		expect(touched('of-alice', idleAt, idleAt, confirmed, true)(session)).toBeUndefined()
	})
})

describe('ended', () => {
	it('leaves no tokens, no stored response and no key (I2)', () => {
		const sealed = { iv: new Uint8Array(12), data: new ArrayBuffer(8) }
		const record = having({ pending: sealed, key: Object.create(null) as CryptoKey })
		const { living, ...left } = ended('of-alice', byUser, config)(record) as typeof gone
		expect(living).toBeUndefined()
		const secrets: readonly unknown[] = [sealed, record.living.tokens, record.living.key]
		expect(Object.values(left).filter(value => secrets.includes(value))).toEqual([])
	})

	it('leaves a tombstone with reason, time and tab, and no tokens (I2)', () => {
		expect(ended('of-alice', byUser, config)(session)).toEqual({ ...session, end: { ...byUser, startedAt: T }, ends: 1, living: undefined })
	})

	it('drops an answer that waits to be validated (I7)', () => {
		const waiting = { ...session, living: { ...session.living, pending: session.living.tokens } }
		expect(ended('of-alice', byUser, config)(waiting)?.living).toBeUndefined()
	})

	it('is the one commit that a record of a newer format takes, and keeps what it does not know', () => {
		expect(ended('of-alice', byUser, config)(ofNewerApp)).toEqual({
			...ofNewerApp,
			end: { ...byUser, startedAt: T },
			ends: 1,
			living: undefined,
		})
	})

	it.each([
		{ reason: 'idle', at: idleAt, record: session },
		{ reason: 'lifetime', at: T + 12 * HOUR, record: activeAt(T + 12 * HOUR - 1) },
		{ reason: 'expired', at: T + 5 * MINUTE, record: having({ renewable: false }) },
	] as const)('by $reason is taken at the deadline (I4)', ({ reason, at, record }) => {
		expect(ended('of-alice', { reason, at, tab: 'here' }, config)(record)?.end?.reason).toBe(reason)
	})

	it.each([
		{ given: 'expired', told: 'interaction-required' },
		{ given: 'signed-out', told: 'signed-out' },
		{ given: 'signed-out-at-provider', told: 'signed-out-at-provider' },
	] as const)('by $given of a session that only its user could renew is told as $told (I6)', ({ given, told }) => {
		const record = having({ renewable: false, refusal: { error: 'consent_required', count: 0, end: 'interaction-required' } })
		expect(ended('of-alice', { reason: given, at: T + 5 * MINUTE, tab: 'here' }, config)(record)?.end?.reason).toBe(told)
	})

	it.each([
		{ why: 'it has ended already (I8)', reason: 'signed-out', at: T + 2 * MINUTE, record: gone },
		{ why: 'another session has begun', reason: 'signed-out', at: T + MINUTE, record: { ...session, id: 'of-bob' } },
		{ why: 'there has never been a session', reason: 'signed-out', at: T + MINUTE, record: blank },
		{ why: 'nobody has been idle for long enough (I4)', reason: 'idle', at: idleAt - 1, record: session },
		{ why: 'another tab was active meanwhile (I5, P14)', reason: 'idle', at: idleAt, record: activeAt(T + MINUTE) },
		{ why: 'its lifetime is not over (I4)', reason: 'lifetime', at: T + 12 * HOUR - 1, record: activeAt(T + 12 * HOUR - 2) },
		{ why: 'it was idle before its lifetime was over (I8)', reason: 'lifetime', at: T + 12 * HOUR, record: session },
		{ why: 'its lifetime was over before it was idle (I8)', reason: 'idle', at: T + 13 * HOUR, record: activeAt(T + 12 * HOUR - 1) },
		{ why: 'a newer application counts its idleness', reason: 'idle', at: idleAt, record: ofNewerApp },
		{ why: 'its tokens last', reason: 'expired', at: T + 5 * MINUTE - 1, record: having({ renewable: false }) },
		{ why: 'its tokens can be renewed', reason: 'expired', at: T + 6 * MINUTE, record: session },
		{
			why: 'a silent sign-in may bring fresh tokens',
			reason: 'expired',
			at: T + 6 * MINUTE,
			record: having({ renewable: false, silent: true }),
		},
		{ why: 'an answer waits', reason: 'expired', at: T + 6 * MINUTE, record: having({ renewable: false, pending: session.living.tokens }) },
	] as const)('is refused if $why', ({ reason, at, record }) => {
		expect(ended('of-alice', { reason, at, tab: 'here' }, config)(record)).toBeUndefined()
	})
})

describe('keyMoved', () => {
	const key = Object.create(null) as CryptoKey
	const tokens = { iv: new Uint8Array(12).fill(1), data: new ArrayBuffer(8) }
	const target = { id: 'of-alice', generation: 3 }

	it.each([
		{ what: 'into the record', record: session, moved: { tokens, key } },
		{ what: 'out of the record', record: having({ key }), moved: { tokens, key: undefined } },
	])('moves the key $what with the tokens sealed under it, and changes nothing else', ({ record, moved }) => {
		expect(keyMoved(target, moved)(record)).toEqual({ ...record, living: { ...record.living, ...moved } })
	})

	it.each([
		{ why: 'the key is in the record already', record: having({ key }) },
		{ why: 'a renewal is under way (I7)', record: having({ intent: { id: 'a', locked: true } }) },
		{ why: 'a response is stored (I7)', record: having({ pending: tokens }) },
		{ why: 'the tokens have been renewed since', record: having({ generation: 4 }) },
		{ why: 'another session has begun', record: { ...session, id: 'of-bob' } },
		{ why: 'the session has ended (I2)', record: gone },
		{ why: 'the record is of a newer format', record: ofNewerApp },
	])('is refused if $why', ({ record }) => {
		expect(keyMoved(target, { tokens, key })(record)).toBeUndefined()
	})

	it('out of the record is refused where another tab was first', () => {
		expect(keyMoved(target, { tokens, key: undefined })(session)).toBeUndefined()
	})
})
