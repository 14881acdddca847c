// The deliberate faults fit the code: one that went stale would prove nothing. `npm run sim:mutants` tells which are caught.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutants, mutate } from './sim/mutants.ts'

describe('deliberate faults', () => {
	it('are many, each with a name of its own', () => {
		expect(mutants.length).toBeGreaterThanOrEqual(25)
		expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
	})

	it.each(mutants)('$name ($file)', mutant => {
		const source = readFileSync(new URL(`../src/${mutant.file}`, import.meta.url), 'utf8')
		expect(mutate(mutant, source)).not.toBe(source)
		expect(mutant.invariant).toMatch(/^I\d+(, I\d+)*$/)
	})
})
