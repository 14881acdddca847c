// Public options -> validated, defaulted configuration. The only place that throws for what a developer wrote.
import { wanted } from './errors.sentences.ts'
import { SessionError } from './errors.ts'
import {
	type AccessTokenOptions,
	type AlertsOptions,
	type Announced,
	type Api,
	type Config,
	type IdleOptions,
	type Indicator,
	type LifetimeOptions,
	MAIN,
	type SessionManagerOptions,
} from './options.ts'
import { hashOf } from './policy/hash.ts'
import { isSecureAddress } from './secure-address.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Where nobody's page is: on a server, relative addresses stay unused. */
const NOWHERE = 'http://localhost'

function refuse(option: string, given: unknown, kind = option): never {
	const shown = JSON.stringify(given) ?? String(given)
	throw new SessionError('invalid_option', { detail: `${option}: ${shown}${__DEV__ ? ` is not ${wanted[kind]}` : ''}` })
}

const text = (option: string, given: unknown): string => (typeof given === 'string' && given.trim() ? given : refuse(option, given))

const optional = (option: string, given: unknown) => (given === undefined ? undefined : text(option, given))

export function duration(option: string, given: unknown): number {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(given as string) ?? []
	const ms = unit ? Number(amount) * UNITS[unit as keyof typeof UNITS] : (given as number) >= 1000 && given
	return typeof ms === 'number' && ms > 0 && ms < Number.POSITIVE_INFINITY ? ms : refuse(option, given, 'duration')
}

function announced(
	option: string,
	given: false | (IdleOptions & LifetimeOptions) | undefined,
	defaults: Pick<Announced, 'timeoutMs' | 'warnBeforeMs'>,
): Announced | undefined {
	if (given === false) return undefined
	if (typeof given !== 'object' && given !== undefined) refuse(option, given, 'announced')
	const { timeout, warnBefore, signOutAt = 'device', continueOn = 'activity', from = 'sign-in' } = given ?? {}
	if (!/^(device|provider) (activity|confirm) (sign-in|authentication)$/.test(`${signOutAt} ${continueOn} ${from}`))
		refuse(option, given, 'announced')
	const timeoutMs = timeout === undefined ? defaults.timeoutMs : duration(`${option}.timeout`, timeout)
	// A short timeout with the default warning: half of it ahead at most.
	const warnBeforeMs =
		warnBefore === undefined ? Math.min(defaults.warnBeforeMs, timeoutMs / 2) : duration(`${option}.warnBefore`, warnBefore)
	return warnBeforeMs < timeoutMs ? { timeoutMs, warnBeforeMs, signOutAt, continueOn, from } : refuse(option, given, 'announced')
}

function address(option: string, given: unknown, base?: string): URL {
	try {
		return new URL(text(option, given), base)
	} catch {
		return refuse(option, given)
	}
}

/** An address that tokens or claims may be sent to. */
function secureAddress(option: string, given: unknown, base?: string): URL {
	const url = address(option, given, base)
	return isSecureAddress(url) ? url : refuse(option, given)
}

/** RFC 6749 section 3.1.2: no fragment; and this page must be able to read the response. */
function ownAddress(option: string, given: unknown, base: string): string {
	const { origin, hash, href } = address(option, given, base)
	return !hash && (base === NOWHERE || origin === new URL(base).origin) ? href : refuse(option, given)
}

/**
 * @param main the session manager's own `resource`
 * @throws SessionError `invalid_option`
 */
export function indicatorOf(given: AccessTokenOptions, main: string | undefined): Indicator {
	const resource = optional('resource', given.resource) ?? main
	const scope = optional('scope', given.scope)
	return scope || resource !== main ? { name: JSON.stringify([resource, scope]), resource, scope } : MAIN
}

function api(given: string | Api, base: string, main: string | undefined): Config['apis'][number] {
	const { url, ...asked } = typeof given === 'string' ? { url: given } : (given ?? refuse('apis', given))
	return { url: secureAddress('apis', url, base).href, indicator: indicatorOf(asked, main) }
}

/** What is given of each rule is looked at here, and filled up where it is needed. */
function alerts(given: AlertsOptions | false, base: string): Config['alerts'] {
	if (!given) return given
	const { endpoint, claims = [], rules = {} } = given
	if (!Array.isArray(claims)) refuse('alerts', given)
	for (const rule of Object.values(rules ?? refuse('alerts', given)))
		for (const [name, value] of Object.entries<number | undefined>(rule ?? (rule === null ? refuse('alerts', given) : {}))) {
			if (value === undefined) continue
			if (name !== 'count') duration('alerts', value)
			else if (!(value > 0 && value < 31)) refuse('alerts', given)
		}
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
	if (!options) refuse('options', options)
	const base = page ?? NOWHERE
	const {
		postLogoutRedirectUri = '/',
		scope = 'openid profile email offline_access',
		resource,
		apis = [],
		storage = 'device',
		firstFrame = true,
		navigate,
		debug = false,
		metadata,
		verifySignature = false,
		sso = 'off',
		loopGuard: { attempts = 3, within = 30_000 } = {},
		waitForSignIn,
		sessionMonitor = false,
		trustedAudiences = [],
	} = options
	if (options.issuer !== undefined && typeof options.issuer !== 'function') text('issuer', options.issuer)
	if (metadata && typeof metadata !== 'object') refuse('metadata', metadata)
	if (storage !== 'device' && storage !== 'tabs') refuse('storage', storage)
	if (!/^(off|iframe|redirect)$/.test(sso)) refuse('sso', sso)
	if (!(attempts >= 1)) refuse('loopGuard', options.loopGuard)
	if (!Array.isArray(apis)) refuse('apis', apis)
	if (!Array.isArray(trustedAudiences)) refuse('trustedAudiences', trustedAudiences)
	if (navigate && typeof navigate !== 'function') refuse('navigate', navigate)
	if (!/(^| )openid( |$)/.test(text('scope', scope))) refuse('scope', scope)
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
		resource: optional('resource', resource),
		// The longest path first: it is the one that is meant.
		apis: apis.map(given => api(given, base, resource)).sort((a, b) => b.url.length - a.url.length),
		idle: announced('idle', options.idle, { timeoutMs: 30 * UNITS.m, warnBeforeMs: UNITS.m }),
		lifetime: announced('lifetime', options.lifetime, { timeoutMs: 12 * UNITS.h, warnBeforeMs: 5 * UNITS.m }),
		sso,
		loopGuard: { attempts, withinMs: duration('loopGuard.within', within) },
		waitForSignInMs: waitForSignIn ? duration('waitForSignIn', waitForSignIn) : 0,
		alerts: alerts(options.alerts ?? {}, base),
		storage,
		firstFrame,
		requestTimeoutMs: duration('requestTimeout', options.requestTimeout ?? '10s'),
		tokenRequestTimeoutMs: duration('tokenRequestTimeout', options.tokenRequestTimeout ?? '30s'),
		trustedAudiences,
		clockToleranceMs: duration('clockTolerance', options.clockTolerance ?? '5m'),
		accessTokenLifetimeMs: duration('accessTokenLifetime', options.accessTokenLifetime ?? '5m'),
		debug,
	}
}
