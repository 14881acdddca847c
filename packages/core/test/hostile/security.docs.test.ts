// docs/security.md prints the hostile list, and what the OpenID Foundation's tests have for a counterpart.
import { describe, expect, it } from 'vitest'
import { type Counterpart, modules, plans } from './openid-foundation.ts'
import { printed, table } from './page.ts'
import { parts } from './rows.ts'

describe('docs/security.md', () => {
	it('has the hostile list as tables', () => {
		const tables = parts.map(({ title, rows }) => {
			const body = rows.map(({ input, outcome, standard }) => [input, outcome, standard])
			return `### ${title}\n\n${table(['input', 'outcome', 'standard'], body)}`
		})
		const { page, wanted } = printed('the hostile list', tables.join('\n'))
		expect(page).toContain(wanted)
	})

	it('has the modules of the OpenID Foundation as a table', () => {
		const legend = Object.entries(plans).map(([plan, name]) => `- ${plan}: \`${name}\``)
		const body = modules.map(({ name, plan = 'none', asks = '', here, why }) => [
			`\`${name}\``,
			plan,
			asks,
			[why, here && shown(here)].filter(Boolean).join(' '),
		])
		const text = `${legend.join('\n')}\n\n${table(['test module', 'plan', 'asks to', 'here'], body)}`
		const { page, wanted } = printed('the modules of the OpenID Foundation', text)
		expect(page).toContain(wanted)
	})
})

function shown(here: Counterpart): string {
	if ('input' in here) return `${here.part.title}: ${here.input}`
	return `[${here.file.split('/').at(-1)}](../${here.file}): ${here.test}`
}
