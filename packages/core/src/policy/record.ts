// The session record: the one truth that all tabs share, and how it is read. Its commits are in `session.ts`, `sign-in.ts` and `renewal.ts`.
import type { Config, Limits } from '../options.ts'
import type { EndReason, User } from '../snapshot.ts'
import { nextEnd } from './deadlines.ts'

/** AES-GCM ciphertext. */
export interface Sealed {
	readonly iv: Uint8Array<ArrayBuffer>
	readonly data: ArrayBuffer
}

/**
 * Of the records this version writes. `format`, `revision`, `highTime`, `id`, `sub`, `end`, `ends`, whether there is `living`, and its `sid` mean the
 * same in every format, and so do those of the `requests` that this version can read. A version with a newer format raises a record to it only
 * while no intent and no answer stand in it: an older page could not store what it is about to receive (I7). A page with an older one leaves a live
 * session alone, but for its end; where none is live a sign-in takes the record back to the older format.
 */
export const FORMAT = 1

/** A sign-in that was begun in some tab, and what became of it. */
export interface SignInRequest {
	/** RFC 6749 section 4.1.1 */
	readonly state: string
	readonly begunAt: number
	readonly returnTo: string
	/** The user proved anew who they are: the lifetime starts again. */
	readonly reauthenticates: boolean
	/** Nobody asked for it. */
	readonly automatic: boolean
	/** Nobody is asked who they are either: `prompt=none`. */
	readonly silent: boolean
	/** `ends` of the record when it began, where a session that has ended since then refuses it (I2); `undefined` where it does not. */
	readonly ends: number | undefined
	/** What the exchange and its check need. Gone once answered. */
	readonly secret: SignInSecret | undefined
	/** `taken`: the session has begun, or gone on, with its tokens. */
	readonly outcome: 'begun' | 'sent' | 'answered' | 'taken' | 'refused'
	/** The page load that sends the code, or has sent it. */
	readonly sender?: string | undefined
	/** The session that was there when it began. */
	readonly session?: string | undefined
	/** A page has been loaded with its response: that is activity once. */
	readonly isLanded?: boolean
}

export interface SignInSecret {
	/** RFC 7636 section 4.1 */
	readonly codeVerifier: string
	/** OpenID Connect Core 3.1.2.1 */
	readonly nonce: string
	readonly redirectUri: string
	/** The authentication may be no older, s (OpenID Connect Core 3.1.2.1). */
	readonly maxAge: number | undefined
	/** One of these was asked for as essential (OpenID Connect Core 5.5.1.1). */
	readonly acr: readonly string[] | undefined
	/** Asked for (RFC 8707 section 2.1). */
	readonly resources: readonly string[]
	/** What the tokens will be bound to (RFC 9449), its private key non-extractable. Absent without `dpop`, and where it is made at the exchange. */
	readonly dpopKey: CryptoKeyPair | undefined
}

/** The mutex of renewal: who may send the refresh token. */
export interface Intent {
	readonly id: string
	/** Made while holding the lock; one that overtook a hanging holder was not. */
	readonly locked: boolean
}

export interface Failure {
	readonly count: number
	/** No tab tries before this moment. */
	readonly retryAt: number
	readonly code: 'network_error' | 'timeout' | 'provider_error' | 'discovery_failed' | 'client_refused'
	readonly oauthError: string | undefined
}

/** A refusal of the refresh token, or of a silent sign-in in its place, that time does not cure. */
export interface Refusal {
	/** The OAuth error code. */
	readonly error: string
	/** How often it came in a row while the access token was expired. */
	readonly count: number
	/** Why the refresh token was given up, if it was: a silent sign-in is tried in its place. */
	readonly cause?: 'rejected' | 'interaction' | undefined
	/** Set where no fallback is left: why the session ends when its access token expires, if the user does not authenticate before. */
	readonly end?: 'interaction-required'
}

/** An access token, as can be told without opening it. */
export interface Issue {
	/** When it was asked for and when it expires, ms in session time. */
	readonly issuedAt: number
	readonly expiresAt: number
	/** Of the token response that brought it. */
	readonly generation: number
}

/** What is there while the session lives. */
export interface Living {
	readonly user: User
	/** Counts token responses, whatever they were asked for. */
	readonly generation: number
	/** Of the token response that brought the main token. */
	readonly mainGeneration: number
	/** Asked for at sign-in: a token for any other would be refused (RFC 8707 section 2.2). */
	readonly resources: readonly string[]
	/** Access tokens beside the main one, by the name of what they were asked for. */
	readonly others: Readonly<Record<string, Issue>>
	readonly startedAt: number
	/** When its latest sign-in was answered. */
	readonly signedInAt: number
	readonly lastActivity: number
	/** When the main access token was asked for and when it expires, ms in session time. */
	readonly issuedAt: number
	readonly expiresAt: number
	/** When the refresh token expires, where the provider tells it; ms in session time. */
	readonly refreshExpiresAt: number | undefined
	/** When the provider ends its own session, where it tells it; ms in session time. */
	readonly sessionExpiresAt: number | undefined
	/** There is a refresh token that has not been refused. */
	readonly renewable: boolean
	/** Fresh tokens may come of a silent sign-in too (`prompt=none`). */
	readonly silent: boolean
	/** The provider's session, as its logout names it: the `sid` claim (OpenID Connect Front-Channel Logout 1.0 section 3). */
	readonly sid: string | undefined
	/** `session_state` of the authorization response (OpenID Connect Session Management 1.0 section 2). */
	readonly sessionState: string | undefined
	readonly tokens: Sealed
	/** Non-extractable; absent for `storage: 'tabs'`. */
	readonly key: CryptoKey | undefined
	/** What the tokens are bound to (RFC 9449), its private key non-extractable; absent without `dpop`. */
	readonly dpopKey: CryptoKeyPair | undefined
	/** A token response that is stored but not yet validated: usable by nobody. */
	readonly pending: Sealed | undefined
	readonly intent: Intent | undefined
	readonly failure: Failure | undefined
	/** The latest since the last token response. */
	readonly refusal?: Refusal | undefined
}

