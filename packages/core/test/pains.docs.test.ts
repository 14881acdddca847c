// docs/why.md promises a test for each pain, docs/how-it-works.md for each invariant: what the pages name is there and bears the number.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const docs = join(root, 'docs')
const PAINS = Array.from({ length: 25 }, (_, at) => at + 1)

const filesBelow = (folder: string): string[] =>
	readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
		const path = join(folder, entry.name)
		if (entry.isDirectory()) return /^(node_modules|dist|\..*)$/.test(entry.name) ? [] : filesBelow(path)
		return /\.(test\.tsx?|spec\.ts|long\.ts)$/.test(entry.name) && path !== fileURLToPath(import.meta.url) ? [path] : []
	})

/** The numbers in the names of a file's tests: those in its texts, which comments are not. */
const painsOf = (path: string): Set<number> => {
	const code = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '')
	const texts = code.match(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g) ?? []
	return new Set([...texts.join('\n').matchAll(/\bP(\d{1,2})\b/g)].map(([, number]) => Number(number)))
}

const tested = new Map(['packages', 'e2e', 'demo'].flatMap(folder => filesBelow(join(root, folder))).map(path => [path, painsOf(path)]))

const page = readFileSync(join(docs, 'why.md'), 'utf8')

/** What the page says of a pain: from its number to the next paragraph. */
const partOf = (pain: number): string | undefined => new RegExp(`^\\*\\*P${pain}\\.[^]*?(?=\\n\\n|$(?![^]))`, 'm').exec(page)?.[0]

const testsOf = (part: string): string[] =>
	[...part.matchAll(/\]\(([^)#]+\.(?:test\.tsx?|spec\.ts|long\.ts))\)/g)].map(([, path]) => join(docs, path as string))

describe('docs/why.md', () => {
	it.each(PAINS)('tells of pain %i', pain => {
		expect(partOf(pain), `P${pain} is missing`).toBeDefined()
	})

	it.each(PAINS)('names a test of pain %i', pain => {
		const part = partOf(pain) ?? ''
		expect(testsOf(part), `P${pain} names no test`).not.toEqual([])
		expect(
			[...tested].filter(([, pains]) => pains.has(pain)).map(([path]) => path),
			`no test bears (P${pain})`,
		).not.toEqual([])
	})

	it.each(PAINS)('names tests that are there and bear the number of pain %i', pain => {
		for (const path of testsOf(partOf(pain) ?? '')) {
			expect(existsSync(path), `${path} does not exist`).toBe(true)
			expect([...(tested.get(path) ?? [])], `${path.slice(dirname(docs).length)} has no (P${pain})`).toContain(pain)
		}
	})
})

describe('docs/how-it-works.md', () => {
	const text = readFileSync(join(docs, 'how-it-works.md'), 'utf8')
	const addresses = new Map([...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name, path]) => [name, path as string]))
	const links = [...text.matchAll(/\[([^\]]*)\]\[([^\]]+)\]/g)].map(([, title, name]) => ({
		title: (title as string).replace(/\s+/g, ' '),
		name: (name as string).replace(/\s+/g, ' '),
	}))

	it.each(Array.from({ length: 10 }, (_, at) => at + 1))('names tests of I%i', invariant => {
		const part = new RegExp(`^### I${invariant} [^]*?(?=^##)`, 'm').exec(text)?.[0]
		expect(part).toMatch(/^Tests: \[/m)
	})

	it.each(links)('names a test that is there: $title', ({ title, name }) => {
		const code = readFileSync(join(docs, addresses.get(name) ?? 'nowhere'), 'utf8').replace(/\\'/g, "'")
		expect(title).not.toBe('')
		const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
		const wanted = /^R\d/.test(title) ? title.split(', ').map(number => `['"\`]${number}\\b`) : [`${escaped}\\b`]
		expect(wanted.filter(pattern => !new RegExp(pattern).test(code))).toEqual([])
	})
})
