// After the end is committed: the provider's own session ends too (OpenID Connect RP-Initiated Logout 1.0). Nothing waits for the revocation.
import { SessionError } from '../errors.ts'
import type { Tokens } from '../local/tokens.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { SignOutOptions } from '../session-manager.ts'
import { exchangesOver } from './answer.ts'
import { type Context, revokeFormer } from './context.ts'
import { depart, ownPage, stayed } from './sign-in.ts'

/**
 * @param former the session that this tab has just ended
 * @throws SessionError `sign_out_incomplete` if the provider is out of reach
 */
export async function signOutAtProvider(context: Context, former: LivingRecord, { logoutHint, returnTo }: SignOutOptions): Promise<void> {
	const { tab, protocol } = context
	const { address, landing, random } = tab.platform
	context.departure.cancel()
	try {
		// Whoever signs in again as a deadline passes is not signed out at the provider for it.
		if (/^(idle|lifetime)$/.test(tab.view.record?.end?.reason ?? '')) await exchangesOver(context)
		const { idToken } = await tab.open<Tokens>(former, former.living.tokens)
		const target = returnTo === undefined ? undefined : ownPage(returnTo, address.href)
		const state = target && random.id()
		const url = await protocol.endSessionUrl({ idToken, logoutHint, state })
		// The page may have stood still: a session that has begun since stands on the provider's own.
		const record = await tab.read().catch(() => tab.view.record)
		if (record && record.id !== former.id) return stayed(context, 'sign-out')
		void revokeFormer(context, former)
		// A provider without such an endpoint sends nobody back: the page is loaded as if it had.
		const way = url ?? target
		if (!way) return stayed(context, 'sign-out')
		if (state) landing.write(JSON.stringify({ state, returnTo: target }))
		depart(context, 'sign-out', way)
	} catch (cause) {
		throw new SessionError('sign_out_incomplete', { cause })
	}
}
