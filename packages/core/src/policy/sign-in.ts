// The commits of sign-in: each `state` is exchanged once over all tabs, and the new session meets the one that was there.

import type { Config } from '../options.ts'
import type { User } from '../snapshot.ts'
import { isEnough } from './activity.ts'
import {
	blank,
	type Commit,
	deadlineReason,
	FORMAT,
	isLiving,
	isLivingNewer,
	isSameUser,
	type Living,
	type SessionRecord,
	type SignInRequest,
} from './record.ts'
import type { Published } from './renewal.ts'
import { type ClockChange, clockSet, movedTokens } from './session-clock.ts'
import { isFrameAllowed, lessonOf } from './silent.ts'

/** Sign-ins that are over and are remembered, so that a late Back or reload finds what became of its `state`. */
const MAX_OVER = 10
/** Sign-ins that are pending: more than a user begins in tabs, so that only a flood of them pushes out the oldest. */
const MAX_PENDING = 50
/** ms after which a pending sign-in is forgotten, no provider waits so long, unless it is one of the latest: a clock may have been set. */
const PENDING_MS = 3_600_000
const LATEST = 10

/** Whether everything is there that is needed of it: a malformed one is none. */
function isSound({ begunAt, returnTo, secret }: SignInRequest): boolean {
	if (!Number.isFinite(begunAt) || typeof returnTo !== 'string') return false
	if (secret === undefined) return true
	return (
		[secret?.codeVerifier, secret?.nonce, secret?.redirectUri].every(text => typeof text === 'string') && Array.isArray(secret.resources)
	)
}

export const requestOf = (record: SessionRecord | undefined, state: string): SignInRequest | undefined =>
	record?.requests.find(request => request.state === state && isSound(request))

/** Whether a session may come of it. */
export const isPending = ({ outcome }: SignInRequest): boolean => outcome !== 'taken' && outcome !== 'refused'

/**
 * A record of a newer version of the application, as a sign-in of this one takes it over: what means the same in every format, in this version's
 * format. `undefined` refuses: a session is live.
 */
export const takenOver = (record: SessionRecord): SessionRecord | undefined => {
	const { revision, highTime, requests, ends, id, sub, end } = record
	return isLivingNewer(record) ? undefined : { ...blank, revision, highTime, requests, ends, id, sub, end }
}

/** Those that stay when another begins: of too many that are pending the silent ones go first, then the oldest. */
function remembered(requests: readonly SignInRequest[], now: number): readonly SignInRequest[] {
	const pending = requests.filter(isPending).filter(({ begunAt }, at, all) => at >= all.length - LATEST || now - begunAt < PENDING_MS)
	const byWorth = [...pending.filter(({ silent }) => silent), ...pending.filter(({ silent }) => !silent)]
	const over = requests.filter(request => !isPending(request))
	const kept = new Set([...over.slice(-MAX_OVER), ...byWorth.slice(1 - MAX_PENDING)])
	return requests.filter(request => kept.has(request))
}

/** Made again where the page did not learn whether it was made, it changes nothing more. */
export const signInBegun =
	(request: SignInRequest, now: number): Commit =>
	record => {
		const others = record.requests.filter(({ state }) => state !== request.state)
		const begun = { ...request, begunAt: now, session: isLiving(record) ? record.id : undefined }
		return { ...record, requests: [...remembered(others, now), begun] }
	}

/**
 * The first load of a page with the response to a sign-in that the user started is activity of the session in which it began (I5), before the
 * deadline only.
 * @param at when the response was taken
 */
export const landed =
	(state: string, at: number, now: number, config: Config): Commit =>
	record => {
		const request = requestOf(record, state)
		if (request?.outcome !== 'begun' || request.isLanded || request.automatic || request.silent) return undefined
		if (!isLiving(record) || record.id !== request.session || deadlineReason(record, now, config)) return undefined
		const { living } = record
		const lastActivity = isEnough(living, at, config) ? Math.max(living.lastActivity, Math.min(at, now)) : living.lastActivity
		return { ...replaced(record, request, { isLanded: true }), living: { ...living, lastActivity } }
	}

