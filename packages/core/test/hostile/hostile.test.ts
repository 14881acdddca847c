// The hostile list, row by row; docs/security.md prints it.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// Loaded beforehand: the world's time does not wait for a module.
import '../../src/protocol/signature.ts'
import { createPlace } from './place.ts'
import { parts } from './rows.ts'

const PAGE = new URL('../../../../docs/security.md', import.meta.url)
const BEGIN = '<!-- the hostile list: UPDATE_DOCS=1 npm run unit -- hostile -->\n\n'
const END = '\n<!-- the end of the hostile list -->'

for (const { title, rows } of parts) {
	describe(title, () => {
		it.each(rows)('$input: $outcome ($standard)', async ({ play, outcome, options }) => {
			const place = createPlace(options)
			expect(await play(place)).toBe(outcome)
			expect(place.leaks()).toEqual([])
			expect(place.unsettled()).toBe(0)
		})
	})
}

describe('docs/security.md', () => {
	it('has the list as a table', () => {
		const width = (column: number, lines: readonly (readonly string[])[]) => Math.max(...lines.map(line => line[column]?.length ?? 0))
		const table = parts.map(({ title, rows }) => {
			const lines = [['input', 'outcome', 'standard'], ...rows.map(({ input, outcome, standard }) => [input, outcome, standard])]
			const draw = (line: readonly string[]) => `| ${line.map((cell, column) => cell.padEnd(width(column, lines))).join(' | ')} |`
			const [head = [], ...body] = lines
			const rule = head.map((_, column) => '-'.repeat(width(column, lines)))
			return [`### ${title}`, '', draw(head), draw(rule), ...body.map(draw), ''].join('\n')
		})
		const wanted = BEGIN + table.join('\n') + END
		const text = readFileSync(PAGE, 'utf8')
		const [before = '', after = ''] = [text.split(BEGIN)[0], text.split(END)[1]]
		if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, before + wanted + after)
		expect(readFileSync(PAGE, 'utf8')).toContain(wanted)
	})
})
