// The timeouts that a visitor can choose, and what they make of the options of the session.
import { nistAal2, owaspHighValue, type SessionManagerOptions } from '@tabsession/core'

/** The first of each leaves it to what is served. */
export const CHOICES = {
	preset: ['', 'nistAal2', 'owaspHighValue'],
	idle: ['', '20s', '60s', '5m'],
	/** All of them shorter than the shortest idle timeout. */
	warning: ['', '5s', '10s', '15s'],
	lifetime: ['', '60s', '5m', '12h'],
	continueOn: ['', 'activity', 'confirm'],
} as const

export type Setting = keyof typeof CHOICES

export type Timeouts = { readonly [S in Setting]: (typeof CHOICES)[S][number] }

export const SETTINGS = Object.keys(CHOICES) as readonly Setting[]

export const asServed: Timeouts = { preset: '', idle: '', warning: '', lifetime: '', continueOn: '' }

const PRESETS = { '': {}, nistAal2, owaspHighValue }

/** What a form or the storage holds; anything that is no choice is the first one. */
export function parseTimeouts(given: Readonly<Record<string, unknown>>): Timeouts {
	const chosen = SETTINGS.map(setting => [setting, CHOICES[setting].find(choice => choice === given[setting]) ?? ''])
	return Object.fromEntries(chosen)
}

export const isAsServed = (chosen: Timeouts) => SETTINGS.every(setting => chosen[setting] === '')

type Limits = Pick<SessionManagerOptions, 'idle' | 'lifetime'>

/** What is chosen comes before the preset, and that before what is served. A chosen timeout has the default warning, for another may be too long. */
export function limitsOf({ preset, idle, warning, lifetime, continueOn }: Timeouts, served: Limits): Limits {
	const limits: Limits = { ...served, ...PRESETS[preset] }
	if (limits.idle !== false || idle) {
		const { warnBefore, ...others } = limits.idle || {}
		limits.idle = {
			...others,
			...(warnBefore !== undefined && !idle && { warnBefore }),
			...(idle && { timeout: idle }),
			...(warning && { warnBefore: warning }),
			...(continueOn && { continueOn }),
		}
	}
	if (lifetime) {
		const { warnBefore: _, ...others } = limits.lifetime || {}
		limits.lifetime = { ...others, timeout: lifetime }
	}
	return limits
}
