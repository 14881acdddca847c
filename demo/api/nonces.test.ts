import { expect, it } from 'vitest'
import { createNonces } from './nonces.ts'

it('a nonce is good for a minute', () => {
	let now = 0
	const { issue, accepts } = createNonces(() => now)
	const nonce = issue()
	now = 60_000
	expect(accepts(nonce)).toBe(true)
	now = 60_001
	expect(accepts(nonce)).toBe(false)
	expect(accepts(undefined)).toBe(false)
})
