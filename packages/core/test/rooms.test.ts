// What each room of packages/core may import and touch, as biome.json holds it: forbidden lines are fed to the linter and must be refused.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const src = join('packages', 'core', 'src')

interface Room {
	readonly file: string
	readonly allowed: readonly string[]
	readonly forbidden: readonly string[]
}

const imports: readonly Room[] = [
	{
		file: 'index.ts',
		allowed: ['./manager.ts', './errors.ts', './session-manager.ts'],
		forbidden: [
			'./compose.ts',
			'./local/fetch.ts',
			'./remote/index.ts',
			'./policy/record.ts',
			'./protocol/client.ts',
			'./platform/clock.ts',
			'./testing/index.ts',
			'idb-keyval',
		],
	},
	{
		file: 'manager.ts',
		allowed: ['./compose.ts', './options.ts', './local/fetch.ts', './remote/index.ts', './policy/record.ts', './platform/browser.ts'],
		forbidden: ['./index.ts', './protocol/client.ts', './testing/index.ts', 'oidc-client-ts', 'idb-keyval'],
	},
	{
		file: 'compose.ts',
		allowed: ['./options.ts', './local/fetch.ts', './remote/index.ts', './policy/record.ts', './platform/ports.ts'],
		forbidden: ['./index.ts', './protocol/client.ts', './testing/index.ts', 'oidc-client-ts', 'idb-keyval'],
	},
	{
		file: 'front-channel-logout.ts',
		allowed: ['./options.ts', './local/bounded.ts', './policy/record.ts', './platform/storage-access.ts'],
		forbidden: ['./index.ts', './protocol/client.ts', './testing/index.ts', 'oidc-client-ts', 'idb-keyval'],
	},
	{
		file: 'snapshot.ts',
		allowed: ['./errors.ts', './policy/deadlines.ts'],
		forbidden: [
			'./index.ts',
			'./manager.ts',
			'./compose.ts',
			'./local/tab.ts',
			'./remote/index.ts',
			'./protocol/client.ts',
			'./platform/clock.ts',
			'./testing/index.ts',
			'idb-keyval',
		],
	},
	{
		file: 'policy/renewal.ts',
		allowed: ['./record.ts', '../snapshot.ts', '../errors.ts', '../options.ts', '../alerts.ts', '../platform/ports.ts'],
		forbidden: [
			'../manager.ts',
			'../events.ts',
			'../local/tab.ts',
			'../remote/renew.ts',
			'../protocol/client.ts',
			'../platform/clock.ts',
			'../testing/index.ts',
			'oidc-client-ts',
		],
	},
	{
		file: 'local/fetch.ts',
		allowed: ['./tab.ts', '../policy/record.ts', '../platform/ports.ts', '../errors.ts', '../events.ts'],
		forbidden: [
			'../index.ts',
			'../manager.ts',
			'../compose.ts',
			'../remote/renew.ts',
			'./../remote/renew.ts',
			'../../src/remote/renew.ts',
			'../protocol/client.ts',
			'../platform/clock.ts',
			'../testing/index.ts',
			'oidc-client-ts',
			'idb-keyval',
		],
	},
	{
		file: 'remote/renew.ts',
		allowed: ['./turn.ts', '../protocol/client.ts', '../policy/renewal.ts', '../local/tab.ts', '../platform/ports.ts', '../errors.ts'],
		forbidden: ['../index.ts', '../manager.ts', '../compose.ts', '../testing/index.ts', 'oidc-client-ts', 'idb-keyval'],
	},
	{
		file: 'protocol/client.ts',
		allowed: ['./http.ts', '../platform/ports.ts', '../errors.ts', '../options.ts', '../snapshot.ts', 'oidc-client-ts'],
		forbidden: [
			'../manager.ts',
			'../local/tab.ts',
			'../remote/renew.ts',
			'../policy/record.ts',
			'../platform/record-store.ts',
			'../testing/index.ts',
			'idb-keyval',
			'jose',
			'dpop',
		],
	},
	{
		file: 'protocol/signature.ts',
		allowed: ['./http.ts', '../errors.ts', 'jose'],
		forbidden: ['../remote/renew.ts', '../policy/record.ts', 'oidc-client-ts', 'idb-keyval'],
	},
	{
		file: 'protocol/dpop.ts',
		allowed: ['./http.ts', '../errors.ts', 'dpop'],
		forbidden: ['../remote/renew.ts', '../policy/record.ts', 'oidc-client-ts', 'idb-keyval', 'jose'],
	},
	{
		file: 'platform/record-store.ts',
		allowed: ['./ports.ts', '../errors.ts', '../policy/record.ts', 'idb-keyval'],
		forbidden: [
			'../manager.ts',
			'../local/tab.ts',
			'../remote/renew.ts',
			'../protocol/client.ts',
			'../testing/index.ts',
			'../snapshot.ts',
			'oidc-client-ts',
		],
	},
	{
		file: 'callback/index.ts',
		allowed: [],
		forbidden: ['../errors.ts', '../policy/record.ts', '../platform/record-store.ts', 'idb-keyval'],
	},
	{
		file: 'testing/tab.ts',
		allowed: [
			'./page.ts',
			'../compose.ts',
			'../options.ts',
			'../local/tab.ts',
			'../remote/index.ts',
			'../policy/record.ts',
			'../protocol/index.ts',
			'../platform/ports.ts',
		],
		forbidden: ['./../remote/index.ts', 'oidc-client-ts', 'idb-keyval', 'vitest'],
	},
]

