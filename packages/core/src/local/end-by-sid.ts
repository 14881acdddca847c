// The provider says that its session is over (OpenID Connect Front-Channel Logout 1.0 section 3). No key is had and no token opened here.
import type { Clock, Reach } from '../platform/ports.ts'
import { over, parseCommon, type SessionRecord } from '../policy/record.ts'

/** Of a newer version's record too: the end means the same in every format, and a `sid` that is elsewhere there is none. */
const isOf = (record: SessionRecord | undefined, sid: string): record is SessionRecord =>
	!!record?.id && !record.end && record.living?.sid === sid

/**
 * Ends the living session whose `sid` it is, in all tabs. One strict commit; the hint brings every tab to it at once.
 * @returns whether it was this call that ended it
 * @throws SessionError `storage_unavailable`; whether it has ended is then unknown
 */
export async function endBySid(sid: string, { store, post, hint }: Reach, clock: Clock): Promise<boolean> {
	// Read first: whoever knows no `sid` makes nobody write.
	if (!isOf(parseCommon(await store.read()), sid)) return false
	let made: SessionRecord | undefined
	await store.update(stored => {
		const record = parseCommon(stored)
		if (!isOf(record, sid)) return undefined
		const at = Math.max(clock.wall(), record.highTime)
		const ended = over(record, { reason: 'signed-out-at-provider', at, tab: '' })
		made = { ...ended, revision: record.revision + 1, highTime: at }
		return made
	}, true)
	if (!made) return false
	hint.clear()
	post({ revision: made.revision })
	return true
}
