// Renewal: one tab sends, every tab has the result. Commits in order: renewalIntended, secured, renewed; or renewalFailed; or the end. Where a
// silent sign-in is allowed, refreshRefused comes before it, and the answer is that of the sign-in. interactionNeeded where only the user can help.

import { SessionError, type SessionErrorCode } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { end } from '../local/end.ts'
import type { Tab } from '../local/tab.ts'
import { notRenewed, type Tokens } from '../local/tokens.ts'
import type { Indicator } from '../options.ts'
import type { Happening } from '../policy/ledger.ts'
import type { Failure, LivingRecord, Refusal } from '../policy/record.ts'
import {
	backOffMs,
	interactionNeeded,
	isBackingOff,
	isBelieved,
	isFor,
	refreshRefused,
	rejected,
	renewalFailed,
	secured,
	type Target,
	turnReturned,
} from '../policy/renewal.ts'
import { silentUnanswered } from '../policy/silent.ts'
import { type OAuthError, sessionErrorOf, UnknownOutcome } from '../protocol/http.ts'
import { asksForNonce } from '../protocol/proofs.ts'
import type { Answer } from '../protocol/validate.ts'
import { type Context, revokeFormer } from './context.ts'
import { persist } from './persist.ts'
import { published } from './publication.ts'
import { isAboutWhatWasAsked, isGrantOver, needsUser, refusalOf } from './refusal.ts'
import { isUnanswered, silentCode } from './silent.ts'
import { keepTurn, queued, type Turn, takeTurn } from './turn.ts'

export interface Wanted {
	readonly indicator: Indicator
	/** A `retryAt` that does not hold back this time. */
	readonly disregarded: number | undefined
}

/**
 * Asks with the refresh token of `target`; returns when that has brought a token, in whichever tab and for whatever API, or its session is over.
 * @throws SessionError `renewal_failed`, `storage_unavailable`; `provider_error` where what is wanted is refused, beside the main token
 */
export function renew(context: Context, target: Target, { indicator, disregarded }: Wanted): Promise<void> {
	const { tab, protocol } = context
	const standing = tab.view.record?.living?.intent?.id
	return queued(context, target, async (locked, hasWaited) => {
		const before = await tab.read()
		if (!isFor(before, target)) return
		// An answer that the storage did not take: it is the only valid one.
		const kept = context.renewals.get(nameOf(target))
		context.renewals.delete(nameOf(target))
		if (kept) return secure(context, target, before, kept)
		if (isBackingOff(before.living, tab.now(), disregarded)) throw notRenewed(before.living)
		// Asked for before the turn is taken, so that a turn lasts no longer than the send.
		const trouble = await protocol.prepare().catch(sessionErrorOf)
		const turn = await takeTurn(context, target, { locked, disregarded, standing: hasWaited ? standing : undefined })
		const record = tab.view.record
		if (!isFor(record, target)) return
		if (!turn) return settleWithoutSending(context, target, record)
		// A refusal that the storage did not take: the refresh token is never sent again.
		const refusal = context.refusals.get(nameOf(target))
		if (refusal) return refused(context, target, { ...turn, isTakenOver: refusal.isTakenOver }, refusal.error)
		if (trouble) return backOff(context, target, turn.intent.id, trouble)
		await send(context, target, turn, { record, indicator })
	})
}

const nameOf = ({ id, generation }: Target) => `${id}:${generation}`

/** Nothing may be sent: an answer waits that another tab left behind, or there is nothing to renew with. */
async function settleWithoutSending(context: Context, target: Target, record: LivingRecord): Promise<void> {
	const { pending } = record.living
	const answer = pending && (await context.tab.open<Answer>(record, pending))
	if (answer) return publish(context, target, record, answer)
	await context.reconcile()
}

interface Sending {
	readonly record: LivingRecord
	readonly indicator: Indicator
	/** Whether the provider has asked for its nonce already (RFC 9449 section 8). */
	readonly isRepeated?: boolean
}

