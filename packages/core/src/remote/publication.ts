// The commit that publishes the token response to a renewal, and sets the session's clock by it where that is wrong (decision 17).
import type { Tokens } from '../local/tokens.ts'
import { CLOCK_LAG_MS } from '../policy/deadlines.ts'
import type { Commit, Failure, Sealed, SessionRecord } from '../policy/record.ts'
import { backOffMs, renewed, renewedExpired, type Target } from '../policy/renewal.ts'
import { clockOfRenewal, clockSet, movedTokens } from '../policy/session-clock.ts'
import { payloadOf } from '../protocol/id-token.ts'
import { type Answer, clockOffMs, type Validated } from '../protocol/validate.ts'
import { ageOf, aheadMsSince } from './clock-reading.ts'
import type { Context } from './context.ts'

export interface Publication {
	readonly answer: Answer
	/** What was there before. */
	readonly former: Tokens
	readonly validated: Omit<Validated, 'tokens' | 'authenticatedMsAgo'>
	readonly tokens: Validated['tokens']
	readonly sealed: Sealed
	/** Whether the access token came expired. */
	readonly isExpired: boolean
}

/** ms between two token responses that may have the same time of issue, which is in seconds. */
const SAME_SECOND_MS = 2000

/** s; none is before any. */
const issueTimeOf = (idToken: string): number => Number(payloadOf(idToken)?.['iat'] ?? 0)

/**
 * How far the wall clock is ahead of the provider's, ms; `undefined` where the answer does not tell: it came to another page, of which it is not known
 * how long it waited, or the provider gave the former ID token, or the former time of issue, again.
 */
function aheadMsBy({ tab }: Context, { answer, former, tokens }: Publication, livedMs: number): number | undefined {
	const laterS = issueTimeOf(tokens.idToken) - issueTimeOf(former.idToken)
	const isNew = laterS > 0 || (laterS === 0 && tokens.idToken !== former.idToken && livedMs < SAME_SECOND_MS)
	return isNew && answer.page === tab.id ? aheadMsSince(tab, answer, clockOffMs(answer)) : undefined
}

/** Whether the wall clock was set forward since the response was asked for: it has gone on further than session time. */
const isSetForward = ({ tab }: Context, { sentWall = 0, issuedAt }: Answer, time: number): boolean =>
	tab.platform.clock.wall() - sentWall - (time - issuedAt) > CLOCK_LAG_MS

function failureAt({ tab }: Context, now: number, { living }: SessionRecord): Failure {
	const count = (living?.failure?.count ?? 0) + 1
	return { count, retryAt: now + backOffMs(count, tab.platform.random.fraction()), code: 'provider_error', oauthError: undefined }
}

/** @param time session time until now */
export function published(context: Context, target: Target, publication: Publication, time: number): Commit {
	const { answer, former, validated, tokens, sealed, isExpired } = publication
	const { platform, config } = context.tab
	return before => {
		const livedMs = time - (before.living?.issuedAt ?? 0)
		const aheadMs = isSetForward(context, answer, time) ? undefined : aheadMsBy(context, publication, livedMs)
		const facts = { time, wall: platform.clock.wall(), toleranceMs: config.clockToleranceMs }
		const change = aheadMs === undefined ? undefined : clockOfRenewal(before, { ...facts, aheadMs })
		const record = change ? clockSet(before, change, time) : before
		const byMs = change?.byMs ?? 0
		const correctionMs = change ? time - ageOf(context.tab, answer) - validated.issuedAt : 0
		const response = movedTokens({ ...validated, tokens: sealed }, byMs + correctionMs)
		// One that was not rotated is as old as it was.
		const isSame = tokens.refreshToken === former.refreshToken
		const refreshExpiresAt = response.refreshExpiresAt ?? (isSame ? record.living?.refreshExpiresAt : undefined)
		const next = { ...response, refreshExpiresAt }
		if (!isExpired) return renewed(target, next, answer.name)(record)
		return renewedExpired(target, next, answer.name ? undefined : failureAt(context, time + byMs, before))(record)
	}
}