const uses = [
	'Date.now()',
	'performance.now()',
	'setTimeout(f, 1)',
	'setInterval(f, 1)',
	'clearTimeout(1)',
	'clearInterval(1)',
	"fetch('/')",
	'window.name',
	'document.title',
	'navigator.onLine',
	'location.href',
	'history.length',
	'localStorage.length',
	'sessionStorage.length',
	'indexedDB.databases()',
	'crypto.randomUUID()',
	"addEventListener('focus', f)",
	"new BroadcastChannel('a')",
	'globalThis.fetch',
	'Math.random()',
]

const harmless = ['queueMicrotask(f)', 'new URL(a)', 'new AbortController()', 'Math.max(1, 2)', 'structuredClone(a)']

const outside = ['manager.ts', 'front-channel-logout.ts', 'options.ts', 'policy/record.ts', 'local/tab.ts', 'remote/renew.ts']
const inside = ['platform/clock.ts', 'callback/index.ts', 'protocol/http.ts', 'testing/time.ts', 'local/tab.test.ts']

const globals: readonly Room[] = [
	...outside.map(file => ({ file, allowed: harmless, forbidden: uses })),
	...inside.map(file => ({ file, allowed: [...harmless, ...uses], forbidden: [] })),
]

/** The lines that the linter refuses, file by file; one run for all. */
function refused(rooms: readonly Room[], line: (what: string) => string, rules: readonly string[]): Map<string, string[]> {
	const folder = mkdtempSync(join(tmpdir(), 'tabsession-rooms-'))
	try {
		cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
		for (const { file, allowed, forbidden } of rooms) {
			const path = join(folder, src, file)
			mkdirSync(dirname(path), { recursive: true })
			writeFileSync(path, [...allowed, ...forbidden].map(line).join('\n'))
		}
		const only = rules.map(rule => `--only=${rule}`)
		const options = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '--colors=off', ...only]
		const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'biome'), options, {
			cwd: folder,
			encoding: 'utf8',
			shell: process.platform === 'win32',
		})
		const { diagnostics } = JSON.parse(stdout)
		return new Map(
			rooms.map(({ file, allowed, forbidden }) => {
				const here = diagnostics.filter((one: { location: { path: string } }) =>
					one.location.path.replaceAll('\\', '/').endsWith(`core/src/${file}`),
				)
				const lines: number[] = here.map((one: { location: { start: { line: number } } }) => one.location.start.line - 1)
				const all = [...allowed, ...forbidden]
				return [file, all.filter((_, index) => lines.includes(index))]
			}),
		)
	} finally {
		rmSync(folder, { recursive: true, force: true })
	}
}

describe('imports point one way', () => {
	const found = refused(imports, what => `import '${what}'`, ['style/noRestrictedImports'])
	test.each(imports)('$file', ({ file, forbidden }) => {
		expect(found.get(file)).toEqual(forbidden)
	})

	test('however they are written', () => {
		const forms = ["import type { A } from 'X'", "export * from 'X'", "export { a } from 'X'", "const a = () => import('X')"]
		const room = { file: 'local/forms.ts', allowed: [], forbidden: forms.map(form => form.replace('X', '../remote/renew.ts')) }
		expect(refused([room], form => form, ['style/noRestrictedImports']).get(room.file)).toEqual(room.forbidden)
	})

	test('and policy takes nothing but types from the other rooms', () => {
		const folder = join(root, src, 'policy')
		const files = readdirSync(folder).filter(file => !file.endsWith('.test.ts'))
		expect(files).not.toEqual([])
		const values = files.flatMap(
			file => readFileSync(join(folder, file), 'utf8').match(/^(import|export) (?!type )[^']*? from '\.\.\/.*'/gm) ?? [],
		)
		expect(values).toEqual([])
	})
})

describe('the outside world comes in through platform and protocol', () => {
	const found = refused(globals, what => `export const f = a => { ${what} }`, [
		'style/noRestrictedGlobals',
		'nursery/noJsRestrictedProperties',
	])
	test.each(globals)('$file', ({ file, forbidden }) => {
		expect(found.get(file)).toEqual(forbidden)
	})
})
