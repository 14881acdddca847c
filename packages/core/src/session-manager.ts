// The public methods of a session manager. `manager.ts` composes one.
import type { Alert } from './alerts.ts'
import type { StepUpChallenge } from './errors.ts'
import type { SessionEventHandler, SessionEventType } from './events.ts'
import type { AccessTokenOptions, ClaimsRequest, Duration } from './options.ts'
import type { Deadlines, Snapshot, Timeouts, User } from './snapshot.ts'

export interface SignInOptions {
	/**
	 * `'redirect'` (default): the page is left. `'popup'`: a window of its own, which has to be opened in a click; the page stays, and with it what
	 * the user has typed. It needs the callback page of `@tabsession/core/callback`.
	 */
	readonly method?: 'redirect' | 'popup'
	/**
	 * Page to land on after sign-in, of this origin. Default: the present page. The folder of `redirectUri` in place of a page of another origin, and of
	 * `redirectUri` itself where that has no query or fragment of the page's own.
	 */
	readonly returnTo?: string
	/** OpenID Connect Core 3.1.2.1. Default: `'login'` after an end by the user (here or at the provider), idleness or lifetime, else none. */
	readonly prompt?: 'login' | 'consent' | 'select_account'
	/** OpenID Connect Core 3.1.2.1. */
	readonly loginHint?: string
	/** Wished for, in this order (OpenID Connect Core 3.1.2.1). What must be there goes into `claims`. */
	readonly acrValues?: readonly string[] | undefined
	/** The user has authenticated no longer ago than this; `0` for anew (OpenID Connect Core 3.1.2.1). The ID token has to show it. */
	readonly maxAge?: Duration | undefined
	/** BCP 47 language tags, preferred first (OpenID Connect Core 3.1.2.1). */
	readonly uiLocales?: readonly string[]
	/** OpenID Connect Core 5.5. An `acr` asked for as essential has to be in the ID token. */
	readonly claims?: ClaimsRequest
	/** APIs to ask for (RFC 8707 section 2.1), beside those that the session manager knows of. */
	readonly resource?: string | readonly string[]
	/** The provider's own parameters. One of the standards' that this package sets itself is refused: `invalid_option`. */
	readonly extraParams?: Readonly<Record<string, string>>
}

export interface SignOutOptions {
	/** `'provider'` (default): the provider's session ends too (RP-Initiated Logout 1.0). `'device'`: this device only. */
	readonly at?: 'provider' | 'device'
	/**
	 * With `at: 'provider'`: whose session ends there, so that the provider need not ask (RP-Initiated Logout 1.0 section 2). Default: the
	 * `login_hint` claim of the ID token, where it has one.
	 */
	readonly logoutHint?: string
	/**
	 * With `at: 'provider'`: how the page goes there. `'get'` (default): by its address, without the ID token (`id_token_hint`) if that has more than
	 * 4,096 characters. `'post'`: by a form, which has room for any; the provider's cookies with `SameSite=Lax`, most browsers' default, are then not
	 * sent, and a Content Security Policy needs the provider in `form-action`.
	 */
	readonly method?: 'get' | 'post'
	/** With `at: 'provider'`: page to land on when the provider sends the user back, of this origin. Default: `postLogoutRedirectUri`. */
	readonly returnTo?: string
}

export interface RequireSessionOptions extends Omit<SignInOptions, 'method'> {
	/** Of a router's loader, say: once it is aborted the guard rejects with its reason, and begins no sign-in. */
	readonly signal?: AbortSignal | undefined
}

export interface GetAccessTokenOptions extends AccessTokenOptions {
	/** Once it is aborted the call rejects with its reason; a renewal under way goes on for the others. */
	readonly signal?: AbortSignal | undefined
}

export interface HoldOptions {
	/** Released by then, whatever happens. Default `'1h'`. */
	readonly atMost?: Duration
}

