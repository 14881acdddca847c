// Silent sign-in in a frame (`prompt=none`): whether it is worth a try, and what it has shown.
import type { Config } from '../options.ts'
import { type Commit, isLivingNewer, type SessionRecord } from './record.ts'

/** ms for which no frame is tried once it has shown to be of no use. */
const BLOCKED_MS = 86_400_000

/** ms: the times of an ID token are in seconds, and both may be cut. */
const MARGIN_MS = 2000

/** Ends after which nobody is signed in until somebody asks, nor then without being asked who they are (I2). */
export const ASK_AGAIN = /^(signed-out(-at-provider)?|idle|lifetime)$/

/** A time of the record; one that is malformed is none. */
const timeOf = (value: number | undefined): number => (Number.isFinite(value) ? (value as number) : 0)

/** Whether a frame may be asked at all. */
export const isFrameAllowed = (record: SessionRecord | undefined, now: number, { sso }: Config): boolean =>
	sso === 'iframe' && now >= timeOf(record?.silentBlockedUntil)

/** Whether a page that has just loaded may sign in without a word. */
export const mayBeSilent = (record: SessionRecord): boolean => !isLivingNewer(record) && !ASK_AGAIN.test(record.end?.reason ?? '')

/** The provider knows nobody in the frame. */
export const silentRefused =
	(now: number): Commit =>
	record => ({ ...record, silentRefusedAt: now })

/** The frame gave no answer: the provider forbids to be framed, or the browser blocks its storage. */
export const silentUnanswered =
	(now: number): Commit =>
	record => ({ ...record, silentBlockedUntil: now + BLOCKED_MS, living: record.living && { ...record.living, silent: false } })

/**
 * What a sign-in tells of the last frame. Whoever had authenticated before that was asked, and was unknown there, is unknown in every
 * frame: the browser keeps the provider's cookies from it.
 * @param authenticatedMsAgo by the provider's own clock: the ID token's `iat` less its `auth_time`
 */
export function lessonOf(
	{ silentRefusedAt, silentBlockedUntil }: SessionRecord,
	authenticatedMsAgo: number | undefined,
	now: number,
): Pick<SessionRecord, 'silentRefusedAt' | 'silentBlockedUntil'> {
	const refusedAt = timeOf(silentRefusedAt)
	const wasThere = refusedAt > 0 && (authenticatedMsAgo ?? 0) > now - refusedAt + MARGIN_MS
	return { silentRefusedAt: 0, silentBlockedUntil: wasThere ? now + BLOCKED_MS : timeOf(silentBlockedUntil) }
}
