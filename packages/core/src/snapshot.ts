// What an application sees of the session: one union on `status`, and how it is derived from what this tab knows.
import type { Alert } from './alerts.ts'
import type { SessionError } from './errors.ts'
import type { Config } from './options.ts'
import { warningAt } from './policy/deadlines.ts'
import { deadlineReason, isLiving, isSameUser, type SessionRecord } from './policy/record.ts'

/** The claims of the ID token an application may show (OpenID Connect Core 5.1); protocol claims such as `nonce` are left out. */
export interface User {
	readonly sub: string
	readonly name?: string
	readonly given_name?: string
	readonly family_name?: string
	readonly preferred_username?: string
	readonly email?: string
	readonly email_verified?: boolean
	readonly picture?: string
	readonly [claim: string]: unknown
}

/** Why there is no session. */
export type EndReason =
	/** There has been none in this browser. */
	| 'no-session'
	/** `signOut()` was called in some tab. */
	| 'signed-out'
	/** Nobody was active for the idle timeout. */
	| 'idle'
	/** The absolute lifetime is over. */
	| 'lifetime'
	/** The provider refused the refresh token. */
	| 'renewal-rejected'
	/** The tokens ran out, and there was nothing to renew them with. */
	| 'expired'
	/** Only the user could have renewed the tokens, by authenticating or agreeing, and did not before they ran out. */
	| 'interaction-required'
	/** Renewed tokens failed the checks of OpenID Connect Core 12.2. */
	| 'invalid-tokens'
	/** The provider ended its session: front-channel logout, session monitor. */
	| 'signed-out-at-provider'
	/** Another user signed in in this browser. */
	| 'replaced'
	/** The browser's storage was cleared under the running session. */
	| 'storage-cleared'
	/** `storage: 'tabs'`, and no open tab holds the key any more. */
	| 'key-unavailable'

export interface Loading {
	readonly status: 'loading'
	readonly user: undefined
	readonly error: undefined
}

export interface Authenticated<U extends User = User> {
	readonly status: 'authenticated'
	readonly user: U
	/**
	 * `retrying`: the provider or the network is in trouble; the session goes on. `interaction-required`: only the user can renew it, before its access
	 * token expires, by `signIn({ method: 'popup' })` for example.
	 */
	readonly renewal: 'ok' | 'retrying' | 'interaction-required'
	/** Set while an end is announced. */
	readonly warning: 'idle' | 'lifetime' | undefined
	readonly error: undefined
}

export interface Checking {
	readonly status: 'checking'
	readonly user: undefined
	readonly error: undefined
}

export interface Redirecting {
	readonly status: 'redirecting'
	readonly to: 'sign-in' | 'sign-out'
	readonly user: undefined
	readonly error: undefined
}

export interface UserChanged<U extends User = User> {
	readonly status: 'user-changed'
	readonly previousUser: U
	readonly user: U
	readonly error: undefined
}

export interface Unauthenticated {
	readonly status: 'unauthenticated'
	readonly reason: EndReason
	/** When the session ended, ms since the epoch; `undefined` where there was none. */
	readonly at: number | undefined
	readonly by: 'this-tab' | 'other-tab'
	readonly user: undefined
	/** What went wrong, where something did; `retry()` tries again if it is `retryable`. */
	readonly error: SessionError | undefined
}

/** Immutable; the same object until something a user could see has changed. */
export type Snapshot<U extends User = User> = Loading | Authenticated<U> | Checking | Redirecting | UserChanged<U> | Unauthenticated

/** Moments in ms since the epoch, on the session's own clock; `now` is the present on the same clock. Of the session that the page shows, if it does. */
export interface Deadlines {
	readonly now: number
	readonly accessToken?: number
	/** Where the provider tells it: `refresh_token_expires_in` (draft-ietf-oauth-refresh-token-expiration), `refresh_expires_in` of Keycloak. */
	readonly refreshToken?: number
	readonly idleWarning?: number
	readonly idle?: number
	readonly lifetimeWarning?: number
	/** That of the options, or of the provider's own session where it tells that and it comes first: `session_expiry`, `authorization_expires_in`. */
	readonly lifetime?: number
	/** Which of them ends the session if nothing happens; tokens do once nothing can renew them. */
	readonly next?: 'idle' | 'lifetime' | 'refreshToken' | 'accessToken'
	/** The end that the snapshot's `warning` announces. */
	readonly announced?: number
	/** What holds the session in this tab, by the names given to `hold()`. */
	readonly holds?: readonly string[]
}

/** ms that the session may last; `undefined` where there is no such limit. */
export interface Timeouts {
	/** Without activity in any tab. */
	readonly idle: number | undefined
	/** From the sign-in on, whatever happens. */
	readonly lifetime: number | undefined
}

/** Whether it is known who is signed in. */
export const isSettled = ({ status }: Snapshot): boolean => status !== 'loading' && status !== 'checking'

