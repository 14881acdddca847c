// The provider's answer to a sign-in: exchanged once over all tabs. Commits in order: codeSent, codeSettled, begun.

import { SessionError, type SessionErrorCode } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { isSamePath, type SignInResponse } from '../local/response.ts'
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import { type Commit, isLiving, type SessionRecord, type SignInRequest, type SignInSecret } from '../policy/record.ts'
import { type ClockFacts, clockOfNewSession, clockOfSession, clockSet, movedTokens } from '../policy/session-clock.ts'
import {
	adoptable,
	begun,
	codeSent,
	codeSettled,
	type Fresh,
	isPending,
	isSendable,
	isStorable,
	isTaken,
	isTooLate,
	landed,
	requestOf,
	takenOver,
} from '../policy/sign-in.ts'
import { OAuthError, sessionErrorOf } from '../protocol/http.ts'
import type { Expectation } from '../protocol/index.ts'
import { type Answer, clockOffMs } from '../protocol/validate.ts'
import { newDpopKey } from './binding.ts'
import { ageOf, aheadMsSince } from './clock-reading.ts'
import type { Context, Exchanged } from './context.ts'
import { isHandedToOpener } from './opener.ts'
import { persist } from './persist.ts'
import { homeOf, signIn } from './sign-in.ts'
import { within } from './wait.ts'

/** ms that another tab may take for the exchange of the same `state`. */
const QUEUE_MS = 60_000

/** ms that a token response is kept in memory for another try where the storage does not take it. */
const KEPT_MS = 600_000

/** Failures after which another try can begin the session with the same token response. */
const PASSING: ReadonlySet<SessionErrorCode> = new Set<SessionErrorCode>([
	'storage_unavailable',
	'network_error',
	'timeout',
	'discovery_failed',
	'chunk_failed',
])

/**
 * @returns when there is a session, or nothing left to do
 * @throws SessionError to show; one from before the code was sent can be tried again with the same response
 */
export async function answer(context: Context, response: SignInResponse, isRepeated: boolean): Promise<void> {
	const { tab, land } = context
	const { landing } = tab.platform
	// Of a note that something else has written.
	if (![response.state, response.code, response.error, response.iss].every(text => typeof text === 'string')) return landing.clear()
	await noteActivity(context, response)
	const returnTo = await inTurn(context, response, async isHeld => {
		const request = await requestFor(context, response)
		if (!request && (await isHandedToOpener(context, response))) return landing.clear()
		const isOpen = !!request && isExchangeable(context, request)
		if (isOpen) await exchange(context, response, request)
		landing.clear()
		if (!isOpen && isHeld) await giveUp(context, request)
		// A response that is spent: trying again is signing in again.
		if (!isOpen && isRepeated && !isLiving(tab.view.record)) return signInAgain(context, request?.returnTo ?? response.returnTo)
		// A tab that knows the page its user wanted has begun that sign-in itself, whatever became of the record.
		if (!request && response.returnTo === undefined) void context.note({ kind: 'refused', check: 'state' })
		if (!isOpen) replayed(context, request)
		return request?.returnTo ?? homeOf(tab.config)
	})
	// The application's code runs under no lock.
	if (returnTo !== undefined) land(returnTo)
}

/** As `answer`, in a page that stays where it is. */
export async function answerInPlace(context: Context, response: SignInResponse): Promise<void> {
	await noteActivity(context, response)
	return inTurn(context, response, async () => {
		const request = await requestFor(context, response)
		if (request && isExchangeable(context, request)) await exchange(context, response, request)
		else replayed(context, request)
	})
}

/** A user who comes back from the provider is there (I5). Trouble with the storage stands in the way of nothing here. */
async function noteActivity({ tab }: Context, { state, takenAt }: SignInResponse): Promise<void> {
	if (takenAt === undefined) return
	// It was taken before the record was read, whose clock may have a skew.
	const ageMs = () => Math.max(0, tab.platform.clock.wall() - takenAt)
	await commit(tab, now => landed(state, now - ageMs(), now, tab.config)).catch(() => {})
}

/** The sign-in that the response belongs to: as the record has it, unless its token response waits in this page's memory. */
async function requestFor({ tab, answers }: Context, { state }: SignInResponse): Promise<SignInRequest | undefined> {
	const record = await tab.read()
	return answers.get(state)?.request ?? requestOf(record, state)
}

/** Whether this page can exchange the response: no page has sent the code, or the token response is in this page's memory. */
const isExchangeable = ({ tab, answers, sent }: Context, request: SignInRequest): boolean =>
	answers.has(request.state) || (isSendable(request, tab.id) && !sent.has(request.state))

/** The page that sent the code is gone, or holds no token response: whoever waits for this sign-in elsewhere learns that none comes. */
async function giveUp({ tab }: Context, request: SignInRequest | undefined): Promise<void> {
	if (request?.outcome === 'sent') await commit(tab, () => codeSettled(request.state, 'refused')).catch(() => {})
}

