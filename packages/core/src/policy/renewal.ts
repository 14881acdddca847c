// Renewal's commits and its shared back-off. The intent in the record is the mutex (I1); an answer is made durable before it is looked at (I7).
import {
	type Commit,
	type End,
	type Failure,
	type Intent,
	type Issue,
	isLiving,
	type Living,
	type LivingRecord,
	over,
	type Refusal,
	type Sealed,
	type SessionRecord,
} from './record.ts'

/** The session and token generation a renewal is for. */
export interface Target {
	readonly id: string
	readonly generation: number
}

export const isFor = (record: SessionRecord | undefined, { id, generation }: Target): record is LivingRecord =>
	isLiving(record) && record.id === id && record.living.generation === generation

const change =
	(target: Target, make: (living: Living) => Partial<Living> | undefined): Commit =>
	record => {
		if (!isFor(record, target)) return undefined
		const part = make(record.living)
		return part && { ...record, living: { ...record.living, ...part } }
	}

/**
 * Takes the turn to send; refused if another intent than `expected` stands, or an answer already waits. Done again after a sleep that
 * hid what came of it, it finds its own intent.
 */
export const renewalIntended = (target: Target, intent: Intent, expected: string | undefined): Commit =>
	change(target, living => ([expected, intent.id].includes(living.intent?.id) && !living.pending ? { intent } : undefined))

/** The raw answer, sealed. A late one is accepted while no successor is committed. */
export const secured = (target: Target, pending: Sealed): Commit => change(target, living => (living.pending ? undefined : { pending }))

/** What a validated answer publishes. */
export type Published = Pick<
	Living,
	'user' | 'issuedAt' | 'expiresAt' | 'refreshExpiresAt' | 'sessionExpiresAt' | 'renewable' | 'sid' | 'tokens'
>

/** @param name of what was asked for; a token beside the main one leaves that as it is, and the user too */
export const renewed = (target: Target, published: Published, name = ''): Commit =>
	change(target, living => ({
		...published,
		sessionExpiresAt: published.sessionExpiresAt ?? living.sessionExpiresAt,
		// An ID token after a refresh may leave it out; one beside the main token says nothing of the session.
		sid: (!name && published.sid) || living.sid,
		...(name ? beside(living, published, name) : { mainGeneration: living.generation + 1 }),
		generation: living.generation + 1,
		pending: undefined,
		intent: undefined,
		failure: undefined,
		refusal: undefined,
	}))

/** The access token came expired: of the response only the refresh token counts, and all tabs wait. */
export const renewedExpired = (
	target: Target,
	{ tokens, renewable, refreshExpiresAt }: Pick<Published, 'tokens' | 'renewable' | 'refreshExpiresAt'>,
	failure: Failure | undefined,
): Commit =>
	change(target, living => ({
		tokens,
		renewable,
		refreshExpiresAt,
		generation: living.generation + 1,
		pending: undefined,
		intent: undefined,
		failure: failure ?? living.failure,
	}))

function beside({ user, issuedAt, expiresAt, generation, others }: Living, published: Published, name: string): Partial<Living> {
	const issue: Issue = { issuedAt: published.issuedAt, expiresAt: published.expiresAt, generation: generation + 1 }
	return { user, issuedAt, expiresAt, others: { ...others, [name]: issue } }
}

/** The provider refused what was asked for, not the session: the turn is given back, and nobody waits. */
export const turnReturned = (target: Target, intent: string): Commit =>
	change(target, living => (living.intent?.id === intent ? { intent: undefined } : undefined))

/**
 * A failure that passes: the turn is given back and all tabs wait until `retryAt`.
 * @param intent none where an answer cannot be checked
 * @param refusal what counts of it, if it is one
 */
export const renewalFailed = (target: Target, intent: string | undefined, failure: Failure, refusal?: Refusal): Commit =>
	change(target, living => (living.intent?.id === intent ? { intent: undefined, failure, refusal: refusal ?? living.refusal } : undefined))

/** The provider refused the refresh token of `intent`: it is never sent again, and the turn goes on with a silent sign-in where that is allowed. */
export const refreshRefused = (target: Target, intent: string, refusal: Refusal): Commit =>
	change(target, living => (living.intent?.id === intent && living.silent && !living.pending ? { renewable: false, refusal } : undefined))

/** Only the user can renew the session of `intent`: nothing more is sent, and it ends with its access token unless they authenticate before. */
export const interactionNeeded = (target: Target, intent: string, failure: Failure): Commit =>
	change(target, living =>
		living.intent?.id === intent && !living.pending
			? {
					intent: undefined,
					renewable: false,
					silent: false,
					failure,
					refusal: { ...living.refusal, error: failure.oauthError ?? '', count: 0, end: 'interaction-required' },
				}
			: undefined,
	)

/** The same definite refusal this often, while the access token is expired, is believed. */
const MAX_REFUSALS = 3

/** The refusal `error`, with what was counted of it before. */
export function refusalBy({ expiresAt, refusal }: Living, error: string, now: number): Refusal {
	const before = refusal?.error === error ? refusal.count : 0
	return { error, count: now >= expiresAt ? before + 1 : before, cause: refusal?.cause }
}

/** Whether a refusal has come often enough to be believed. */
export const isBelieved = ({ count }: Refusal): boolean => count >= MAX_REFUSALS

/** The provider refused the token of `intent`: the end, unless a valid answer waits or the turn has passed to another tab. */
export const rejected =
	(target: Target, intent: string, end: End): Commit =>
	record =>
		isFor(record, target) && !record.living.pending && record.living.intent?.id === intent ? over(record, end) : undefined

/** Whether all tabs wait. @param disregarded a `retryAt` that does not hold back this time */
export const isBackingOff = ({ failure }: Living, now: number, disregarded: number | undefined): boolean =>
	!!failure && failure.retryAt > now && failure.retryAt !== disregarded

/** ms until the next try: doubling from 1 s to 60 s, spread by up to a quarter; the provider's `Retry-After` (RFC 9110 section 10.2.3) if longer, up to 10 min. */
export function backOffMs(count: number, fraction: number, retryAfterMs = 0): number {
	const doubled = Math.min(60_000, 1000 * 2 ** (count - 1)) * (1 + fraction / 4)
	return Math.max(doubled, Math.min(retryAfterMs, 600_000))
}
