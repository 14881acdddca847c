// The commits of sign-in: each `state` is exchanged once over all tabs, and the new session meets the one that was there.

import type { Config } from '../options.ts'
import { type Commit, deadlineReason, isLiving, type Living, type SessionRecord, type SignInRequest } from './record.ts'
import type { Published } from './renewal.ts'

/** Sign-ins remembered, so that a late Back or reload finds what became of its `state`. */
const REMEMBERED = 10

/** Sign-ins that nobody asked for, within so many ms, after which there is no more of them. */
const MOST_AUTOMATIC = 3
const WITHIN_MS = 30_000

export const requestOf = (record: SessionRecord | undefined, state: string): SignInRequest | undefined =>
	record?.requests.find(request => request.state === state)

export const signInBegun =
	(request: SignInRequest): Commit =>
	record => ({ ...record, requests: [...record.requests.slice(1 - REMEMBERED), request] })

/** Whether sign-ins that nobody asked for come to nothing, or to a session that is over at once, in whatever tab: somebody has to ask for the next. */
export const isLooping = (record: SessionRecord | undefined, now: number): boolean =>
	!!record && record.requests.filter(({ automatic, begunAt }) => automatic && now - begunAt < WITHIN_MS).length >= MOST_AUTOMATIC

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
	/** The lifetime starts anew even in the session that was there. */
	readonly reauthenticated: boolean
}

/** The session that a new sign-in of `sub` goes on with: a living one of the same user. */
export const adoptable = (record: SessionRecord | undefined, sub: string, now: number, config: Config) =>
	isLiving(record) && record.sub === sub && !deadlineReason(record, now, config) ? record : undefined

/**
 * The session begins. Over a living one of the same user it goes on with fresh tokens; one of another user is replaced.
 * @param seen the record the tokens were sealed for; refused if its session is no longer the one there, or its deadline has passed since
 */
export const begun =
	(fresh: Fresh, seen: SessionRecord | undefined, now: number, config: Config): Commit =>
	record => {
		const { id, key, reauthenticated, ...published } = fresh
		if (record.id !== seen?.id || !record.living !== !seen?.living) return undefined
		const former: Living | undefined = isLiving(record) && record.id === id ? record.living : undefined
		if (former && deadlineReason(record, now, config)) return undefined
		const living: Living = {
			...published,
			key,
			generation: (former?.generation ?? 0) + 1,
			startedAt: former && !reauthenticated ? former.startedAt : now,
			lastActivity: now,
			pending: undefined,
			intent: undefined,
			failure: undefined,
		}
		return { ...record, id, sub: fresh.user.sub, end: undefined, living }
	}
