// Whether the user is still signed in at the provider, and still the same. Commit: sessionStateChanged.
import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { isLiving } from '../policy/record.ts'
import { sessionStateChanged } from '../policy/session.ts'
import { isFrameAllowed } from '../policy/silent.ts'
import type { Context } from './context.ts'
import type { Recheck } from './monitor.ts'
import { needsUser } from './refusal.ts'
import { recheckByRenewal } from './renew-now.ts'
import { silentCode } from './silent.ts'

/** By a silent sign-in, of which nothing is kept but the provider's name for its session; where that is not allowed, by a renewal. */
export async function recheck(context: Context): ReturnType<Recheck> {
	const { tab, protocol } = context
	const { record } = tab.view
	if (!isLiving(record)) return 'unknown'
	if (!isFrameAllowed(record, tab.now(), tab.config)) return recheckByRenewal(context)
	const { id, sub, living } = record
	try {
		const { exchange, nonce, sessionState } = await silentCode(context, living.dpopKey)
		const answer = await protocol.exchangeCode(exchange, living.dpopKey)
		await protocol.validate(answer, { nonce, sub })
		if (sessionState) await commit(tab, () => sessionStateChanged(id, sessionState))
		return 'same'
	} catch (error) {
		return needsUser(error) || isOfAnother(error) ? 'gone' : 'unknown'
	}
}

/** The provider's session is another user's now: of them nothing is kept (I9). */
const isOfAnother = (error: unknown): boolean =>
	error instanceof SessionError && error.code === 'id_token_invalid' && error.detail === 'sub'
