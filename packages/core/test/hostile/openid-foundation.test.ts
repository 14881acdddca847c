// What docs/security.md says of the OpenID Foundation's tests: each counterpart is there, and comes to what the module asks for.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { modules } from './openid-foundation.ts'
import { parts } from './rows.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** What a provider that is right comes to: a session, the page that was wanted after a sign-out, or an end for the reason that is told. */
const ACCEPTED =
	/^(signed in|renewed|lands on https:\/\/app\.example\/bye.*; ended: signed-out|ended: signed-out(-at-provider)?( in every tab)?)$/

describe('the modules of the OpenID Foundation', () => {
	it.each(modules)('$name has a counterpart, or a reason why not', ({ here, why, asks }) => {
		expect(here ?? why).toBeDefined()
		// Only what applies asks for something.
		expect(asks === undefined).toBe(why !== undefined)
	})

	it.each(modules.flatMap(({ name, here, asks }) => (here && 'input' in here ? [{ name, asks, ...here }] : [])))(
		'$name is in the hostile list: $input',
		({ part, input, asks }) => {
			expect(parts).toContain(part)
			const rows = part.rows.filter(row => row.input === input)
			expect(rows).toHaveLength(1)
			if (asks === 'accept') expect(rows[0]?.outcome).toMatch(ACCEPTED)
			if (asks === 'refuse') expect(rows[0]?.outcome).not.toMatch(ACCEPTED)
		},
	)

	it.each(modules.flatMap(({ name, here }) => (here && 'file' in here ? [{ name, ...here }] : [])))(
		'$name is a test elsewhere: $test',
		({ file, test }) => {
			expect(readFileSync(`${root}/${file}`, 'utf8')).toContain(`it('${test}'`)
		},
	)

	it('are named once each', () => {
		const names = modules.map(({ name }) => name)
		expect(names).toEqual([...new Set(names)])
	})
})