async function send(context: Context, target: Target, turn: Turn, { record, indicator, isRepeated }: Sending): Promise<void> {
	const { tab, protocol } = context
	if (!record.living.renewable) return askSilently(context, target, turn)
	const tokens = await tab.open<Tokens>(record, record.living.tokens)
	if (!tokens) return
	// Made before the turn is made sure of: it takes a moment, in which the page may stand still.
	let proof: string | undefined
	try {
		proof = await protocol.tokenProof(record.living.dpopKey)
	} catch (error) {
		return backOff(context, target, turn.intent.id, error)
	}
	const intent = await keepTurn(context, target, turn)
	if (!intent) return
	let answer: Answer
	try {
		answer = await protocol.refresh(tokens.refreshToken as string, indicator, proof)
	} catch (error) {
		// Nothing was done with the token. What is sent now is another request: the first may have taken long, or the page stood still since, and
		// others that wait for this turn may have overtaken it. So the turn is made sure of anew.
		if (proof && !isRepeated && asksForNonce(error))
			return send(context, target, { ...turn, intent }, { record, indicator, isRepeated: true })
		if (indicator.name && isAboutWhatWasAsked(error)) return giveBack(context, target, intent.id, error)
		return refused(context, target, { ...turn, intent }, error)
	}
	await secure(context, target, record, answer)
}

const LONG_AGO: Turn['at'] = { wall: 0, mono: Number.NEGATIVE_INFINITY }

/** The ladder's second rung: a silent sign-in in place of the refresh, in the same turn. */
async function askSilently(context: Context, target: Target, turn: Turn): Promise<void> {
	const { tab, protocol } = context
	const { record } = tab.view
	if (!isFor(record, target)) return
	const { dpopKey } = record.living
	let { intent } = turn
	let answer: Answer
	try {
		const { exchange, nonce } = await silentCode(context, dpopKey)
		// A frame takes its time: whatever was known of the turn is old.
		const kept = await keepTurn(context, target, { ...turn, at: LONG_AGO })
		if (!kept) return
		intent = kept
		answer = { ...(await protocol.exchangeCode(exchange, dpopKey)), nonce }
	} catch (error) {
		return unanswered(context, target, intent.id, error)
	}
	// Also where the session has ended meanwhile: then what came is revoked.
	await secure(context, target, record, answer)
}

/** Frames without an answer in a row after which there is no more of them: a first one may have met a passing trouble. */
const MOST_UNANSWERED = 2

async function unanswered(context: Context, target: Target, intent: string, error: unknown): Promise<void> {
	const { tab } = context
	const { record } = tab.view
	if (!isFor(record, target)) return
	const { failure, refusal: before } = record.living
	const isRejected = before?.cause === 'rejected'
	if (needsUser(error)) return isRejected ? void (await over(context, target, intent)) : needInteraction(context, target, intent, error)
	const refusal = refusalOf(record.living, error, tab.now())
	if (refusal && isBelieved(refusal)) return void (await over(context, target, intent))
	if (isUnanswered(error) && (failure?.count ?? 0) + 1 >= MOST_UNANSWERED) {
		await commit(tab, silentUnanswered)
		// There is no other fallback from a refusal that only the user can cure.
		if (before?.cause === 'interaction') return needInteraction(context, target, intent, error)
	}
	return backOff(context, target, intent, error)
}

/** Makes the answer durable, then validates and publishes it. */
async function secure(context: Context, target: Target, record: LivingRecord, answer: Answer): Promise<void> {
	const { tab, protocol } = context
	// Without the key the session has ended since, and what came is revoked.
	const key = tab.keyOf(record)
	let isStored = false
	try {
		const pending = key && (await context.platform.seal.seal(key, { ...answer, page: tab.id }))
		isStored = !!pending && (await persist(tab, () => commit(tab, () => secured(target, pending), { strict: true })))
	} catch (error) {
		context.renewals.set(nameOf(target), answer)
		throw error
	}
	const { record: now } = tab.view
	// Ours; or that of another tab, or of a try that seemed to fail.
	if (isFor(now, target) && now.living.pending) return settleWithoutSending(context, target, now)
	// Stored, it is revoked by whoever ended the session.
	if (isStored) return
	// Refused. After the end the fresh tokens are nobody's (I2); beaten by a successor or a new session they are left
	// alone, for a provider revokes by grant and would take the winner's with them.
	const fresh = answer.response['refresh_token']
	if (now?.id === target.id && now.end && typeof fresh === 'string') await protocol.revoke(fresh).catch(() => {})
}

