import { expect, it } from 'vitest'
import { alertInWords, countdown, eventInWords, reasonInWords } from './words.ts'

it('counts down in minutes, hours and days, and never below zero', () => {
	expect(countdown(65_000, 0)).toBe('1:05')
	expect(countdown(59_001, 0)).toBe('1:00')
	expect(countdown(7_200_000, 0)).toBe('2:00:00')
	expect(countdown(0, 9_000)).toBe('0:00')
	expect(countdown(172_800_000, 0)).toBe('48:00:00')
	expect(countdown(14 * 86_400_000 - 5000, 0)).toBe('14 days')
	expect(countdown(undefined, 0)).toBe('–')
})

it('says who ended the session', () => {
	expect(reasonInWords('signed-out', 'this-tab')).toBe('You signed out.')
	expect(reasonInWords('signed-out', 'other-tab')).toBe('You signed out in another tab.')
	expect(reasonInWords('no-session', 'this-tab')).toBe('')
})

it('says who renewed', () => {
	expect(eventInWords.renewed({ by: 'other-tab', generation: 2 })).toContain('another tab')
})

it('says what an alert is about, and nothing of one that it does not know', () => {
	expect(alertInWords({ type: 'clock-off', ms: -130_000 } as never)).toBe('This device’s clock is 130 s slow')
	expect(alertInWords({ type: 'ended-early', reason: 'signed-out-at-provider', after: 4200 } as never)).toContain('4 s after the sign-in')
	expect(alertInWords({ type: 'made-up' })).toBe('')
})
