// After the end is committed: the provider's own session ends too (OpenID Connect RP-Initiated Logout 1.0). Nothing waits for the revocation.
import { SessionError } from '../errors.ts'
import type { Former } from '../local/end.ts'
import type { SignOutOptions } from '../session-manager.ts'
import { exchangesOver } from './answer.ts'
import { type Context, revokeFormer } from './context.ts'
import { depart, ownPage, stayed } from './sign-in.ts'

/** Of RP-Initiated Logout 1.0 section 2; what else is in the address belongs to the endpoint. */
const PARAMETERS = new Set('id_token_hint logout_hint client_id post_logout_redirect_uri state'.split(' '))

/** The same request as a form. */
function formOf(url: string): [action: string, fields: [name: string, value: string][]] {
	const action = new URL(url)
	const fields = [...action.searchParams].filter(([name]) => PARAMETERS.has(name))
	for (const [name] of fields) action.searchParams.delete(name)
	return [action.href, fields]
}

/**
 * @param former the session that this tab has just ended
 * @throws SessionError `sign_out_incomplete` if the provider is out of reach
 */
export async function signOutAtProvider(context: Context, former: Former, { logoutHint, returnTo, method }: SignOutOptions): Promise<void> {
	const { tab, protocol, platform } = context
	const { address, landing, random } = tab.platform
	context.departure.cancel()
	try {
		// Whoever signs in again as a deadline passes is not signed out at the provider for it.
		if (/^(idle|lifetime)$/.test(tab.view.record?.end?.reason ?? '')) await exchangesOver(context)
		// Without the key there is no ID token: the provider goes by the client id, and may ask the user.
		const [tokens] = await former.opened
		const target = returnTo === undefined ? undefined : ownPage(tab, returnTo)
		const state = target && random.id()
		const url = await protocol.endSessionUrl({ idToken: tokens?.idToken, logoutHint, state, isPosted: method === 'post' })
		// The page may have stood still: a session that has begun since stands on the provider's own.
		const record = await tab.read().catch(() => tab.view.record)
		if (record && record.id !== former.id) return stayed(context, 'sign-out')
		void revokeFormer(context, former)
		// A provider without such an endpoint sends nobody back: the page is loaded as if it had.
		const way = url ?? target
		if (!way) return stayed(context, 'sign-out')
		if (state) landing.write(JSON.stringify({ state, returnTo: target }))
		depart(context, 'sign-out', () => (url && method === 'post' ? platform.submit(...formOf(url)) : address.assign(way)))
	} catch (cause) {
		throw new SessionError('sign_out_incomplete', { cause })
	}
}