const lockOf = (name: string, state: string) => `${name}:${state}`

/** Waits, no longer than a token request may take, until no page is exchanging a response. */
export async function exchangesOver({ tab, name, platform }: Context): Promise<void> {
	const giveUp = new AbortController()
	const cancel = tab.platform.clock.after(tab.config.tokenRequestTimeoutMs, () => giveUp.abort())
	// Granted to a page that sleeps, a lock would hold up whoever loads that response again.
	const forget = tab.beforeSleep(() => giveUp.abort())
	const states = tab.view.record?.requests.filter(isPending).map(({ state }) => state) ?? []
	await Promise.all(states.map(state => platform.locks.queue(lockOf(name, state), giveUp.signal, async () => {}).catch(() => {})))
	cancel()
	forget()
}

/** One exchange of a `state` at a time, over all tabs. */
async function inTurn<T>({ tab, name, platform }: Context, { state }: SignInResponse, task: (isHeld: boolean) => Promise<T>): Promise<T> {
	const giveUp = new AbortController()
	const granted = new AbortController()
	within(tab, QUEUE_MS, () => false, 'sign-in in another tab', granted.signal).catch(reason => giveUp.abort(reason))
	return platform.locks.queue(lockOf(name, state), giveUp.signal, isHeld => {
		granted.abort()
		return task(isHeld)
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
	// An interrupted sign-in that the user did not ask for is no error to show.
	if (request.silent) return
	const endedSince = record?.end && record.end.at >= request.begunAt
	if (!endedSince) throw new SessionError('sign_in_interrupted')
}

async function exchange(context: Context, response: SignInResponse, request: SignInRequest): Promise<void> {
	const { tab, answers } = context
	const { state, secret, reauthenticates: reauthenticated } = request
	if (!secret) return
	const { pathname } = new URL(secret.redirectUri)
	const { arrivedAt = pathname } = response
	if (!isSamePath(arrivedAt, pathname)) {
		const detail = `response at ${arrivedAt}, expected at ${pathname}`
		return refuse(context, request, new SessionError('redirect_uri_mismatch', { detail }))
	}
	if (!(await isOurs(context, response))) return refuse(context, request, new SessionError('state_mismatch', { detail: 'iss' }))
	// Nobody asked, and nobody is to see that nothing came of it.
	if (response.error && request.silent) return void (await commit(tab, () => codeSettled(state, 'refused')))
	if (response.error) return refuse(context, request, sessionErrorOf(errorOf(response, [secret.codeVerifier, secret.nonce])))
	const received = answers.get(state) ?? (await send(context, response, request, secret))
	if (!received) return replayed(context, requestOf(tab.view.record, state))
	// Kept for another try, so that trouble with the storage loses no sign-in and sends no code twice.
	answers.set(state, { ...received, request })
	const forget = () => answers.delete(state)
	const cancel = schedule(tab, KEPT_MS, forget)
	await persist(tab, () => commit(tab, () => codeSettled(state, 'answered'), { strict: true, ofNewer: takenOver }))
	const { nonce, resources, maxAge, acr } = secret
	const sessionState = response.sessionState || undefined
	try {
		await begin(context, received, { nonce, asked: { maxAge, acr }, resources, reauthenticated, request, sessionState })
	} catch (error) {
		// What another try cannot cure must not leave the tokens in memory.
		if (!PASSING.has((error as SessionError).code)) forget()
		throw error
	}
	forget()
	cancel()
}

/** Sends the code, once over all page loads. @returns `undefined` where another page has sent it */
async function send(
	context: Context,
	{ code }: SignInResponse,
	request: SignInRequest,
	{ codeVerifier, redirectUri, dpopKey: begun }: SignInSecret,
): Promise<Exchanged | undefined> {
	const { tab, protocol, sent } = context
	const { state } = request
	try {
		// Whatever can fail before the request leaves fails here, where the code is still unused.
		await protocol.prepare()
		// A page's memory keeps no key over the way to the provider and back.
		const dpopKey = begun ?? (await newDpopKey(context))
		if (!(await commit(tab, () => codeSent(state, tab.id), { strict: true, ofNewer: takenOver }))) return undefined
		sent.add(state)
		return { answer: await protocol.exchangeCode({ code, codeVerifier, redirectUri }, dpopKey), dpopKey }
	} catch (error) {
		const shown = sessionErrorOf(error)
		if (error instanceof OAuthError) return refuse(context, request, shown)
		// The provider may have the code.
		if (sent.has(state)) await commit(tab, () => codeSettled(state, 'refused')).catch(() => {})
		throw shown
	}
}

/** The error of an authorization response (RFC 6749 section 4.1.2.1). @param secrets of the request that it answers */
export const errorOf = ({ error, errorDescription, state, code }: SignInResponse, secrets: readonly string[]): OAuthError =>
	new OAuthError(error, { description: errorDescription, secrets: [state, code, ...secrets] })

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

/** @returns ms by which the wall clock is ahead of the provider's; an ID token that has no time of issue fails its check */
function noteClock({ note }: Context, received: Answer): number {
	const ms = clockOffMs(received)
	if (ms !== undefined) void note({ kind: 'clock-off', ms })
	return ms ?? 0
}

const clockFacts = ({ config, platform }: Tab, time: number, aheadMs: number): ClockFacts => ({
	aheadMs,
	time,
	wall: platform.clock.wall(),
	toleranceMs: config.clockToleranceMs,
})

/** The record, and the time, by the clock that its session goes on with. */
function byProvider(tab: Tab, record: SessionRecord | undefined, aheadMs: number) {
	const facts = clockFacts(tab, tab.now(), aheadMs)
	const change = isLiving(record) ? clockOfSession(record, facts) : undefined
	return { record: record && change ? clockSet(record, change, facts.time) : record, time: facts.time + (change?.byMs ?? 0) }
}

/** Token responses to sign-ins of which a commit was tried. */
const offered = new WeakSet<Answer>()

/**
 * The session begins, or the one of the same user that is there goes on.
 * @throws SessionError `not_authenticated` where a session has ended since, `sign_in_interrupted` where the site's data were cleared
 */
export async function begin(
	context: Context,
	{ answer: received, dpopKey }: Exchanged,
	{ reauthenticated = false, request, resources, sessionState, ...expected }: Answered,
): Promise<void> {
	const { tab, protocol, keys } = context
	const { config, platform } = tab
	const { seal } = context.platform
	const ms = noteClock(context, received)
	const { tokens, ...validated } = await protocol.validate(received, expected).catch(error => unfit(context, error, request))
	const freshId = platform.random.id()
	while (true) {
		const seen = await tab.read()
		const isOffered = offered.has(received)
		// The tokens it had then may have been renewed since, or their session be over.
		if (isTaken(seen, request) || (isOffered && seen?.id === freshId))
			return isOffered ? void context.note({ kind: 'signed-in', user: validated.user }) : undefined
		if (seen && isTooLate(seen, request)) return tooLate(context, tokens.refreshToken, request)
		if (!isStorable(seen, request, isOffered)) return interrupted(seen, request)
		const goesOn = byProvider(tab, seen, aheadMsSince(tab, received, ms))
		const former = adoptable(goesOn.record, validated.user, goesOn.time, config)
		const formerKey = former && tab.keyOf(former)
		const id = former && formerKey ? former.id : freshId
		// After a change of `storage` the key of the session that is there is in the wrong place.
		const isKept = former && formerKey && !former.living.key === (config.storage === 'tabs')
		let isMade = false
		try {
			const { key, inRecord } = isKept ? { key: formerKey, inRecord: former.living.key } : await keys.create(id)
			const sealing = { tokens: await seal.seal(key, tokens), key: inRecord }
			const session = { ...validated, id, reauthenticated, request, resources, sessionState, dpopKey, ...sealing }
			/** Tried again where the page was suspended, or the storage failed, as it was made; another tab may have set the clock meanwhile. */
			const store =
				(now: number): Commit =>
				record => {
					const facts = clockFacts(tab, now, aheadMsSince(tab, received, ms))
					const clock = id === record.id ? clockOfSession(record, facts) : clockOfNewSession(facts)
					const issued = movedTokens(session, now - ageOf(tab, received) - session.issuedAt)
					const fresh = { ...issued, clock, isOffered: offered.has(received) }
					const next = begun(fresh, seen, now, config)(record)
					if (next) offered.add(received)
					return next
				}
			isMade = await persist(tab, () => commit(tab, store, { strict: true, ofNewer: takenOver }))
		} finally {
			keys.settled(id, isMade)
		}
		if (isMade) return void context.note({ kind: 'signed-in', user: validated.user })
		if (tab.view.outdated) throw tab.view.outdated
	}
}

/** The tokens are nobody's (I2). They are left alone once another session has begun, which may stand on the same grant (I8). */
async function tooLate({ tab, protocol }: Context, refreshToken: string | undefined, { silent }: Answered['request']): Promise<void> {
	if (refreshToken && tab.view.record?.end) await protocol.revoke(refreshToken).catch(() => {})
	if (!silent) throw new SessionError('not_authenticated', { detail: 'signed out since' })
}

/** The site's data were cleared: whether the tokens were in the record before, and were used, cannot be known. */
function interrupted(record: SessionRecord | undefined, { silent }: Answered['request']): void {
	if (!silent && !isLiving(record)) throw new SessionError('sign_in_interrupted')
}
