import { expect, it } from 'vitest'
import { countdown, eventInWords, reasonInWords } from './words.ts'

it('counts down in minutes and hours, and never below zero', () => {
	expect(countdown(65_000, 0)).toBe('1:05')
	expect(countdown(59_001, 0)).toBe('1:00')
	expect(countdown(7_200_000, 0)).toBe('2:00:00')
	expect(countdown(0, 9_000)).toBe('0:00')
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
