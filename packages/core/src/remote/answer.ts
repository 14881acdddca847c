// The provider's answer to a sign-in: exchanged once over all tabs. Commits in order: codeSent, codeSettled, begun.

import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import type { SignInResponse } from '../local/response.ts'
import { isLiving, type SignInRequest, type SignInSecret } from '../policy/record.ts'
import { adoptable, begun, codeSent, codeSettled, type Fresh, isTaken, isTooLate, requestOf, takenOver } from '../policy/sign-in.ts'
import { OAuthError, sessionErrorOf } from '../protocol/http.ts'
import type { Expectation } from '../protocol/index.ts'
import { clockOffMs } from '../protocol/validate.ts'
import { newDpopKey } from './binding.ts'
import type { Context, Exchanged } from './context.ts'
import { persist } from './persist.ts'
import { signIn } from './sign-in.ts'
import { within } from './wait.ts'

/** ms that another tab may take for the exchange of the same `state`. */
const QUEUE_MS = 60_000

/**
 * @returns when there is a session, or nothing left to do
 * @throws SessionError to show; `network_error`, `timeout` and the like can be tried again with the same response
 */
export async function answer(context: Context, response: SignInResponse, isRepeated: boolean): Promise<void> {
	const { tab, land } = context
	const { landing } = tab.platform
	const returnTo = await inTurn(context, response, async () => {
		const request = requestOf(await tab.read(), response.state)
		if (request?.secret) await exchange(context, response, request)
		landing.clear()
		// A response that is spent: trying again is signing in again.
		if (!request?.secret && isRepeated && !isLiving(tab.view.record)) return signInAgain(context, request?.returnTo ?? response.returnTo)
		// A tab that knows the page its user wanted has begun that sign-in itself, whatever became of the record.
		if (!request && response.returnTo === undefined) void context.note({ kind: 'refused', check: 'state' })
		if (!request?.secret) replayed(context, request)
		return request?.returnTo ?? '/'
	})
	// The application's code runs under no lock.
	if (returnTo !== undefined) land(returnTo)
}

/** As `answer`, in a page that stays where it is. */
export function answerInPlace(context: Context, response: SignInResponse): Promise<void> {
	return inTurn(context, response, async () => {
		const request = requestOf(await context.tab.read(), response.state)
		if (request?.secret) await exchange(context, response, request)
		else replayed(context, request)
	})
}

/** One exchange of a `state` at a time, over all tabs. */
async function inTurn<T>({ tab, name, platform }: Context, { state }: SignInResponse, task: () => Promise<T>): Promise<T> {
	const giveUp = new AbortController()
	const granted = new AbortController()
	within(tab, QUEUE_MS, () => false, 'sign-in in another tab', granted.signal).catch(reason => giveUp.abort(reason))
	return platform.locks.queue(`${name}:${state}`, giveUp.signal, () => {
		granted.abort()
		return task()
	})
}

async function signInAgain(context: Context, returnTo: string | undefined): Promise<undefined> {
	context.tab.view.redirecting = 'sign-in'
	context.tab.settle()
	await signIn(context, returnTo === undefined ? {} : { returnTo }, false)
}

/** A response seen before, by a reload, Back or a duplicated tab, or one that this browser never asked for. */
function replayed({ tab }: Context, request: SignInRequest | undefined): void {
	const { record } = tab.view
	if (isLiving(record)) return
	if (!request) throw new SessionError('state_mismatch')
	const endedSince = record?.end && record.end.at >= request.begunAt
	if (!endedSince) throw new SessionError('sign_in_interrupted')
}

async function exchange(context: Context, response: SignInResponse, request: SignInRequest): Promise<void> {
	const { tab } = context
	const { state, secret, reauthenticates: reauthenticated } = request
	if (!secret) return
	if (!(await isOurs(context, response))) return refuse(context, request, new SessionError('state_mismatch', { detail: 'iss' }))
	// Nobody asked, and nobody is to see that nothing came of it.
	if (response.error && request.silent) return void (await commit(tab, () => codeSettled(state, 'refused')))
	if (response.error) return refuse(context, request, sessionErrorOf(new OAuthError(response.error, response.errorDescription)))
	if (!(await commit(tab, () => codeSent(state), { strict: true, ofNewer: takenOver }))) return
	const received = context.answers.get(state) ?? (await send(context, response, request, secret))
	// Kept for another try, so that trouble with the storage loses no sign-in and sends no code twice.
	context.answers.set(state, received)
	await persist(tab, () => commit(tab, () => codeSettled(state, 'answered'), { strict: true, ofNewer: takenOver }))
	const { nonce, resources, maxAge, acr } = secret
	const sessionState = response.sessionState || undefined
	await begin(context, received, { nonce, asked: { maxAge, acr }, resources, reauthenticated, request, sessionState })
	context.answers.delete(state)
}

