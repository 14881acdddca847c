// After the end is committed: the provider's own session ends too (OpenID Connect RP-Initiated Logout 1.0). Nothing waits for the revocation.
import { SessionError } from '../errors.ts'
import type { Tokens } from '../local/tokens.ts'
import type { LivingRecord } from '../policy/record.ts'
import { type Context, revokeFormer } from './context.ts'
import { depart, stayed } from './sign-in.ts'

/**
 * @param former the session that this tab has just ended
 * @throws SessionError `sign_out_incomplete` if the provider is out of reach
 */
export async function signOutAtProvider(context: Context, former: LivingRecord): Promise<void> {
	const { tab, protocol } = context
	context.departure.cancel()
	try {
		const { idToken } = await tab.open<Tokens>(former, former.living.tokens)
		const url = await protocol.endSessionUrl(idToken)
		void revokeFormer(context, former)
		if (!url) return stayed(context, 'sign-out')
		depart(context, 'sign-out', url)
	} catch (cause) {
		throw new SessionError('sign_out_incomplete', { cause })
	}
}
