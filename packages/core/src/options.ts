// The public options, and the configuration that the rooms work with.
import type { AlertType } from './alerts.ts'

/** `'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'7d'`, or a number of milliseconds (1,000 or more). */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}` | number

/** A member of the `claims` parameter (OpenID Connect Core 5.5.1). */
export interface ClaimRequest {
	readonly essential?: boolean
	readonly value?: unknown
	readonly values?: readonly unknown[]
}

/** The `claims` parameter (OpenID Connect Core 5.5). */
export interface ClaimsRequest {
	readonly id_token?: Readonly<Record<string, ClaimRequest | null>>
	readonly userinfo?: Readonly<Record<string, ClaimRequest | null>>
}

/** OpenID Connect Discovery 1.0 section 3 */
export interface ProviderMetadata {
	readonly issuer: string
	readonly authorization_endpoint: string
	readonly token_endpoint: string
	readonly [name: string]: unknown
}

/** What an access token is for, where it is not the main one. */
export interface AccessTokenOptions {
	/** The API (RFC 8707 section 2). Default: that of the session manager. */
	readonly resource?: string
	/** Space-separated scopes (RFC 6749 section 3.3). Default: what the provider gives for the API. */
	readonly scope?: string
}

/** An API and the access token that it takes. */
export interface Api extends AccessTokenOptions {
	/** A URL, or a path of this origin. */
	readonly url: string
}

/** An end that is announced. */
export interface TimeoutOptions {
	timeout?: Duration
	/** How long ahead it is announced. WCAG 2.2 SC 2.2.1 asks for 20 s at least. Default: half of `timeout` at most. */
	warnBefore?: Duration
	/** `'provider'`: the provider's session ends too (RP-Initiated Logout 1.0), by way of the tab that ends this one. Default `'device'`. */
	signOutAt?: 'device' | 'provider'
}

export interface IdleOptions extends TimeoutOptions {
	/** What dismisses the warning. `'activity'` (default): whatever the user does in any tab. `'confirm'`: `stay()` alone. */
	continueOn?: 'activity' | 'confirm'
}

export interface LifetimeOptions extends TimeoutOptions {
	/**
	 * What it counts from. `'sign-in'` (default): the session's first token response. `'authentication'`: the `auth_time` of the ID token, which may be
	 * older; each sign-in asks for it then, with `max_age` (OpenID Connect Core 3.1.2.1).
	 */
	from?: 'sign-in' | 'authentication'
}

/** From how many on, and how far back it counts. An alert is raised once an episode, which ends when that has not been so for as long. */
export interface AlertRule {
	/** 1 to 30. */
	count?: number
	within?: Duration
}

/** `false` turns a rule off. */
export interface AlertRules extends Partial<Record<Exclude<AlertType, 'clock-off'>, false | AlertRule>> {
	/** `by`: how far the clocks are apart. */
	'clock-off'?: false | { by?: Duration; within?: Duration }
}

export interface AlertsOptions {
	/**
	 * Where alerts are reported: a URL, or a path of this origin. It is sent `{ authority, clientId, alerts, dropped }` as JSON, by POST: up to 20
	 * alerts, each with an `id` since it may come twice, and how many had to be given up. What does not get through waits, for 7 days. Any answer
	 * but 408, 429 and 5xx settles it.
	 */
	endpoint?: string
	/** Claims of the user that a report may tell, as `user` of an alert. Default: none. */
	claims?: readonly string[]
	/**
	 * Defaults: `repeated-failures` 5 within 5 min, `repeated-attempts` 10 within 10 min, `redirect-loop` and `unsolicited-callback` 1 within
	 * 10 min, `many-users` 3 within 1 h, `ended-early` 1 within 5 min of a sign-in, `refresh-token-reuse` 1 within 1 h, `clock-off` by 2 min
	 * within 24 h.
	 */
	rules?: AlertRules
}

export interface SessionManagerOptions {
	/** The provider's issuer identifier (OpenID Connect Discovery 1.0 section 2), `https` unless on localhost. */
	authority: string
	/**
	 * The issuer that the provider names, where it is not `authority`: a string, or a predicate where it differs from tenant to tenant. A
	 * predicate decides on the discovery document, on ID tokens and on responses (RFC 9207).
	 */
	issuer?: string | ((issuer: string) => boolean)
	/** The provider's metadata (OpenID Connect Discovery 1.0 section 3), where its discovery document cannot be fetched: nothing is asked then. */
	metadata?: ProviderMetadata
	/**
	 * Sign in without a word (`prompt=none`, OpenID Connect Core 3.1.2.1) whoever is signed in at the provider: when a page loads, and where
	 * the refresh token is refused or missing. `'iframe'`: in a hidden frame, which needs the provider's cookies there; a browser that blocks
	 * them is remembered. `'redirect'`: by leaving the page, on load only. Never after an end by the user, idleness or lifetime. Default `'off'`.
	 */
	sso?: 'off' | 'iframe' | 'redirect'
	/**
	 * Stops unattended sign-in (`sign_in_loop`) after this many attempts of a tab within the window that led to no session lasting 10 s, to prevent
	 * redirect loops. Default `{ attempts: 3, within: '30s' }`.
	 */
	loopGuard?: { attempts?: number; within?: Duration }
	/**
	 * How long a call through `fetch` waits for the user to come back by a sign-in, where the session has ended because it could not be renewed.
	 * It goes out only for the same user. Default `false`: such a call fails at once.
	 */
	waitForSignIn?: false | Duration
	/** Check the signatures of ID tokens against the provider's keys too, with `jose`. Default `false`: TLS to the token endpoint stands for them. */
	verifySignature?: boolean
	/**
	 * Bind the tokens to a key that never leaves this browser (DPoP, RFC 9449): stolen, they are worth nothing elsewhere. The provider and the
	 * APIs must know it: a `Bearer` token is refused then. Default `false`.
	 */
	dpop?: boolean
	/**
	 * Notice that the user has signed out at the provider: one visible tab asks its check-session page, in a hidden iframe, every 2 s (OpenID
	 * Connect Session Management 1.0 section 3). Of use only where the browser lets that page see its cookies. Default `false`.
	 */
	sessionMonitor?: boolean
	/** The client's id at the provider (RFC 6749 section 2.2). */
	clientId: string
	/**
	 * Where the provider sends the response: relative to the origin, or absolute on this origin. Several managers can share it. Its folder is where a
	 * sign-in lands that wants no page of this origin.
	 */
	redirectUri: string
	/** Where the provider sends the user after a sign-out. Default `'/'`. */
	postLogoutRedirectUri?: string
	/** Space-separated scopes. Default `'openid profile email offline_access'`. */
	scope?: string
	/** The API the access token is for (RFC 8707). Name it too where `apis` have a `resource` of their own. */
	resource?: string
	/**
	 * `https` URLs (`http` on localhost only), or paths of this origin, that `fetch` sends the access token to; everything below them is meant too, and the longest path counts.
	 * One with a `resource` or `scope` has an access token of its own, asked for with the refresh token (RFC 8707 section 2.2).
	 */
	apis?: readonly (string | Api)[]
	/**
	 * Tell of sign-ins and sessions that do not go as they should, over all tabs: the event `alert`, `getAlerts()`, and a report where there is an
	 * `endpoint`. Default `{}`: on, and nothing is reported.
	 */
	alerts?: false | AlertsOptions
	/** End the session when nobody is active in any tab. Default `{ timeout: '30m', warnBefore: '60s' }`. */
	idle?: false | IdleOptions
	/** End the session this long after sign-in, whatever happens. Default `{ timeout: '12h', warnBefore: '5m' }`. */
	lifetime?: false | LifetimeOptions
	/** `'device'`: the session outlives the browser. `'tabs'`: it ends with the last tab. Default `'device'`. */
	storage?: 'device' | 'tabs'
	/** Show the remembered user in the first frame, before the session record is read. Default `true`. */
	firstFrame?: boolean
	/** Limit for any request to the provider, body included. Default `'10s'`. */
	requestTimeout?: Duration
	/** Limit for token requests; aborting one loses its answer. Default `'30s'`. */
	tokenRequestTimeout?: Duration
	/** How far the clock of this device may be from the provider's before the difference is taken into account. Default `'5m'`. */
	clockTolerance?: Duration
	/** Audiences that an ID token without `azp` may name beside this client (OpenID Connect Core 3.1.3.7). Default: none. */
	trustedAudiences?: readonly string[]
	/** Used where the provider tells no lifetime of the access token. Default `'5m'`. */
	accessTokenLifetime?: Duration
	/** Takes the user to the page they wanted after sign-in, e.g. `url => router.navigate(url)`. Gets a path with query and fragment. */
	navigate?: (url: string) => void
	/** Print every event to the console (development build). Default `false`. */
	debug?: boolean
}

export interface Announced {
	readonly timeoutMs: number
	readonly warnBeforeMs: number
	readonly signOutAt: 'device' | 'provider'
	/** Of idleness. */
	readonly continueOn: 'activity' | 'confirm'
	/** Of the lifetime. */
	readonly from: 'sign-in' | 'authentication'
}

/** What a token request asks for (RFC 8707 section 2). */
export interface Indicator {
	/** Names its token in the record; empty for the main token. */
	readonly name: string
	readonly resource?: string | undefined
	readonly scope?: string | undefined
}

/** The main token, of the session manager's own `resource`. */
export const MAIN: Indicator = { name: '' }

/** What the rooms work with: every option present, durations in ms, addresses absolute. */
export interface Config {
	readonly authority: string
	/** The newest, for functions are not compared. */
	issuer(): SessionManagerOptions['issuer']
	readonly metadata: ProviderMetadata | undefined
	readonly verifySignature: boolean
	readonly dpop: boolean
	readonly sessionMonitor: boolean
	readonly clientId: string
	/** Ends the `state` of each sign-in of this client at this provider, so that a page knows its own responses before it has read anything. */
	readonly stateSuffix: string
	readonly redirectUri: string
	readonly postLogoutRedirectUri: string
	readonly scope: string
	readonly resource: string | undefined
	readonly apis: readonly { readonly url: string; readonly indicator: Indicator }[]
	readonly idle: Announced | undefined
	readonly lifetime: Announced | undefined
	readonly sso: 'off' | 'iframe' | 'redirect'
	readonly loopGuard: { readonly attempts: number; readonly withinMs: number }
	/** 0: not at all. */
	readonly waitForSignInMs: number
	readonly alerts: false | { readonly endpoint: string | undefined; readonly claims: readonly string[]; readonly rules: AlertRules }
	readonly storage: 'device' | 'tabs'
	readonly firstFrame: boolean
	readonly requestTimeoutMs: number
	readonly tokenRequestTimeoutMs: number
	readonly clockToleranceMs: number
	readonly trustedAudiences: readonly string[]
	readonly accessTokenLifetimeMs: number
	readonly debug: boolean
}

/** As much of it as deadlines need. */
export type Limits = Pick<Config, 'idle' | 'lifetime'>