/** What this tab knows; all that a snapshot is derived from. */
export interface View {
	/** The record as last read. */
	record?: SessionRecord | undefined
	/** Whether the record has been read since the page was loaded or restored. */
	isRead: boolean
	/** The user of the first-frame hint, until the record is read. */
	hinted?: User | undefined
	/** Set while a session of a newer version of the application is live. */
	outdated?: SessionError | undefined
	/** The storage does not answer, and since when; gone with the next read. */
	trouble?: { readonly error: SessionError; readonly since: number } | undefined
	/** The storage was in trouble, and has not taken since then what is to be announced: a warning goes by this page's own clock. */
	isAlone: boolean
	/** A sign-in response is being exchanged. */
	isAnswering: boolean
	/** A page that has just loaded tries to sign in without a word: it does not show yet that nobody is signed in. */
	isSilent: boolean
	redirecting?: 'sign-in' | 'sign-out' | undefined
	/** The user has signed out, but the end could not be committed: this tab shows it all the same. */
	unended?: SessionError | undefined
	/** Whose session this page shows; any other is quarantined. */
	accepted?: User | undefined
	/** Whether the living session can be opened here; `undefined` while other tabs are asked for the key. */
	keyed?: boolean | undefined
	/** The wall clock is behind the record's time: `true` until a token response confirms the time, the error where none can. */
	doubt: boolean | SessionError
	/** How the session that this page saw ended. */
	end?:
		| { readonly reason: EndReason; readonly at: number; readonly by: 'this-tab' | 'other-tab'; readonly revoked?: false | undefined }
		| undefined
	error?: SessionError | undefined
	/** Newest first; the same array until there are others. */
	alerts: readonly Alert[]
}

export const blankView: View = {
	isRead: false,
	isAlone: false,
	isAnswering: false,
	isSilent: false,
	doubt: false,
	alerts: [],
}

/** ms until storage that does not answer shows as an error where nothing is known yet. */
const UNREADABLE_MS = 5000

const none = { user: undefined, error: undefined }

export const loading: Loading = { status: 'loading', ...none }

const checking: Checking = { status: 'checking', ...none }

const authenticated = (user: User, renewal: Authenticated['renewal'] = 'ok', warning?: Authenticated['warning']): Authenticated => ({
	status: 'authenticated',
	...none,
	user,
	renewal,
	warning,
})

const unauthenticated = (reason: EndReason, { end, error }: View, trouble = error): Unauthenticated => ({
	status: 'unauthenticated',
	...none,
	reason,
	at: end?.at,
	by: end?.by ?? 'this-tab',
	error: trouble,
})

/** Whether the time is in doubt, and the provider could not be asked to confirm it: nobody can tell for how long. */
export const isTimeUnconfirmed = ({ doubt, record }: View): boolean => doubt === true && !!record?.living?.failure

/** The time that a warning goes by. */
export const warningTime = ({ isAlone, record }: View, now: number): number => (isAlone || !record ? now : record.highTime)

/** A pure function of what this tab knows and the time. */
export function derive(view: View, now: number, config: Config): Snapshot {
	if (view.redirecting) return { status: 'redirecting', to: view.redirecting, ...none }
	if (view.unended) return unauthenticated('signed-out', view, view.unended)
	if (view.isAnswering) return loading
	return view.isRead ? known(view, now, config) : unknown(view, now)
}

/** Before the record is read: the hint, or nothing. */
function unknown(view: View, now: number): Snapshot {
	const { trouble } = view
	const isUnreadable = trouble && now - trouble.since >= UNREADABLE_MS
	if (isUnreadable || view.error) return unauthenticated('no-session', view, isUnreadable ? trouble.error : view.error)
	if (view.hinted) return authenticated(view.hinted)
	return view.accepted ? checking : loading
}

/**
 * What the record says. Past a deadline nothing is shown, whether or not the end is committed yet (I4). A warning goes by the time of the record
 * itself, so that all tabs show it together, and none that has not read what the others have published (I5).
 */
function known(view: View, now: number, config: Config): Snapshot {
	const { record, accepted, outdated, keyed, doubt } = view
	if (outdated) return accepted?.sub === record?.sub && accepted ? authenticated(accepted) : unauthenticated('no-session', view, outdated)
	if (!isLiving(record) && view.isSilent) return loading
	if (!isLiving(record)) return unauthenticated(view.end?.reason ?? 'no-session', view)
	if (keyed === false) return unauthenticated('key-unavailable', view)
	if (doubt || deadlineReason(record, now, config)) return doubt && doubt !== true ? unauthenticated('expired', view, doubt) : checking
	if (keyed === undefined) return unknown(view, now)
	const { user, failure, refusal } = record.living
	if (accepted && !isSameUser(accepted, user)) return { status: 'user-changed', ...none, previousUser: accepted, user }
	return authenticated(user, refusal?.end ?? (failure && 'retrying'), warningAt(record.living, warningTime(view, now), config))
}
