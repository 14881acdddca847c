import { describe, expect, it } from 'vitest'
import { config, HOUR, having, MINUTE, session, T } from '../../test/fixtures.ts'
import type { Config } from '../options.ts'
import type { EndReason } from '../snapshot.ts'
import { blank, FORMAT, type SessionRecord } from './record.ts'
import { isFrameAllowed, lessonOf, mayBeSilent, silentRefused, silentUnanswered } from './silent.ts'

const framed = { ...config, sso: 'iframe' } as Config
const DAY = 24 * HOUR

describe('a frame', () => {
	it.each([
		{ why: 'the option says so', record: blank, now: T, allowed: true },
		{ why: 'there is no record yet', record: undefined, now: T, allowed: true },
		{ why: 'it has shown to be blocked', record: { ...blank, silentBlockedUntil: T + 1 }, now: T, allowed: false },
		{ why: 'that was long ago', record: { ...blank, silentBlockedUntil: T }, now: T, allowed: true },
	])('is asked where $why: $allowed', ({ record, now, allowed }) => {
		expect(isFrameAllowed(record, now, framed)).toBe(allowed)
		for (const sso of ['off', 'redirect'] as const) expect(isFrameAllowed(record, now, { ...config, sso })).toBe(false)
	})
})

describe('a page that has just loaded', () => {
	const after = (reason: EndReason): SessionRecord => ({ ...session, living: undefined, end: { reason, at: T, tab: 'there' } })

	it.each(['signed-out', 'signed-out-at-provider', 'idle', 'lifetime'] as const)(
		'signs nobody in by itself after the end %s (I2)',
		reason => {
			expect(mayBeSilent(after(reason))).toBe(false)
		},
	)

	it.each(['renewal-rejected', 'interaction-required', 'expired', 'invalid-tokens', 'storage-cleared'] as const)(
		'may try after the end %s',
		reason => {
			expect(mayBeSilent(after(reason))).toBe(true)
		},
	)

	it('leaves the live session of a newer version of the application alone', () => {
		expect(mayBeSilent({ ...session, format: FORMAT + 1 })).toBe(false)
	})

	it('may try where the session of a newer version has ended, unless the user is to be asked again (I2)', () => {
		expect(mayBeSilent({ ...after('expired'), format: FORMAT + 1 })).toBe(true)
		expect(mayBeSilent({ ...after('signed-out'), format: FORMAT + 1 })).toBe(false)
	})

	it('may try where there has been no session', () => {
		expect(mayBeSilent(blank)).toBe(true)
	})
})

it('a frame without an answer is remembered for a day, and renews nothing more', () => {
	expect(silentUnanswered(T)(having({ silent: true }))).toMatchObject({ silentBlockedUntil: T + DAY, living: { silent: false } })
	expect(silentUnanswered(T)(blank)).toEqual({ ...blank, silentBlockedUntil: T + DAY })
})

describe('what a sign-in tells of the last frame', () => {
	const refused = silentRefused(T)(blank) as SessionRecord

	it.each([
		{ what: 'authenticated a minute before the frame was asked', agoMs: 3 * MINUTE, isBlocked: true },
		{ what: 'authenticated after it', agoMs: MINUTE, isBlocked: false },
		{ what: 'authenticated at that very time, by clocks that are coarse', agoMs: 2 * MINUTE + 2000, isBlocked: false },
		{ what: 'has no known age', agoMs: undefined, isBlocked: false },
	])('that $what: blocked cookies, $isBlocked (P17)', ({ agoMs, isBlocked }) => {
		const now = T + 2 * MINUTE
		expect(lessonOf(refused, agoMs, now)).toEqual({ silentRefusedAt: 0, silentBlockedUntil: isBlocked ? now + DAY : 0 })
	})

	it('is nothing where no frame was asked', () => {
		expect(lessonOf({ ...blank, silentBlockedUntil: T + 5 }, DAY, T)).toEqual({ silentRefusedAt: 0, silentBlockedUntil: T + 5 })
	})
})
