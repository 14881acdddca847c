// What only helps a developer: mistakes that weaken no protection. In the development build only.
import { duration, refuse, text } from './option-values.ts'
import type { AccessTokenOptions, AlertsOptions, SessionManagerOptions } from './options.ts'

const refuseText = (option: string, given: unknown) => given === undefined || text(option, given)

/** @throws SessionError `invalid_option` */
export function refuseMistakesOfToken({ resource, scope }: AccessTokenOptions): void {
	refuseText('resource', resource)
	refuseText('scope', scope)
}

function refuseMistakesOfAlerts(given: AlertsOptions): void {
	const { claims = [], rules = {} } = given
	if (!Array.isArray(claims)) refuse('alerts', given)
	for (const rule of Object.values(rules ?? refuse('alerts', given)))
		for (const [name, value] of Object.entries<number | undefined>(rule ?? (rule === null ? refuse('alerts', given) : {}))) {
			if (value === undefined) continue
			if (name !== 'count') duration('alerts', value)
			else if (!(value > 0 && value < 31)) refuse('alerts', given)
		}
}

/** @throws SessionError `invalid_option`, naming the option, what was given and what is wanted */
export function refuseMistakes(options: SessionManagerOptions): void {
	if (!options) refuse('options', options)
	const { issuer, resource, apis = [], metadata, sso = 'off', loopGuard, trustedAudiences = [], navigate, alerts } = options
	if (typeof issuer !== 'function') refuseText('issuer', issuer)
	if (metadata && typeof metadata !== 'object') refuse('metadata', metadata)
	if (!/^(off|iframe|redirect)$/.test(sso)) refuse('sso', sso)
	if (!((loopGuard?.attempts ?? 1) >= 1)) refuse('loopGuard', loopGuard)
	if (!Array.isArray(apis) || apis.includes(null)) refuse('apis', apis)
	if (!Array.isArray(trustedAudiences)) refuse('trustedAudiences', trustedAudiences)
	if (navigate && typeof navigate !== 'function') refuse('navigate', navigate)
	refuseText('resource', resource)
	if (alerts) refuseMistakesOfAlerts(alerts)
}
