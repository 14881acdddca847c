// Leaving for the provider. Commit: signInBegun, before the page goes away.

import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { duration } from '../options.ts'
import { isLooping, signInBegun } from '../policy/sign-in.ts'
import { askedBy } from '../protocol/authorization.ts'
import { sessionErrorOf } from '../protocol/http.ts'
import type { SignInOptions } from '../session-manager.ts'
import type { Context } from './context.ts'

/** Ends after which nobody is signed in again without being asked who they are (I2). */
const ASK_AGAIN = /^(signed-out(-at-provider)?|idle|lifetime)$/

/** ms after which a page that still runs was not left: the user stayed (a cancelled `beforeunload` has no event). */
const LEAVE_MS = 10_000

/** A page of this origin, as path with query and fragment; anything else becomes `/`. */
export function ownPage(returnTo: string, base: string): string {
	try {
		const { origin, pathname, search, hash } = new URL(returnTo, base)
		// A path that begins with two slashes would be another host's.
		return origin === new URL(base).origin ? pathname.replace(/^\/+/, '/') + search + hash : '/'
	} catch {
		return '/'
	}
}

/** `max_age` in s; 0, which no other duration may be, asks for a login. */
const maxAgeOf = ({ maxAge }: SignInOptions) => maxAge && Math.floor(duration('maxAge', maxAge) / 1000)

/**
 * @param isAutomatic whether nobody asked for it
 * @throws SessionError what stands in the way; the snapshot shows it too
 */
export async function signIn(context: Context, { returnTo, ...options }: SignInOptions, isAutomatic: boolean): Promise<void> {
	const { tab, protocol } = context
	// That of an earlier one, from which the user came back.
	context.departure.cancel()
	const prompt = options.prompt ?? (ASK_AGAIN.test(tab.view.end?.reason ?? '') ? 'login' : undefined)
	const { address, landing, unseal } = tab.platform
	const { redirectUri } = tab.config
	const wanted = ownPage(returnTo ?? address.href, address.href)
	// A page that shows why a response was refused stands at the redirect URI, which is no place to come back to.
	const target = new URL(wanted, address.href).pathname === new URL(redirectUri).pathname ? '/' : wanted
	if (!unseal.supported()) throw new SessionError('environment_unsupported')
	if (isAutomatic && isLooping(await tab.read(), tab.now())) throw new SessionError('sign_in_loop')
	try {
		const params = { ...options, prompt, maxAge: maxAgeOf(options) }
		const { url, state, codeVerifier, nonce } = await protocol.authorizationRequest(params)
		const begun = signInBegun({
			state,
			begunAt: tab.now(),
			returnTo: target,
			reauthenticates: prompt === 'login',
			automatic: isAutomatic,
			secret: { codeVerifier, nonce, redirectUri, ...askedBy(params) },
			outcome: 'begun',
		})
		if (!(await commit(tab, () => begun, { strict: true }))) throw new SessionError('update_required')
		// A sign-out has taken over.
		if (tab.view.redirecting !== 'sign-in') return
		landing.write(JSON.stringify({ state, returnTo: target }))
		depart(context, 'sign-in', url)
	} catch (error) {
		throw sessionErrorOf(error)
	}
}

/** Leaves the page; if it still runs after a while, it was not left. */
export function depart(context: Context, to: 'sign-in' | 'sign-out', url: string): void {
	const { address, clock } = context.tab.platform
	context.departure.cancel()
	address.assign(url)
	context.departure.cancel = clock.after(LEAVE_MS, () => stayed(context, to))
}

/** The page was not left after all. */
export function stayed({ tab }: Context, to: 'sign-in' | 'sign-out'): void {
	if (tab.view.redirecting !== to) return
	tab.view.redirecting = undefined
	tab.settle()
}
