// After the end is committed: tell the provider. Revocation is not waited for; the navigation ends the provider's own session.
import { SessionError } from '../errors.ts'
import type { Tokens } from '../local/tokens.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { Context } from './context.ts'
import { revokeFormer } from './context.ts'
import { LEAVE_MS, stayed } from './sign-in.ts'

/**
 * @param former the session that this tab has just ended
 * @throws SessionError `sign_out_incomplete` if the provider is out of reach
 */
export async function signOutAtProvider(context: Context, former: LivingRecord): Promise<void> {
	const { tab, protocol } = context
	try {
		const { idToken } = await tab.open<Tokens>(former, former.living.tokens)
		const url = await protocol.endSessionUrl(idToken)
		void revokeFormer(context, former)
		if (!url) return stayed(context, 'sign-out')
		tab.platform.address.assign(url)
		tab.platform.clock.after(LEAVE_MS, () => stayed(context, 'sign-out'))
	} catch (cause) {
		throw new SessionError('sign_out_incomplete', { cause })
	}
}
