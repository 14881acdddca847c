// What docs/security.md has of the tests: tables between two marks, written anew with UPDATE_DOCS=1.
import { readFileSync, writeFileSync } from 'node:fs'

const PAGE = new URL('../../../../docs/security.md', import.meta.url)

/** Markdown, its columns aligned. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
	const widths = head.map((_, column) => Math.max(...[head, ...body].map(line => line[column]?.length ?? 0)))
	const draw = (line: readonly string[]) => `| ${line.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`
	return [draw(head), draw(widths.map(width => '-'.repeat(width))), ...body.map(draw), ''].join('\n')
}

/** Puts a text between its marks, if it is to be updated. @returns the page and what has to be in it */
export function printed(name: string, text: string): { readonly page: string; readonly wanted: string } {
	const [begin, end] = [`<!-- ${name}: UPDATE_DOCS=1 npm run unit -- hostile -->\n\n`, `\n<!-- the end of ${name} -->`]
	const wanted = begin + text + end
	const page = readFileSync(PAGE, 'utf8')
	if (!process.env['UPDATE_DOCS']) return { page, wanted }
	const updated = `${page.split(begin)[0]}${wanted}${page.split(end)[1] ?? ''}`
	writeFileSync(PAGE, updated)
	return { page: updated, wanted }
}
