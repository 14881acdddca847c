// Public options -> validated, defaulted configuration: here are the checks that protect users; those of `option-mistakes.ts` help developers.
import { refuseMistakes, refuseMistakesOfToken } from './option-mistakes.ts'
import { duration, NOWHERE, ownAddress, refuse, secureAddress, text, UNITS } from './option-values.ts'
import {
	type AccessTokenOptions,
	type AlertsOptions,
	type Announced,
	type Api,
	type Config,
	type Duration,
	type IdleOptions,
	type Indicator,
	type LifetimeOptions,
	MAIN,
	type SessionManagerOptions,
} from './options.ts'
import { hashOf } from './policy/hash.ts'

function announced(
	option: string,
	given: false | (IdleOptions & LifetimeOptions) | undefined,
	defaultTimeoutMs: number,
	defaultWarningMs: number,
): Announced | undefined {
	if (given === false) return undefined
	if (typeof given !== 'object' && given !== undefined) refuse(option, given, 'announced')
	const { timeout, warnBefore, signOutAt = 'device', continueOn = 'activity', from = 'sign-in' } = given ?? {}
	if (!/^(device|provider) (activity|confirm) (sign-in|authentication)$/.test(`${signOutAt} ${continueOn} ${from}`))
		refuse(option, given, 'announced')
	const timeoutMs = timeout === undefined ? defaultTimeoutMs : duration(`${option}.timeout`, timeout)
	// A short timeout with the default warning: half of it ahead at most.
	const warnBeforeMs = warnBefore === undefined ? Math.min(defaultWarningMs, timeoutMs / 2) : duration(`${option}.warnBefore`, warnBefore)
	return warnBeforeMs < timeoutMs ? { timeoutMs, warnBeforeMs, signOutAt, continueOn, from } : refuse(option, given, 'announced')
}

/**
 * @param main the session manager's own `resource`
 * @throws SessionError `invalid_option`
 */
export function indicatorOf(given: AccessTokenOptions, main: string | undefined): Indicator {
	if (__DEV__) refuseMistakesOfToken(given)
	const { resource = main, scope } = given
	return scope || resource !== main ? { name: JSON.stringify([resource, scope]), resource, scope } : MAIN
}

function api(given: string | Api, base: string, main: string | undefined): Config['apis'][number] {
	const { url, ...asked } = typeof given === 'string' ? { url: given } : given
	return { url: secureAddress('apis', url, base).href, indicator: indicatorOf(asked, main) }
}

/** What is given of each rule is filled up where it is needed. */
function alerts(given: AlertsOptions | false, base: string): Config['alerts'] {
	if (!given) return given
	const { endpoint, claims = [], rules = {} } = given
	return { claims, rules, endpoint: endpoint === undefined ? endpoint : secureAddress('alerts', endpoint, base).href }
}

function issuer(given: unknown): string {
	const { search, hash } = secureAddress('authority', given)
	return !search && !hash ? (given as string) : refuse('authority', given)
}

/**
 * Checks the options and fills in the defaults.
 * @param page the page's own address, against which relative ones are resolved; `undefined` on a server
 * @param latest where functions are taken from
 * @throws SessionError `invalid_option`, naming the option, what was given and what is wanted
 */
export function configure(options: SessionManagerOptions, page: string | undefined, latest = () => options): Config {
	if (__DEV__) refuseMistakes(options)
	const base = page ?? NOWHERE
	const {
		postLogoutRedirectUri = '/',
		scope = 'openid profile email offline_access',
		resource,
		apis = [],
		storage = 'device',
		firstFrame = true,
		debug = false,
		metadata,
		verifySignature = false,
		sso = 'off',
		loopGuard: { attempts = 3, within = 30_000 } = {},
		waitForSignIn,
		sessionMonitor = false,
		trustedAudiences = [],
	} = options
	if (storage !== 'device' && storage !== 'tabs') refuse('storage', storage)
	if (!/(^| )openid( |$)/.test(text('scope', scope))) refuse('scope', scope)
	const durationOf = (option: 'requestTimeout' | 'tokenRequestTimeout' | 'clockTolerance' | 'accessTokenLifetime', otherwise: Duration) =>
		duration(option, options[option] ?? otherwise)
	const authority = issuer(options.authority)
	const clientId = text('clientId', options.clientId)
	return {
		authority,
		issuer: () => latest().issuer,
		metadata,
		verifySignature,
		dpop: !!options.dpop,
		sessionMonitor,
		clientId,
		stateSuffix: `.${hashOf(`${authority} ${clientId}`)}`,
		redirectUri: ownAddress('redirectUri', options.redirectUri, base),
		postLogoutRedirectUri: ownAddress('postLogoutRedirectUri', postLogoutRedirectUri, base),
		scope,
		resource,
		// The longest path first: it is the one that is meant.
		apis: apis.map(given => api(given, base, resource)).sort((a, b) => b.url.length - a.url.length),
		idle: announced('idle', options.idle, 30 * UNITS.m, UNITS.m),
		lifetime: announced('lifetime', options.lifetime, 12 * UNITS.h, 5 * UNITS.m),
		sso,
		loopGuard: { attempts, withinMs: duration('loopGuard.within', within) },
		waitForSignInMs: waitForSignIn ? duration('waitForSignIn', waitForSignIn) : 0,
		alerts: alerts(options.alerts ?? {}, base),
		storage,
		firstFrame,
		requestTimeoutMs: durationOf('requestTimeout', 10_000),
		tokenRequestTimeoutMs: durationOf('tokenRequestTimeout', 30_000),
		// A string would be searched for a part of it.
		trustedAudiences: [...trustedAudiences],
		clockToleranceMs: durationOf('clockTolerance', 300_000),
		accessTokenLifetimeMs: durationOf('accessTokenLifetime', 300_000),
		debug,
	}
}
