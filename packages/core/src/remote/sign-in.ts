// The ways in that a user takes: leaving for the provider, or a window. Commit: signInBegun, before anything leaves.

import { duration } from '../configure.ts'
import { SessionError } from '../errors.ts'
import { pause } from '../local/bounded.ts'
import { commit } from '../local/commit.ts'
import { schedule } from '../local/schedule.ts'
import type { Config } from '../options.ts'
import { type Commit, isLiving, type SessionRecord } from '../policy/record.ts'
import { isLooping, signInBegun, takenOver } from '../policy/sign-in.ts'
import { ASK_AGAIN } from '../policy/silent.ts'
import { type AuthorizationParams, askedBy } from '../protocol/authorization.ts'
import { sessionErrorOf } from '../protocol/http.ts'
import type { SignInOptions } from '../session-manager.ts'
import { keptDpopKey, thumbprintOf } from './binding.ts'
import type { Context } from './context.ts'

/** ms after which a page that still runs was not left: the user stayed (a cancelled `beforeunload` has no event). */
const LEAVE_MS = 10_000

/** ms that a page waits before it is left, so that its sign-in is in the ledger of alerts. */
const NOTE_MS = 500

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

/** `max_age` in s where the lifetime counts from the authentication: the provider asks again whoever has gone past it. */
export const lifetimeMaxAge = ({ lifetime }: Config) =>
	lifetime?.from === 'authentication' ? Math.floor(lifetime.timeoutMs / 1000) : undefined

/** A sign-in to begin. */
export interface SignInPlan {
	readonly params: AuthorizationParams
	/** A page of this origin. Default: the present one. */
	readonly returnTo?: string | undefined
	readonly isAutomatic?: boolean
	readonly isSilent?: boolean
	/** It is for the session that is there, and none if that ends meanwhile. */
	readonly isInPlace?: boolean
}

export const paramsOf = ({ tab }: Context, { returnTo: _, method: __, ...options }: SignInOptions): AuthorizationParams => ({
	...options,
	prompt: options.prompt ?? (ASK_AGAIN.test(tab.view.end?.reason ?? '') ? 'login' : undefined),
	maxAge: maxAgeOf(options),
})

/**
 * @param isAutomatic whether nobody asked for it
 * @throws SessionError what stands in the way; the snapshot shows it too
 */
export async function signIn(context: Context, options: SignInOptions, isAutomatic: boolean): Promise<void> {
	const { tab } = context
	// That of an earlier one, from which the user came back.
	context.departure.cancel()
	if (isAutomatic && isLooping(await tab.read(), tab.now(), tab.config)) {
		void context.note({ kind: 'loop' })
		throw new SessionError('sign_in_loop')
	}
	await leave(context, { params: paramsOf(context, options), returnTo: options.returnTo, isAutomatic })
}

/** Leaves the page for a sign-in, with a note of where to go after it. @throws SessionError */
export async function leave(context: Context, plan: SignInPlan): Promise<void> {
	const { tab } = context
	const begun = beginSignIn(context, plan)
	// Of one that cannot begin, for the network is down, nothing is noted; nor of a silent one, for nobody asked for that.
	const noted = plan.isSilent ? undefined : context.note({ kind: 'sign-in-started' }, begun)
	const { url, state, returnTo } = await begun
	if (noted) await Promise.race([noted, pause(tab.platform.clock, NOTE_MS)])
	// A sign-out has taken over.
	if (tab.view.redirecting !== 'sign-in') return
	tab.platform.landing.write(JSON.stringify({ state, returnTo }))
	depart(context, 'sign-in', url)
}

/** The authorization request, in the record before anything leaves. Commit: signInBegun. @throws SessionError */
export async function beginSignIn(
	context: Context,
	{ params: asked, isAutomatic = false, isSilent = false, isInPlace, ...plan }: SignInPlan,
) {
	const { tab, protocol } = context
	const params = { ...asked, maxAge: asked.maxAge ?? lifetimeMaxAge(tab.config) }
	const { address, unseal } = tab.platform
	const { redirectUri } = tab.config
	if (!unseal.supported()) throw new SessionError('environment_unsupported')
	const wanted = ownPage(plan.returnTo ?? address.href, address.href)
	// A page that shows why a response was refused stands at the redirect URI, which is no place to come back to.
	const returnTo = new URL(wanted, address.href).pathname === new URL(redirectUri).pathname ? '/' : wanted
	const seen = tab.view.record
	try {
		const dpopKey = await keptDpopKey(context)
		const dpopJkt = await thumbprintOf(context, dpopKey)
		const { url, state, codeVerifier, nonce, resources } = await protocol.authorizationRequest({ ...params, dpopJkt })
		const begun = {
			state,
			begunAt: tab.now(),
			returnTo,
			reauthenticates: params.prompt === 'login',
			automatic: isAutomatic,
			silent: isSilent,
			secret: { codeVerifier, nonce, redirectUri, resources, dpopKey, ...askedBy(params) },
			outcome: 'begun',
		} as const
		// A page that has just loaded may not have read yet that there is a session.
		const endsAt = (record: SessionRecord) => (isSilent ? (seen?.ends ?? 0) : isInPlace ? [seen, record].find(isLiving)?.ends : undefined)
		const request: Commit = record => {
			const ends = endsAt(record)
			// Where the site's data were cleared, the count began anew: one of before could be reached by the end of another session.
			return signInBegun({ ...begun, ends: ends && Math.min(ends, record.ends) })(record)
		}
		if (!(await commit(tab, () => request, { strict: true, ofNewer: takenOver }))) throw new SessionError('update_required')
		return { url, state, returnTo }
	} catch (error) {
		throw sessionErrorOf(error)
	}
}

/** Leaves the page; if it still runs after a while, it was not left. */
export function depart(context: Context, to: 'sign-in' | 'sign-out', url: string): void {
	const { address } = context.tab.platform
	context.departure.cancel()
	address.assign(url)
	context.departure.cancel = schedule(context.tab, LEAVE_MS, () => void stayed(context, to))
}

/** The page was not left after all. It reads the record before it shows the session: messages may have been lost meanwhile. */
export async function stayed({ tab, departure }: Context, to: 'sign-in' | 'sign-out'): Promise<void> {
	if (tab.view.redirecting !== to) return
	const { cancel } = departure
	await tab.read().catch(() => {})
	// Another navigation may have begun while the record was read.
	if (tab.view.redirecting !== to || departure.cancel !== cancel) return
	tab.view.redirecting = undefined
	tab.settle()
}
