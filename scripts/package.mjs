// Checks what would be published: packs both packages, unpacks them as a user would get them, and uses them there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pnpm, root, run, tool } from './workspace.mjs'

const read = (...path) => readFileSync(join(...path), 'utf8')

/** Every file that an exports map names. */
const targets = exports => (typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(targets))

async function pack(name, folder) {
	const packed = join(folder, name)
	mkdirSync(packed)
	const code = await pnpm(['--silent', 'pack', '--pack-destination', packed], { cwd: join(root, 'packages', name) })
	assert.equal(code, 0, `${name} cannot be packed`)
	const [tarball] = readdirSync(packed)
	execFileSync('tar', ['-xzf', tarball], { cwd: packed })
	return join(packed, 'package')
}

/** Names keep their place: most words of the code are where the map says they came from. */
function assertMapped(file) {
	const code = readFileSync(file, 'utf8')
	const payload = JSON.parse(readFileSync(`${file}.map`, 'utf8'))
	const map = new SourceMap(payload)
	const sources = new Map(payload.sources.map((source, index) => [source, payload.sourcesContent[index].split('\n')]))
	let hits = 0
	let misses = 0
	code.split('\n').forEach((line, row) => {
		for (const { 0: word, index } of line.matchAll(/[A-Za-z]{6,}/g)) {
			const { generatedLine, generatedColumn, originalSource, originalLine, originalColumn } = map.findEntry(row, index)
			if (generatedLine !== row || generatedColumn !== index) continue
			if (sources.get(originalSource)?.[originalLine]?.startsWith(word, originalColumn)) hits++
			else misses++
		}
	})
	assert.ok(hits > misses, `the source map of ${file} is off: ${hits} words found, ${misses} not`)
}

