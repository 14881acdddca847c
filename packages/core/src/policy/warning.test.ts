import { describe, expect, it } from 'vitest'
import { activeAt, config, gone, having, MINUTE, session, T } from '../../test/fixtures.ts'
import { isWarningDue, warned } from './warning.ts'

const WARN_AT = T + 29 * MINUTE

describe('the announcement of an end', () => {
	it('is due from its moment on', () => {
		expect([WARN_AT - 1, WARN_AT].map(now => isWarningDue(session, now, config))).toEqual([false, true])
	})

	it('changes nothing but the time of the record, which the commit brings', () => {
		expect(warned(WARN_AT, config)(session)).toEqual(session)
		expect(warned(WARN_AT, config)(session)).not.toBe(session)
	})

	it.each([
		{ why: 'the record is past it already: once is enough', record: { ...session, highTime: WARN_AT } },
		{ why: 'somebody was active in the meantime (I5)', record: activeAt(T + MINUTE) },
		{ why: 'the session has ended', record: gone },
	])('is refused if $why', ({ record }) => {
		expect(warned(WARN_AT, config)(record)).toBeUndefined()
	})

	it('comes again for another end', () => {
		const record = { ...having({ sessionExpiresAt: WARN_AT + 2 * MINUTE, lastActivity: T - 1 }), highTime: WARN_AT }
		const limits = { ...config, lifetime: config.lifetime && { ...config.lifetime, warnBeforeMs: MINUTE } }
		expect([WARN_AT + MINUTE - 1, WARN_AT + MINUTE].map(now => isWarningDue(record, now, limits))).toEqual([false, true])
	})
})
