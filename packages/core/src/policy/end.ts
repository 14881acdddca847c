// The commit that ends a session.
import type { Limits } from '../options.ts'
import { type Commit, deadlineReason, type End, over } from './record.ts'

/** The end, leaving a tombstone; of a deadline only if it is so in the record itself. */
export const ended =
	(id: string, end: End, config: Limits): Commit =>
	record => {
		if (record.id !== id || record.end) return undefined
		const due = deadlineReason(record, end.at, config)
		if (/^(idle|lifetime|expired)$/.test(end.reason) && due !== end.reason) return undefined
		return over(record, { ...end, reason: (end.reason === 'expired' && record.living?.refusal?.end) || end.reason })
	}