function checkContents(name, folder) {
	const manifest = JSON.parse(read(folder, 'package.json'))
	assert.doesNotMatch(JSON.stringify(manifest), /workspace:/, `${name}: a range of the workspace was left in the manifest`)
	assert.ok(existsSync(join(folder, 'LICENSE')), `${name}: LICENSE is missing`)

	const files = readdirSync(folder, { recursive: true }).map(file => file.replaceAll('\\', '/'))
	for (const target of targets(manifest.exports)) assert.ok(existsSync(join(folder, target)), `${name}: ${target} is missing`)
	for (const file of files)
		assert.doesNotMatch(file, /(^|\/)(test|src)(\/|$)|\.test\.|tsbuildinfo/, `${name}: ${file} does not belong in the package`)

	const scripts = files.filter(file => file.endsWith('.js'))
	for (const file of scripts) {
		if (name === 'react')
			assert.match(read(folder, file).split('\n')[0], /^['"]use client['"];/, `react: ${file} does not begin with 'use client'`)
		// A file that only re-exports has nothing to map.
		if (JSON.parse(read(folder, `${file}.map`)).sources.length > 0) assertMapped(join(folder, file))
	}
	for (const file of files.filter(file => file.endsWith('.d.ts'))) {
		assert.doesNotMatch(read(folder, file), /(from|import\()\s*['"]\.[^'"]*(?<!\.d)\.tsx?['"]/, `${name}: ${file} imports a source file`)
	}
}

/** The kernel is loaded with the page: nothing in it may bring in what talks to the provider. */
function checkKernel(folder) {
	for (const build of ['', 'development']) {
		const eager = ['index.js', 'kernel.js'].map(file => read(folder, 'dist', build, file)).join('\n')
		assert.doesNotMatch(eager, /oidc-client-ts|jose|from\s*['"]dpop['"]/, 'the kernel imports oidc-client-ts, jose or dpop')
		assert.match(eager, /import\(\s*['"]\.\/remote\.js['"]\s*\)/, 'the kernel does not import remote.js lazily')
		const remote = read(folder, 'dist', build, 'remote.js')
		assert.match(remote, /oidc-client-ts/, 'remote.js does not have the protocol')
		assert.doesNotMatch(remote, /from\s*['"](jose|dpop)['"]/, 'remote.js imports jose or dpop')
		for (const chunk of ['signature', 'dpop', 'popup', 'monitor', 'alerts'])
			assert.match(remote, new RegExp(`import\\(\\s*['"]\\./${chunk}\\.js['"]\\s*\\)`), `remote.js does not import ${chunk}.js lazily`)
		assert.doesNotMatch(remote, /monitoring:/, 'remote.js has the monitor')
		assert.doesNotMatch(remote, /many-users/, 'remote.js has the rules of alerts')
	}
}

/** A static page loads it alone: it has neither the kernel nor anything that opens or asks for tokens. */
function checkFrontChannelLogout(folder) {
	const code = read(folder, 'dist', 'front-channel-logout.js')
	const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(([, name]) => name)
	assert.deepEqual(imports, ['idb-keyval'], 'the front-channel logout imports something else')
	assert.doesNotMatch(code, /subtle|decrypt|fetch/, 'the front-channel logout opens or asks for something')
}

/** The testing entry is one file that runs wherever tests do, and shares the classes of the main entry. */
function checkTesting(folder) {
	const code = read(folder, 'dist', 'testing.js')
	const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name)
	assert.deepEqual(
		[...new Set(imports)].sort(),
		['@tabsession/core', 'dpop', 'jose', 'oidc-client-ts'],
		'the testing entry imports something else',
	)
	assert.doesNotMatch(code, /class SessionError/, 'the testing entry has an error class of its own')
}

const PROGRAM = `
import { createSessionManager, SessionError, type SessionManager, type Snapshot, type User } from '@tabsession/core'
import { handleFrontChannelLogout } from '@tabsession/core/front-channel-logout'
import { createTestSession, createWorld, type TestSession, type TestTab } from '@tabsession/core/testing'
import { type CallbackOutcome, handleCallback } from '@tabsession/core/callback'
import * as react from '@tabsession/react'

export const outcome = (): Promise<CallbackOutcome> => handleCallback()
const session: SessionManager = createSessionManager({ authority: 'https://id.example', clientId: 'app', redirectUri: '/callback' })
const snapshot: Snapshot = session.getSnapshot()
export const name: string | undefined = snapshot.user?.name
export const isError = (error: unknown): error is SessionError => error instanceof SessionError
// @ts-expect-error: a session has no such status
export const wrong = snapshot.status === 'no-such-status'
export const hooks: object = react
export const isEnded: Promise<boolean> = handleFrontChannelLogout({ authority: 'https://id.example', clientId: 'app' })

interface Ada extends User { readonly roles: string[] }
const test: TestSession<Ada> = createTestSession({ user: { sub: 'u1', roles: [] }, idle: { timeout: '15m' } })
export const roles: string[] | undefined = test.getSnapshot().user?.roles
export const idle: Promise<void> = test.test.idle('14m')
export const tab: Promise<TestTab> = createWorld({ seed: 1 }).signedIn('alice')
// @ts-expect-error: a renewal does not fail so
export const failed = test.test.failRenewal('no-such-failure')
`

/** As a test of an application: what it compares errors with is what it imports. */
const TEST = `
import assert from 'node:assert/strict'
import { SessionError } from '@tabsession/core'
import { createTestSession } from '@tabsession/core/testing'
const session = createTestSession({ user: { sub: 'u1', name: 'Ada' }, idle: { timeout: '15m' } })
assert.equal(session.getSnapshot().user.name, 'Ada')
await session.test.idle('14m')
assert.equal(session.getSnapshot().warning, 'idle')
await session.test.signOutInAnotherTab()
assert.equal(session.getSnapshot().reason, 'signed-out')
await assert.rejects(session.getAccessToken(), error => error instanceof SessionError && error.code === 'not_authenticated')
`

const IMPORTS = `
import assert from 'node:assert/strict'
const core = await import('@tabsession/core')
const react = await import('@tabsession/react')
assert.deepEqual(Object.keys(core).sort(), ['SessionError', 'createSessionManager', 'nistAal2', 'owaspHighValue'])
assert.ok(Object.keys(react).length > 0)
const { handleFrontChannelLogout } = await import('@tabsession/core/front-channel-logout')
assert.equal(await handleFrontChannelLogout({ authority: 'https://id.example', clientId: 'app' }), false)
const options = { authority: 'https://id.example', clientId: 'app', redirectUri: '/callback' }
const refuses = wrong => assert.throws(() => core.createSessionManager({ ...options, ...wrong }), { code: 'invalid_option' })
for (const wrong of [{ authority: 'http://id.example' }, { clientId: '' }, { redirectUri: undefined }, { apis: ['http://api.example'] }]) refuses(wrong)
for (const wrong of [{ scope: 'email' }, { storage: 'memory' }, { idle: '15m' }, { lifetime: { timeout: 12 } }, { clockTolerance: NaN }]) refuses(wrong)
for (const endpoint of ['http://watch.example', '']) refuses({ alerts: { endpoint } })
if (process.argv[2] === 'development') for (const wrong of [{ sso: 'on' }, { loopGuard: { attempts: 0 } }, { alerts: { claims: 'email' } }]) refuses(wrong)
assert.equal(/hint/.test(new core.SessionError('timeout').message), process.argv[2] === 'development')
`

/** A project outside the workspace that has the packages and what they depend on. */
async function checkUse(folder, packages) {
	const project = join(folder, 'project')
	const modules = join(project, 'node_modules')
	for (const [name, unpacked] of Object.entries(packages)) cpSync(unpacked, join(modules, '@tabsession', name), { recursive: true })
	for (const [owner, names] of [
		['core', ['dpop', 'idb-keyval', 'jose', 'oidc-client-ts']],
		['react', ['react', 'react-dom', '@types/react', '@types/react-dom']],
	]) {
		for (const name of names) {
			mkdirSync(dirname(join(modules, name)), { recursive: true })
			symlinkSync(realpathSync(join(root, 'packages', owner, 'node_modules', name)), join(modules, name), 'junction')
		}
	}
	writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
	writeFileSync(join(project, 'app.ts'), PROGRAM)
	writeFileSync(join(project, 'imports.mjs'), IMPORTS)
	writeFileSync(join(project, 'test.mjs'), TEST)

	for (const [module, resolution] of [
		['nodenext', 'nodenext'],
		['esnext', 'bundler'],
	]) {
		const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '']
		const code = await tool('tsc', [...options, '--module', module, '--moduleResolution', resolution, 'app.ts'], { cwd: project })
		assert.equal(code, 0, `the types do not work under moduleResolution ${resolution}`)
	}
	for (const condition of ['default', 'development']) {
		const code = await run(process.execPath, ['-C', condition, 'imports.mjs', condition], { cwd: project })
		assert.equal(code, 0, `the ${condition} build cannot be imported where there is no page`)
		const failed = await run(process.execPath, ['-C', condition, 'test.mjs'], { cwd: project })
		assert.equal(failed, 0, `the testing entry does not work beside the ${condition} build`)
	}
}

const folder = mkdtempSync(join(tmpdir(), 'tabsession-package-'))
try {
	const packages = { core: await pack('core', folder), react: await pack('react', folder) }
	for (const [name, unpacked] of Object.entries(packages)) checkContents(name, unpacked)
	checkKernel(packages.core)
	checkTesting(packages.core)
	checkFrontChannelLogout(packages.core)
	await checkUse(folder, packages)
	console.log('Both packages hold what they promise.')
} catch (error) {
	if (!(error instanceof assert.AssertionError)) throw error
	console.error(error.message)
	process.exitCode = 1
} finally {
	rmSync(folder, { recursive: true, force: true })
}