async function publish(context: Context, target: Target, record: LivingRecord, answer: Answer): Promise<void> {
	const { tab, protocol } = context
	const former = await tab.open<Tokens>(record, record.living.tokens)
	if (!former) return
	let isExpired = false
	try {
		// A refresh token that was refused is none.
		const refreshToken = record.living.renewable ? former.refreshToken : undefined
		const goesOn = { ...former, refreshToken, user: record.living.user }
		const { tokens, authenticatedMsAgo: _, ...validated } = await protocol.validate(answer, { sub: record.sub }, goesOn)
		const key = tab.keyOf(record)
		if (!key) return
		isExpired = validated.expiresAt <= validated.issuedAt
		const kept = isExpired ? { ...former, refreshToken: tokens.refreshToken } : together(former, tokens, answer.name)
		const sealed = await context.platform.seal.seal(key, kept)
		const publication = { answer, former, validated, tokens, sealed, isExpired }
		await persist(tab, () => commit(tab, now => published(context, target, publication, now), { strict: true }))
	} catch (error) {
		const definitive = error instanceof SessionError && (error.code === 'id_token_invalid' || error.code === 'provider_error')
		if (definitive) {
			const ended = await end(tab, 'invalid-tokens', now => isFor(now, target))
			if (ended) await revokeFormer(context, ended)
		} else if (!(error instanceof SessionError && error.code === 'storage_unavailable')) {
			// It waits for better times, as all tabs do. The sender's intent goes with the first failure; later ones find none.
			await backOff(context, target, tab.view.record?.living?.intent?.id, error)
		} else throw error
	}
	if (isExpired) reportExpired(context, answer.name)
}

/** An access token that came expired is a failed renewal; of one beside the main token nobody else waits. */
function reportExpired({ tab }: Context, name: string | undefined): never {
	const error = new SessionError('provider_error', { detail: 'the access token has expired as it arrives' })
	const { failure } = tab.view.record?.living ?? {}
	if (!name && failure) tab.audience.emit('renewalFailed', { error, retryAt: failure.retryAt })
	throw name ? error : new SessionError('renewal_failed', { cause: error, detail: error.code })
}

/** What is there after an answer: a rotated refresh token always, the rest where it belongs. */
function together(former: Tokens, fresh: Tokens, name: string | undefined): Tokens {
	const { accessToken, refreshToken } = fresh
	return name ? { ...former, refreshToken, others: { ...former.others, [name]: accessToken } } : { ...former, ...fresh }
}

/** Nobody else waits for what one API is refused. */
async function giveBack({ tab }: Context, target: Target, intent: string, error: OAuthError): Promise<never> {
	await commit(tab, () => turnReturned(target, intent))
	throw new SessionError('provider_error', { detail: error.message, oauthError: error.code, cause: error })
}

async function refused(context: Context, target: Target, turn: Turn, error: unknown): Promise<void> {
	const { tab } = context
	const { intent } = turn
	const seen = tab.view.record?.living
	const isGrant = isGrantOver(error)
	const isOfUser = needsUser(error)
	const isEnough = (refusal: Refusal | undefined) => !!refusal && (isGrant || isOfUser || isBelieved(refusal))
	if (!(seen && isEnough(refusalOf(seen, error, tab.now())))) {
		return backOff(context, target, intent.id, error)
	}
	context.refusals.set(nameOf(target), { error, isTakenOver: turn.isTakenOver })
	// Another tab's answer may have been the one that made this token old: look before ending anything.
	const record = await tab.read()
	if (!isFor(record, target) || record.living.pending) context.refusals.delete(nameOf(target))
	if (!isFor(record, target)) return
	if (record.living.pending) return settleWithoutSending(context, target, record)
	const refusal = refusalOf(record.living, error, tab.now()) as Refusal
	const rejection = isGrant ? rejectionOf(record, turn, tab.now()) : undefined
	// What is counted of the fallback begins anew.
	const given: Refusal = { ...refusal, count: 0, cause: isOfUser ? 'interaction' : 'rejected' }
	const refuse = () => commit(tab, () => refreshRefused(target, intent.id, given), { strict: true })
	if (record.living.silent && (await persist(tab, refuse))) {
		context.refusals.delete(nameOf(target))
		if (rejection) void context.note(rejection)
		return askSilently(context, target, turn)
	}
	if (isOfUser) return needInteraction(context, target, intent.id, error)
	const isOver = await over(context, target, intent.id)
	context.refusals.delete(nameOf(target))
	if (isOver && rejection) void context.note(rejection)
}