async function send(
	context: Context,
	{ code }: SignInResponse,
	request: SignInRequest,
	{ codeVerifier, redirectUri, dpopKey: begun }: SignInSecret,
): Promise<Exchanged> {
	const { protocol } = context
	try {
		// A page's memory keeps no key over the way to the provider and back.
		const dpopKey = begun ?? (await newDpopKey(context))
		return { answer: await protocol.exchangeCode({ code, codeVerifier, redirectUri }, dpopKey), dpopKey }
	} catch (error) {
		const shown = sessionErrorOf(error)
		return error instanceof OAuthError ? refuse(context, request, shown) : Promise.reject(shown)
	}
}

/** RFC 9207: an answer that names another issuer is a mix-up. */
export async function isOurs({ protocol, note }: Context, { iss }: SignInResponse): Promise<boolean> {
	try {
		const isOwn = await protocol.isOwnIssuer(iss)
		if (!isOwn) void note({ kind: 'refused', check: 'iss' })
		return isOwn
	} catch (error) {
		throw sessionErrorOf(error)
	}
}

async function refuse({ tab, note }: Context, { state, silent }: SignInRequest, error: SessionError): Promise<never> {
	tab.platform.landing.clear()
	const isSettled = await commit(tab, () => codeSettled(state, 'refused'))
	// A foreign issuer has been noted.
	if (isSettled && !silent && error.code !== 'state_mismatch')
		void note({ kind: error.code === 'access_denied' ? 'sign-in-cancelled' : 'sign-in-failed' })
	throw error
}

/** The answer to a sign-in fails a check. What is not about whose answer it is counts only where somebody waits for it. */
function unfit({ note }: Context, error: unknown, { silent }: Answered['request']): never {
	const { code, detail } = error as SessionError
	if (code === 'id_token_invalid' && detail === 'nonce') void note({ kind: 'refused', check: 'nonce' })
	else if (code === 'id_token_invalid' && !silent) void note({ kind: 'refused', check: 'id-token' })
	else if (code === 'provider_error' && !silent) void note({ kind: 'sign-in-failed' })
	throw error
}

/** What an answer to a sign-in is of. */
export interface Answered extends Expectation {
	/** The user proved anew who they are. */
	readonly reauthenticated?: boolean
	readonly request: Fresh['request']
	/** What was asked for beside the main token. */
	readonly resources: readonly string[]
	/** OpenID Connect Session Management 1.0 section 2 */
	readonly sessionState: string | undefined
}

/** The session begins, or the one of the same user that is there goes on. @throws SessionError `not_authenticated` where a session has ended since */
export async function begin(
	context: Context,
	{ answer: received, dpopKey }: Exchanged,
	{ reauthenticated = false, request, resources, sessionState, ...expected }: Answered,
): Promise<void> {
	const { tab, protocol, keys } = context
	const { config, platform } = tab
	const { seal } = context.platform
	const ms = clockOffMs(received)
	if (ms !== undefined) void context.note({ kind: 'clock-off', ms })
	const { tokens, ...validated } = await protocol.validate(received, expected).catch(error => unfit(context, error, request))
	for (let isTried = false; ; isTried = true) {
		const seen = await tab.read()
		// The tokens it had then may have been renewed since, or their session be over.
		if (isTaken(seen, request)) return isTried ? void context.note({ kind: 'signed-in', user: validated.user }) : undefined
		if (seen && isTooLate(seen, request)) return tooLate(context, tokens.refreshToken, request)
		const former = adoptable(seen, validated.user, tab.now(), config)
		const formerKey = former && tab.keyOf(former)
		const id = former && formerKey ? former.id : platform.random.id()
		const raw = seal.newKey()
		const isOfTabs = config.storage === 'tabs'
		const key = formerKey ?? (await (isOfTabs ? keys.hold(id, raw) : seal.importKey(raw)))
		if (isOfTabs) tab.keep(id, key)
		const sealed = await seal.seal(key, tokens)
		const sealing = { tokens: sealed, key: isOfTabs ? undefined : key }
		const session = { ...validated, id, reauthenticated, request, resources, sessionState, dpopKey, ...sealing }
		if (await persist(tab, () => commit(tab, now => begun(session, seen, now, config), { strict: true, ofNewer: takenOver })))
			return void context.note({ kind: 'signed-in', user: validated.user })
		if (tab.view.outdated) throw tab.view.outdated
	}
}

/** The tokens are nobody's (I2). They are left alone once another session has begun, which may stand on the same grant (I8). */
async function tooLate({ tab, protocol }: Context, refreshToken: string | undefined, { silent }: Answered['request']): Promise<void> {
	if (refreshToken && tab.view.record?.end) await protocol.revoke(refreshToken).catch(() => {})
	if (!silent) throw new SessionError('not_authenticated', { detail: 'signed out since' })
}
