// The ways in that a user takes: leaving for the provider, or a window. Commit: signInBegun, before anything leaves.

import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { pause } from '../local/pause.ts'
import { isSamePath } from '../local/response.ts'
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import { duration } from '../option-values.ts'
import type { Config } from '../options.ts'
import { type Commit, isLiving, type SessionRecord } from '../policy/record.ts'
import { signInBegun, takenOver } from '../policy/sign-in.ts'
import { ASK_AGAIN } from '../policy/silent.ts'
import { type AuthorizationParams, askedBy } from '../protocol/authorization.ts'
import { sessionErrorOf } from '../protocol/http.ts'
import type { SignInOptions } from '../session-manager.ts'
import { keptDpopKey, thumbprintOf } from './binding.ts'
import type { Context } from './context.ts'
import { awaitOthers, isTabLooping, noteDeparture, OTHERS_MS } from './unattended.ts'

/** ms after which a page that still runs was not left: the user stayed (a cancelled `beforeunload` has no event). */
const LEAVE_MS = 10_000

/** ms that a page waits before it is left, so that its sign-in is in the ledger of alerts. */
const NOTE_MS = 500

/** Where the application is, as far as its options say: the folder of the redirect URI. */
export const homeOf = ({ redirectUri }: Config): string => new URL('.', redirectUri).pathname

/** A page of this origin, as path with query and fragment; anything else becomes the application's own folder. */
export function ownPage({ config, platform }: Tab, returnTo: string): string {
	try {
		const { href, pathname, search, hash } = new URL(returnTo, platform.address.href)
		const isOwn = href.startsWith(`${new URL(config.redirectUri).origin}/`)
		// A path that begins with two slashes would be another host's.
		return isOwn ? pathname.replace(/^\/+/, '/') + search + hash : homeOf(config)
	} catch {
		return homeOf(config)
	}
}

/**
 * Where a sign-in lands. The redirect URI without a query or fragment of the page's own is no place to come back to: a page that shows why a
 * response was refused stands there, and a callback page may be there.
 */
function landingOf(tab: Tab, wanted: string): string {
	const returnTo = ownPage(tab, wanted)
	const { config } = tab
	const [url, redirect] = [new URL(returnTo, config.redirectUri), new URL(config.redirectUri)]
	const isRedirectUri = isSamePath(url.pathname, redirect.pathname) && !url.hash && (!url.search || url.search === redirect.search)
	return isRedirectUri ? homeOf(config) : returnTo
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
	if (isAutomatic && isTabLooping(context, await tab.read())) {
		void context.note({ kind: 'loop' })
		throw new SessionError('sign_in_loop')
	}
	if (isAutomatic && (await awaitOthers(context, OTHERS_MS))) return stayed(context, 'sign-in')
	await leave(context, { params: paramsOf(context, options), returnTo: options.returnTo, isAutomatic })
}

/** Leaves the page for a sign-in, with a note of where to go after it. @throws SessionError */
export async function leave(context: Context, plan: SignInPlan): Promise<void> {
	const { tab } = context
	const begun = beginSignIn(context, plan).then(sent => kept(context, sent))
	// Of one that cannot begin, for the network is down, nothing is noted; nor of a silent one, for nobody asked for that.
	const noted = plan.isSilent ? undefined : context.note({ kind: 'sign-in-started' }, begun)
	const { url, state, returnTo } = await begun
	if (noted) await Promise.race([noted, pause(tab.platform.clock, NOTE_MS)])
	// A sign-out has taken over.
	if (tab.view.redirecting !== 'sign-in') return
	tab.platform.landing.write(JSON.stringify({ state, returnTo }))
	if (plan.isAutomatic) noteDeparture(context, state)
	depart(context, 'sign-in', () => tab.platform.address.assign(url))
}

/** A sign-in whose verifier goes with this page's memory would come back to a page that cannot finish it. @throws SessionError `storage_unavailable` */
function kept<T extends { readonly state: string }>({ tab, platform }: Context, sent: T): T {
	if (tab.platform.store.inMemory && !platform.requests.read()?.includes(sent.state))
		throw new SessionError('storage_unavailable', { detail: "all storage is blocked; signIn({ method: 'popup' }) needs none" })
	return sent
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
	const returnTo = landingOf(tab, plan.returnTo ?? address.href)
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
		const request =
			(now: number): Commit =>
			record => {
				const ends = endsAt(record)
				// Where the site's data were cleared, the count began anew: one of before could be reached by the end of another session.
				return signInBegun({ ...begun, ends: ends && Math.min(ends, record.ends) }, now)(record)
			}
		if (!(await commit(tab, request, { strict: true, ofNewer: takenOver }))) throw new SessionError('update_required')
		return { url, state, returnTo }
	} catch (error) {
		throw sessionErrorOf(error)
	}
}

/** Leaves the page; if it still runs after a while, it was not left. @param leaves starts the navigation */
export function depart(context: Context, to: 'sign-in' | 'sign-out', leaves: () => void): void {
	context.departure.cancel()
	leaves()
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