/** Only the user can go on with this session: it is theirs until its access token expires. */
async function needInteraction(context: Context, target: Target, intent: string, error: unknown): Promise<void> {
	const { tab } = context
	const failure = failureOf(tab, error, tab.now())
	const isMade = await persist(tab, () => commit(tab, () => interactionNeeded(target, intent, failure), { strict: true }))
	context.refusals.delete(nameOf(target))
	// An answer that came in between is published instead.
	const { record: after } = tab.view
	if (!isMade && isFor(after, target) && after.living.pending) return settleWithoutSending(context, target, after)
	// Where the access token has expired already, this is the end.
	await context.reconcile()
}

/** Whether the refusal of a refresh token can be of our own doing: a send before whose outcome nobody knows, or an end the provider has told. */
function rejectionOf({ living }: LivingRecord, turn: Turn, now: number): Happening {
	const issuedAt = Math.max(living.issuedAt, ...Object.values(living.others).map(issue => issue.issuedAt))
	const unexplained = !turn.isTakenOver && !living.failure && now < (living.refreshExpiresAt ?? Number.POSITIVE_INFINITY)
	return { kind: 'renewal-rejected', unexplained, age: now - issuedAt }
}

/** The provider gives no more tokens for this session. @returns whether this has ended it */
async function over(context: Context, target: Target, intent: string): Promise<boolean> {
	const { tab } = context
	const reject = (at: number) => rejected(target, intent, { reason: 'renewal-rejected', at, tab: tab.id })
	const ended = await persist(tab, () => commit(tab, reject, { strict: true }))
	// An answer that came in between is published instead.
	const { record: after } = tab.view
	if (!ended && isFor(after, target) && after.living.pending) await settleWithoutSending(context, target, after)
	// Its own end, though it did not see that: the page was put to sleep as it wrote it.
	return ended || (after?.id === target.id && after.end?.reason === 'renewal-rejected' && after.end.tab === tab.id)
}

/** What the record says of a failure, after those that came before it. */
function failureOf({ view }: Tab, error: unknown, retryAt: number): Failure {
	const { code, oauthError } = sessionErrorOf(error)
	const count = (view.record?.living?.failure?.count ?? 0) + 1
	return { count, retryAt, code: isTold(code) ? code : 'provider_error', oauthError }
}

const TOLD: readonly SessionErrorCode[] = ['network_error', 'timeout', 'discovery_failed', 'client_refused']

/** Whether the record tells this code as it is. */
const isTold = (code: SessionErrorCode): code is Failure['code'] => TOLD.includes(code)

async function backOff({ tab }: Context, target: Target, intent: string | undefined, error: unknown): Promise<void> {
	const { record } = tab.view
	if (!isFor(record, target)) return
	const shown = sessionErrorOf(error)
	const retryAfterMs = error instanceof UnknownOutcome ? error.retryAfterMs : 0
	const ms = (count: number) => backOffMs(count, tab.platform.random.fraction(), retryAfterMs)
	const now = tab.now()
	const { count } = failureOf(tab, error, now)
	const failure = failureOf(tab, error, now + ms(count))
	const refusal = refusalOf(record.living, error, now)
	const isNoted = await commit(tab, () => renewalFailed(target, intent, failure, refusal))
	if (isNoted) tab.audience.emit('renewalFailed', { error: shown, retryAt: failure.retryAt })
	throw new SessionError('renewal_failed', { cause: shown, detail: failure.code, oauthError: failure.oauthError })
}