/** Every method works detached: `const { signIn, fetch } = session`. */
export interface SessionManager<U extends User = User> {
	/** Reads the session; resolves to the first settled snapshot. Called by itself on the first use; never rejects for trouble. */
	start(): Promise<Snapshot<U>>
	/** The same object until something a user could see has changed. */
	getSnapshot(): Snapshot<U>
	/** Always `loading`; for server rendering and hydration. */
	getServerSnapshot(): Snapshot<U>
	/** Calls `listener` after each change of the snapshot; starts the session. @returns unsubscribe */
	subscribe(listener: () => void): () => void
	/** What changes often: the moments when something is due. */
	getDeadlines(): Deadlines
	/** How long a session lasts by the options, whether or not there is one. Known on a server too. */
	readonly timeouts: Timeouts
	/**
	 * Leaves the page for the provider (authorization code flow with PKCE, RFC 7636); resolves once the navigation is under way. In a popup the
	 * page stays: resolves once the user is signed in.
	 * @throws SessionError `discovery_failed`, `network_error`, `timeout`, `redirecting`, `storage_unavailable`; the snapshot shows it too. With a
	 * popup also `popup_blocked`, `popup_closed`, `access_denied` and what else a response can bring
	 */
	signIn(options?: SignInOptions): Promise<void>
	/**
	 * Has the user prove anew, or better, who they are, as an API wants it (RFC 9470): `signIn` with what `challenge` asks for.
	 * @param challenge of the event `stepUpRequired`, or of an error `step_up_required`
	 * @throws SessionError as `signIn`
	 */
	stepUp(challenge: StepUpChallenge, options?: Pick<SignInOptions, 'method' | 'returnTo'>): Promise<void>
	/** Ends the session in every tab, then at the provider. The end is committed first; resolves once that is done and the navigation is under way. */
	signOut(options?: SignOutOptions): Promise<void>
	/**
	 * For a router's guard: resolves to the user, signs in where there is none, pends while the page navigates away.
	 * @throws SessionError `user_changed`, or what stands in the way of a sign-in; the reason of an aborted `signal`
	 */
	requireSession(options?: RequireSessionOptions): Promise<U>
	/**
	 * A valid access token; renewed first where it has expired. Without options the main one, else one for another API (RFC 8707 section 2.2),
	 * which is kept until it expires. That needs a refresh token, and the API's `resource` asked for at sign-in.
	 * With `dpop` it is worth nothing without a proof for each request (RFC 9449 section 7), which `fetch` makes.
	 * @throws SessionError `not_authenticated`, `user_changed`, `redirecting`, `renewal_failed`, `network_error`, `timeout`, `storage_unavailable`,
	 * `update_required`; for another API also `sign_in_required`, and `provider_error` with `oauthError` where the provider refuses it, which is
	 * not asked again for a minute; `invalid_option`; the reason of an aborted `signal`
	 */
	getAccessToken(options?: GetAccessTokenOptions): Promise<string>
	/**
	 * `fetch` with the access token of the one of `apis` that is meant; renews once on a 401 and replays the request if its body allows.
	 * @throws SessionError as `getAccessToken`; what `fetch` throws. Once its `signal` is aborted it rejects at once with the signal's reason,
	 * also while it waits for a token, for the user (`waitForSignIn`) or for a step-up
	 */
	readonly fetch: typeof globalThis.fetch
	/** Renews the tokens now. @throws SessionError as `getAccessToken` */
	renew(): Promise<void>
	/** Tries again what the snapshot's `error` tells of. Never rejects for trouble. */
	retry(): Promise<Snapshot<U>>
	/**
	 * "I am still here": dismisses a warning in every tab. Where the lifetime is near its end it signs in anew; where that of the tokens is, it renews
	 * them, and signs in where that gains no time.
	 * @returns false past the deadline
	 * @throws SessionError `storage_unavailable`, `chunk_failed`
	 */
	stay(): Promise<boolean>
	/** Takes the user who has signed in in another tab: ends the quarantine of `user-changed`. */
	acceptUser(): void
	/** Activity that the page cannot see by itself: a call, an embedded frame. */
	reportActivity(): void
	/**
	 * Keeps the session from being idle while something goes on that needs nobody: an upload, a film. Time runs as if the user were active in this tab, so
	 * the lifetime still ends it. A session that waits for `stay()` already (`continueOn: 'confirm'`) goes on waiting.
	 * @param name shown by `getDeadlines().holds`
	 * @returns release; safe to call twice
	 * @throws SessionError `invalid_option`
	 */
	hold(name: string, options?: HoldOptions): () => void
	/**
	 * What was raised of late, over all tabs and restarts, newest first: the same array until the event `alertsChanged`. Empty until it has been
	 * read, once the session is started.
	 */
	getAlerts(): readonly Alert[]
	/** @returns unsubscribe */
	on<T extends SessionEventType>(type: T, handler: SessionEventHandler<T, U>): () => void
	/**
	 * Stops listening and lets commits under way finish. Ends no session. Calls that wait reject with SessionError `disposed`, as do later ones;
	 * what they have begun goes on.
	 */
	dispose(): void
}
