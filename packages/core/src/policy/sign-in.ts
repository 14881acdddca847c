// The commits of sign-in: each `state` is exchanged once over all tabs, and the new session meets the one that was there.

import type { Config } from '../options.ts'
import type { User } from '../snapshot.ts'
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
import { isFrameAllowed, lessonOf } from './silent.ts'

/** Sign-ins remembered, so that a late Back or reload finds what became of its `state`. */
const REMEMBERED = 10

export const requestOf = (record: SessionRecord | undefined, state: string): SignInRequest | undefined =>
	record?.requests.find(request => request.state === state)

/** Which of them goes first where there are too many: one that is over, one that nobody waits for, the oldest. */
const worthOf = ({ secret, silent }: SignInRequest): number => (!secret ? 0 : silent ? 1 : 2)

/**
 * A record of a newer version of the application, as a sign-in of this one takes it over: what means the same in every format, in this version's
 * format. `undefined` refuses: a session is live.
 */
export const takenOver = (record: SessionRecord): SessionRecord | undefined => {
	const { revision, highTime, requests, ends, id, sub, end } = record
	return isLivingNewer(record) ? undefined : { ...blank, revision, highTime, requests, ends, id, sub, end }
}

export const signInBegun =
	(request: SignInRequest): Commit =>
	record => {
		const least = [...record.requests].sort((one, other) => worthOf(one) - worthOf(other))[0]
		const kept = record.requests.length < REMEMBERED ? record.requests : record.requests.filter(other => other !== least)
		return { ...record, requests: [...kept, request] }
	}

/** Whether sign-ins that nobody asked for come to nothing, or to a session that is over at once, in whatever tab: somebody has to ask for the next. */
export const isLooping = (record: SessionRecord | undefined, now: number, { loopGuard }: Config): boolean =>
	!!record &&
	record.requests.filter(({ automatic, begunAt }) => automatic && now - begunAt < loopGuard.withinMs).length >= loopGuard.attempts

/** Notes that the code is about to be sent; refused once a token response or a definitive error has arrived. */
export const codeSent = (state: string): Commit => settled(state, 'sent')

/** Notes a token response, or a definitive error: the code is never sent again. */
export const codeSettled = (state: string, outcome: 'answered' | 'refused'): Commit => settled(state, outcome)

const settled =
	(state: string, outcome: SignInRequest['outcome']): Commit =>
	record => {
		const request = requestOf(record, state)
		if (!request?.secret) return undefined
		const next = { ...request, outcome, secret: outcome === 'sent' ? request.secret : undefined }
		return { ...record, requests: record.requests.map(other => (other === request ? next : other)) }
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
	/** As of the request it answers. */
	readonly request: Pick<SignInRequest, 'silent' | 'ends'> & Partial<Pick<SignInRequest, 'state'>>
	readonly resources: readonly string[]
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

/** The session that a new sign-in of `user` goes on with: a living one of the same. */
export const adoptable = (record: SessionRecord | undefined, user: User, now: number, config: Config) =>
	isLiving(record) && isSameUser(record.living.user, user) && !deadlineReason(record, now, config) ? record : undefined

/**
 * The session begins. Over a living one of the same user it goes on with fresh tokens; one of another user is replaced.
 * @param seen the record the tokens were sealed for; refused if its session is no longer the one there, or its deadline has passed since
 */
export const begun =
	(fresh: Fresh, seen: SessionRecord | undefined, now: number, config: Config): Commit =>
	record => {
		const { id, key, reauthenticated: _, authenticatedMsAgo, request, ...published } = fresh
		if (record.id !== seen?.id || !record.living !== !seen?.living || isTooLate(record, request)) return undefined
		if (isTaken(record, request)) return undefined
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
			startedAt: startOf(record, fresh, now, config),
			signedInAt: now,
			lastActivity: now,
			pending: undefined,
			intent: undefined,
			failure: undefined,
		}
		const requests = record.requests.map(each => (each.state === request.state ? { ...each, outcome: 'taken' as const } : each))
		return { ...record, ...lesson, format: FORMAT, requests, ends, id, sub: fresh.user.sub, end: undefined, living }
	}