export interface End {
	readonly reason: EndReason
	readonly at: number
	/** Which page load ended it. */
	readonly tab: string
	/** When the session had begun: one that begins again without a word is no younger. */
	readonly startedAt?: number | undefined
	/** `false`: the tab that ended the session did not have its key, so its tokens were not revoked. */
	readonly revoked?: false | undefined
}

export interface SessionRecord {
	readonly format: number
	readonly revision: number
	/** Highest session time seen by a commit. */
	readonly highTime: number
	/** When the session's clock was set by a token response, ms in session time as of then; absent in records of older pages. */
	readonly clockSetAt?: number
	/** How far the wall clock was ahead of the provider's then, ms; 0 within the clock tolerance. */
	readonly skewMs?: number
	readonly requests: readonly SignInRequest[]
	/** How many sessions have ended. */
	readonly ends: number
	/** When a silent sign-in in a frame was last refused, for there was no session at the provider, or its cookies were blocked. */
	readonly silentRefusedAt: number
	/** No silent sign-in in a frame is tried before: the browser blocks the provider's cookies there, or the frame gives no answer. */
	readonly silentBlockedUntil: number
	readonly id: string | undefined
	readonly sub: string | undefined
	readonly end: End | undefined
	readonly living: Living | undefined
}

export type LivingRecord = SessionRecord & { readonly id: string; readonly sub: string; readonly living: Living }

/** A pure change of the record; `undefined` refuses. */
export type Commit = (record: SessionRecord) => SessionRecord | undefined

export const blank: SessionRecord = {
	format: FORMAT,
	revision: 0,
	highTime: 0,
	requests: [],
	ends: 0,
	silentRefusedAt: 0,
	silentBlockedUntil: 0,
	id: undefined,
	sub: undefined,
	end: undefined,
	living: undefined,
}

/**
 * Names the record, its channel and locks. The provider's and the client's name only: every version of an application meets in one record.
 * A colon in a client id could be read as part of the authority, or of a name derived from this one, and is escaped.
 */
export const recordName = ({ authority, clientId }: Pick<Config, 'authority' | 'clientId'>): string =>
	`tabsession:${authority}:${clientId.replace(/[%:]/g, encodeURIComponent)}`

const isTime = Number.isFinite as (value: unknown) => boolean

/** Whether what is computed with is there; a sum is a finite number if all its parts are. */
function isReadable(living: Living): boolean {
	try {
		const isIssue = (issue: Omit<Issue, 'generation'>) => isTime(issue.issuedAt + issue.expiresAt)
		const counts = living.user.sub.length + living.resources.length + living.generation + living.mainGeneration
		const sum = counts + living.startedAt + living.signedInAt + living.lastActivity
		return isTime(sum) && typeof living.tokens === 'object' && [living, ...Object.values(living.others)].every(isIssue)
	} catch {
		return false
	}
}

/** Reads what the store holds; anything that is no record reads as none, and a field or an entry that is malformed as absent. */
export function parse(stored: unknown): SessionRecord | undefined {
	const record = stored as SessionRecord | undefined
	if (!record || !Number.isSafeInteger(record.revision) || !Number.isInteger(record.format)) return undefined
	const { id, living, end, requests, highTime, ends, skewMs = 0 } = record
	const isEnded = isTime(end?.at)
	const isThere = typeof id === 'string' && (isEnded || isNewer(record) || isReadable(living as Living))
	return {
		...blank,
		...record,
		highTime: isTime(highTime) ? highTime : 0,
		ends: isTime(ends) ? ends : 0,
		requests: Array.isArray(requests) ? requests.filter(Boolean) : [],
		end: isEnded ? end : undefined,
		...(!isTime(skewMs) && { skewMs: 0 }),
		...(!isThere && { id: undefined, sub: undefined, living: undefined }),
	}
}

export const isNewer = (record: SessionRecord | undefined): boolean => !!record && record.format > FORMAT

/** Whether a session of a newer version of the application is live: pages of this one leave it alone, but for its end. */
export const isLivingNewer = (record: SessionRecord | undefined): boolean => isNewer(record) && !!record?.living && !record.end

export const isLiving = (record: SessionRecord | undefined): record is LivingRecord =>
	!!record?.id && !record.end && !!record.living && !isNewer(record)

/** A `sub` says who it is at one issuer only (OpenID Connect Core 2); `iss` is there where a predicate takes several. */
export const isSameUser = (one: User | undefined, other: User | undefined): boolean =>
	one?.sub === other?.sub && one?.['iss'] === other?.['iss']

/** The session as it ends, leaving a tombstone. In every format tokens and keys are in `living` only, and go with it. */
export const over = (record: SessionRecord, end: End): SessionRecord => ({
	...record,
	end: { ...end, startedAt: record.living?.startedAt },
	ends: record.ends + 1,
	living: undefined,
})

/** Why the session is over, if it is; of two deadlines, the one that came first. */
export function deadlineReason(
	record: SessionRecord | undefined,
	now: number,
	config: Limits,
): 'idle' | 'lifetime' | 'expired' | undefined {
	if (!isLiving(record)) return undefined
	const { at, reason } = nextEnd(record.living, config)
	// What is no session has no deadline either: its times are no numbers.
	return now >= at ? reason : undefined
}