/** When an unattended sign-in left the page, ms in session time. */
export interface Departure {
	readonly state: string
	readonly at: number
}

/** The unattended departures of all tabs, where a tab cannot tell its own. */
export const departuresOf = (record: SessionRecord | undefined): readonly Departure[] =>
	record?.requests.filter(({ automatic }) => automatic).map(({ state, begunAt: at }) => ({ state, at })) ?? []

export const withinWindow = (departures: readonly Departure[], now: number, { loopGuard }: Config): readonly Departure[] =>
	departures.filter(({ at }) => Math.abs(now - at) < loopGuard.withinMs)

/** Whether unattended sign-ins bring no session, or one that ends at once: the user has to start the next. */
export const isLooping = (departures: readonly Departure[], now: number, config: Config): boolean =>
	withinWindow(departures, now, config).length >= config.loopGuard.attempts

/** When the latest unattended sign-in began of which a session may still come, ms in session time. */
export const unattendedSince = (record: SessionRecord): number => {
	// One that a session which has ended since refuses (I2) is waited for in vain.
	const isOpen = ({ ends }: SignInRequest) => ends === undefined || ends === record.ends
	const hopeful = record.requests.filter(request => request.automatic && isPending(request) && isOpen(request))
	return Math.max(0, ...hopeful.map(({ begunAt }) => begunAt))
}

const replaced = (record: SessionRecord, request: SignInRequest, next: Partial<SignInRequest>): SessionRecord => ({
	...record,
	requests: record.requests.map(other => (other === request ? { ...request, ...next } : other)),
})

/** Whether the page load `sender` may send the code: no page has. One that did not learn whether its commit was made finds itself as the sender. */
export const isSendable = ({ outcome, sender }: SignInRequest, by: string): boolean =>
	outcome === 'begun' || (outcome === 'sent' && sender === by)

/** Notes that the page load `sender` is about to send the code; refused once another may have sent it (RFC 6749 section 4.1.2). */
export const codeSent =
	(state: string, sender: string): Commit =>
	record => {
		const request = requestOf(record, state)
		return request && isSendable(request, sender) ? replaced(record, request, { outcome: 'sent', sender }) : undefined
	}

/** Notes a token response, or that none comes any more: nothing that could exchange the code is kept. */
export const codeSettled =
	(state: string, outcome: 'answered' | 'refused'): Commit =>
	record => {
		const request = requestOf(record, state)
		return request?.secret ? replaced(record, request, { outcome, secret: undefined }) : undefined
	}

export interface Fresh extends Published {
	readonly id: string
	readonly sessionState: string | undefined
	readonly key: CryptoKey | undefined
	readonly dpopKey: CryptoKeyPair | undefined
	/** The lifetime starts anew even in the session that was there. */
	readonly reauthenticated: boolean
	/** By the provider's clock. */
	readonly authenticatedMsAgo: number | undefined
	/** Whether a commit of it was tried before, whose outcome may be unknown. */
	readonly isOffered: boolean
	/** As of the request it answers. */
	readonly request: Pick<SignInRequest, 'silent' | 'ends'> & Partial<Pick<SignInRequest, 'state'>>
	readonly resources: readonly string[]
	/** Sets the session's clock. */
	readonly clock?: ClockChange | undefined
}

/** Whether a sign-in comes too late: a session has ended since (I2), or one is there and nobody asked for this: it is no activity either (I5, I9). */
export const isTooLate = (record: SessionRecord, { silent, ends }: Fresh['request']): boolean =>
	(ends !== undefined && ends !== record.ends) || (silent && isLiving(record))

/** ms: the times of an ID token are in seconds, and both may be cut. */
const MARGIN_MS = 2000

/**
 * What the lifetime counts from, ms in session time. It starts anew with a user who proves who they are, and only with one: a session that begins
 * without a word where one of the same user has ended, or that nobody asked for and nobody was asked for, is as old as that one, unless the user has
 * proven that elsewhere since: then it is as old as this.
 */
