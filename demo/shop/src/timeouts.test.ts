import { createSessionManager } from '@tabsession/core'
import { describe, expect, it } from 'vitest'
import { asServed, CHOICES, isAsServed, limitsOf, parseTimeouts, type Timeouts } from './timeouts.ts'

const choose = (chosen: Partial<Timeouts>): Timeouts => ({ ...asServed, ...chosen })

const timeoutsOf = (chosen: Timeouts, served = {}) =>
	createSessionManager({ authority: 'http://localhost:1', clientId: 'shop', redirectUri: '/', ...limitsOf(chosen, served) }).timeouts

const all = CHOICES.preset.flatMap(preset =>
	CHOICES.idle.flatMap(idle =>
		CHOICES.warning.flatMap(warning =>
			CHOICES.lifetime.flatMap(lifetime => CHOICES.continueOn.map(continueOn => ({ preset, idle, warning, lifetime, continueOn }))),
		),
	),
)

describe('what is chosen', () => {
	it('leaves what is served alone where nothing is', () => {
		const served = { idle: { timeout: 9000, warnBefore: 4000 }, lifetime: false } as const
		expect(limitsOf(asServed, served)).toEqual(served)
		expect(limitsOf(asServed, { idle: false })).toEqual({ idle: false })
		expect(isAsServed(asServed)).toBe(true)
	})

	it('is taken by a session manager, in every combination', () => {
		for (const chosen of all) expect(() => timeoutsOf(chosen), JSON.stringify(chosen)).not.toThrow()
		expect(all.filter(isAsServed)).toHaveLength(1)
	})

	it('comes before a preset, and that before what is served', () => {
		const served = { idle: false, lifetime: { timeout: '8h', signOutAt: 'provider' } } as const
		expect(timeoutsOf(choose({ preset: 'owaspHighValue' }), served)).toEqual({ idle: 300_000, lifetime: 14_400_000 })
		expect(timeoutsOf(choose({ preset: 'owaspHighValue', idle: '20s' }), served)).toEqual({ idle: 20_000, lifetime: 14_400_000 })
		expect(limitsOf(choose({ preset: 'nistAal2', lifetime: '60s' }), served).lifetime).toEqual({ from: 'authentication', timeout: '60s' })
		expect(limitsOf(choose({ lifetime: '5m' }), served).lifetime).toEqual({ signOutAt: 'provider', timeout: '5m' })
	})

	it('sets the warning and what dismisses it', () => {
		const chosen = choose({ idle: '60s', warning: '15s', continueOn: 'confirm' })
		expect(limitsOf(chosen, {}).idle).toEqual({ timeout: '60s', warnBefore: '15s', continueOn: 'confirm' })
	})
})

it('reads as nothing chosen where it is no choice', () => {
	expect(parseTimeouts({ idle: '20s', warning: '1h', lifetime: 7, continueOn: null, other: 'x' })).toEqual(choose({ idle: '20s' }))
	expect(parseTimeouts({})).toEqual(asServed)
})
