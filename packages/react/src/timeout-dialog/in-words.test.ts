import { expect, test } from 'vitest'
import { inWords } from './in-words.ts'

test.each([
	[0, '0 seconds'],
	[0.2, '1 second'],
	[1, '1 second'],
	[59, '59 seconds'],
	[60, '1 minute'],
	[299, '4 minutes 59 seconds'],
	[900, '15 minutes'],
	[5400, '1 hour 30 minutes'],
	[43_200, '12 hours'],
	[86_400, '1 day'],
])('%d s in words: %s', (seconds, words) => expect(inWords(seconds)).toBe(words))