function startOf(
	record: SessionRecord,
	{ user, issuedAt, reauthenticated, authenticatedMsAgo, request }: Fresh,
	now: number,
	config: Config,
): number {
	const { begunAt = now, automatic = false } = requestOf(record, request.state ?? '') ?? {}
	/** The user had authenticated before this was begun; `false` where the provider does not tell. */
	const isEarlier = (authenticatedMsAgo ?? 0) > now - begunAt + MARGIN_MS
	const former = isLiving(record) && isSameUser(record.living.user, user) ? record.living : record.sub === user.sub ? record.end : undefined
	const isThere = isLiving(record) && !deadlineReason(record, now, config)
	const goesOn = isThere ? !reauthenticated || isEarlier : request.silent || (automatic && isEarlier)
	// Not from the present moment: the page may have slept since the answer came.
	const authenticatedAt = issuedAt - (authenticatedMsAgo ?? 0)
	if (goesOn && former?.startedAt !== undefined) {
		const isSince = !isThere && authenticatedMsAgo !== undefined && authenticatedAt > former.startedAt + MARGIN_MS
		return isSince ? authenticatedAt : former.startedAt
	}
	return config.lifetime?.from === 'authentication' ? authenticatedAt : issuedAt
}

/** Whether the session of this sign-in has begun already, though the page did not see it: it was put to sleep as it wrote that. */
export const isTaken = (record: SessionRecord | undefined, { state }: Fresh['request']): boolean =>
	state !== undefined && requestOf(record, state)?.outcome === 'taken'

/**
 * Whether the token response of this sign-in may be stored: it is stored at most once, or a refresh token that was used since would be sent again (I1).
 * @param isOffered whether a commit of it was tried before: then only a request that still waits for it proves that none was made, for the site's
 * data may have been cleared since
 */
export const isStorable = (record: SessionRecord | undefined, { state }: Fresh['request'], isOffered: boolean): boolean => {
	const { outcome } = (state !== undefined && record && requestOf(record, state)) || {}
	return outcome === 'answered' || (!isOffered && outcome !== 'taken')
}

/** The session that a new sign-in of `user` goes on with: a living one of the same. */
export const adoptable = (record: SessionRecord | undefined, user: User, now: number, config: Config) =>
	isLiving(record) && isSameUser(record.living.user, user) && !deadlineReason(record, now, config) ? record : undefined

/**
 * The session begins. Over a living one of the same user it goes on with fresh tokens; one of another user is replaced.
 * @param time session time until now; `fresh.clock` may set it
 * @param seen the record the tokens were sealed for; refused if its session is no longer the one there, or its deadline has passed since
 */
export const begun =
	(fresh: Fresh, seen: SessionRecord | undefined, time: number, config: Config): Commit =>
	before => {
		const { id, key, reauthenticated: _, authenticatedMsAgo, isOffered, request, clock, ...response } = fresh
		const byMs = clock?.byMs ?? 0
		const now = time + byMs
		const record = clock ? clockSet(before, clock, time) : before
		const published = movedTokens(response, byMs)
		if (record.id !== seen?.id || !record.living !== !seen?.living || isTooLate(record, request)) return undefined
		if (!isStorable(record, request, isOffered)) return undefined
		const former: Living | undefined = isLiving(record) && record.id === id ? record.living : undefined
		if (former && deadlineReason(record, now, config)) return undefined
		const lesson = lessonOf(record, authenticatedMsAgo, now)
		const ends = isLiving(record) && !former ? record.ends + 1 : record.ends
		const generation = (former?.generation ?? 0) + 1
		const living: Living = {
			...published,
			silent: isFrameAllowed({ ...record, ...lesson }, now, config),
			key,
			generation,
			mainGeneration: generation,
			others: {},
			startedAt: startOf(record, { ...fresh, issuedAt: published.issuedAt }, now, config),
			signedInAt: now,
			lastActivity: now,
			pending: undefined,
			intent: undefined,
			failure: undefined,
		}
		const requests = record.requests.map(each => (each.state === request.state ? { ...each, outcome: 'taken' as const } : each))
		return { ...record, ...lesson, format: FORMAT, requests, ends, id, sub: fresh.user.sub, end: undefined, living }
	}
