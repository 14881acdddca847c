// The provider's answer to a sign-in: exchanged once over all tabs. Commits in order: codeSent, codeSettled, begun.

import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import type { SignInResponse } from '../local/response.ts'
import { isLiving, type SignInRequest, type SignInSecret } from '../policy/record.ts'
import { adoptable, begun, codeSent, codeSettled, type Fresh, requestOf } from '../policy/sign-in.ts'
import { OAuthError, sessionErrorOf } from '../protocol/http.ts'
import type { Answer } from '../protocol/validate.ts'
import type { Context } from './context.ts'
import { persist } from './persist.ts'
import { signIn } from './sign-in.ts'

/** ms that another tab may take for the exchange of the same `state`. */
const QUEUE_MS = 60_000

/**
 * @returns when there is a session, or nothing left to do
 * @throws SessionError to show; `network_error`, `timeout` and the like can be tried again with the same response
 */
export async function answer(context: Context, response: SignInResponse, isRepeated: boolean): Promise<void> {
	const { tab, name, platform, land } = context
	const { clock, landing } = tab.platform
	const giveUp = new AbortController()
	const cancel = clock.after(QUEUE_MS, () => giveUp.abort(new SessionError('timeout', { detail: 'sign-in in another tab' })))
	const returnTo = await platform.locks.queue(`${name}:${response.state}`, giveUp.signal, async () => {
		cancel()
		const request = requestOf(await tab.read(), response.state)
		if (request?.secret) await exchange(context, response, request)
		landing.clear()
		// A response that is spent: trying again is signing in again.
		if (!request?.secret && isRepeated && !isLiving(tab.view.record)) return signInAgain(context, request?.returnTo ?? response.returnTo)
		if (!request?.secret) replayed(context, request)
		return request?.returnTo ?? '/'
	})
	// The application's code runs under no lock.
	if (returnTo !== undefined) land(returnTo)
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

async function exchange(context: Context, response: SignInResponse, { state, secret, reauthenticates }: SignInRequest): Promise<void> {
	const { tab } = context
	if (!secret) return
	if (!(await isOurs(context, response))) return refuse(context, state, new SessionError('state_mismatch', { detail: 'iss' }))
	if (response.error) return refuse(context, state, sessionErrorOf(new OAuthError(response.error, response.errorDescription)))
	if (!(await commit(tab, () => codeSent(state), { strict: true }))) return
	const received = context.answers.get(state) ?? (await send(context, response, state, secret))
	// Kept for another try, so that trouble with the storage loses no sign-in and sends no code twice.
	context.answers.set(state, received)
	await persist(tab, () => commit(tab, () => codeSettled(state, 'answered'), { strict: true }))
	await begin(context, received, secret, { reauthenticated: reauthenticates, sessionState: response.sessionState || undefined })
	context.answers.delete(state)
}

async function send(
	context: Context,
	{ code }: SignInResponse,
	state: string,
	{ codeVerifier, redirectUri }: SignInSecret,
): Promise<Answer> {
	try {
		return await context.protocol.exchangeCode({ code, codeVerifier, redirectUri })
	} catch (error) {
		const shown = sessionErrorOf(error)
		return error instanceof OAuthError ? refuse(context, state, shown) : Promise.reject(shown)
	}
}

/** RFC 9207: an answer that names another issuer is a mix-up. */
async function isOurs({ protocol }: Context, { iss }: SignInResponse): Promise<boolean> {
	try {
		return await protocol.isOwnIssuer(iss)
	} catch (error) {
		throw sessionErrorOf(error)
	}
}

async function refuse({ tab }: Context, state: string, error: SessionError): Promise<never> {
	tab.platform.landing.clear()
	await commit(tab, () => codeSettled(state, 'refused'))
	throw error
}

/** The session begins, or the one of the same user that is there goes on. */
async function begin(
	context: Context,
	received: Answer,
	{ nonce, ...asked }: SignInSecret,
	signIn: Pick<Fresh, 'reauthenticated' | 'sessionState'>,
): Promise<void> {
	const { tab, protocol, keys } = context
	const { config, platform } = tab
	const { seal } = context.platform
	const { tokens, ...validated } = await protocol.validate(received, { nonce, asked })
	while (true) {
		const seen = await tab.read()
		const former = adoptable(seen, validated.user.sub, tab.now(), config)
		const formerKey = former && tab.keyOf(former)
		const id = former && formerKey ? former.id : platform.random.id()
		const raw = seal.newKey()
		const isOfTabs = config.storage === 'tabs'
		const key = formerKey ?? (await (isOfTabs ? keys.hold(id, raw) : seal.importKey(raw)))
		if (isOfTabs) tab.keep(id, key)
		const sealed = await seal.seal(key, tokens)
		const session = { ...validated, ...signIn, id, tokens: sealed, key: isOfTabs ? undefined : key }
		if (await persist(tab, () => commit(tab, now => begun(session, seen, now, config), { strict: true }))) return
		if (tab.view.outdated) throw tab.view.outdated
	}
}
