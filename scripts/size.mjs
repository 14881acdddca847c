// `npm run size`: what an application pays for the packages, minified and compressed, against the budgets in package.json.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import nodeResolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { rollup } from 'rollup'
import { manifest, root } from './workspace.mjs'

/** Bundles an application of a few lines, with the default builds and their runtime dependencies. */
async function bundle(code, external = []) {
	// It lives beside the journeys, which have both packages installed.
	const entry = join(root, 'e2e', 'size-of-an-app.js')
	const app = {
		name: 'app',
		resolveId: id => (id === entry ? id : null),
		load: id => (id === entry ? code : null),
	}
	const build = await rollup({
		input: entry,
		external,
		plugins: [app, nodeResolve({ browser: true, exportConditions: ['production'] })],
		onwarn(warning) {
			if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') throw new Error(warning.message)
		},
	})
	const { output } = await build.generate({ format: 'es', plugins: [terser({ module: true, ecma: 2020, compress: { passes: 2 } })] })
	const chunks = new Map(output.map(chunk => [chunk.fileName, chunk]))
	if (output.some(({ moduleIds }) => moduleIds.some(id => id.includes('/development/')))) throw new Error('This is the development build.')

	const eager = new Set()
	const load = name => {
		const chunk = chunks.get(name)
		if (!chunk || eager.has(chunk)) return
		eager.add(chunk)
		chunk.imports.forEach(load)
	}
	load(output[0].fileName)
	return { eager: [...eager], lazy: output.filter(chunk => !eager.has(chunk)) }
}

const sum = (chunks, compress) => chunks.reduce((total, { code }) => total + compress(Buffer.from(code)).length, 0)

const core = await bundle("import { createSessionManager } from '@tabsession/core'\nglobalThis.session = createSessionManager({})")

/** An application with these of the React package. */
const reactWith = names =>
	bundle(`import { ${names.join()} } from '@tabsession/react'\nglobalThis.react = { ${names.join()} }`, [
		/^react(-dom)?(\/|$)/,
		'@tabsession/core',
	])
const parts = Object.keys(await import(pathToFileURL(join(root, 'packages', 'react', 'dist', 'index.js')).href))
const isOfDialog = name => name.startsWith('SessionTimeout')
const react = await reactWith(parts.filter(name => !isOfDialog(name)))
const dialog = await reactWith(parts.filter(isOfDialog))
const hasDialog = ({ eager }) => eager.some(({ code }) => code.includes('alertdialog') && code.includes('adoptedStyleSheets'))
if (hasDialog(react) || !hasDialog(dialog)) throw new Error('The dialog is to be in the applications that use it, and in no other.')

/** What is loaded only where it is used, by the name of its chunk. */
const lazy = name => {
	const found = core.lazy.filter(({ moduleIds }) => moduleIds.some(id => id.endsWith(`/core/dist/${name}.js`)))
	if (found.length !== 1) throw new Error(`${name} is to be one chunk of its own, not ${found.length}.`)
	return found
}
const names = ['remote', 'popup', 'signature', 'dpop', 'monitor', 'alerts']
if (core.lazy.length !== names.length) throw new Error(`There are ${core.lazy.length} lazy chunks, and ${names.length} are known.`)

const callback = await bundle("import { handleCallback } from '@tabsession/core/callback'\nhandleCallback()")
const logout = await bundle(
	"import { handleFrontChannelLogout } from '@tabsession/core/front-channel-logout'\nhandleFrontChannelLogout({ authority: '', clientId: '' })",
)

const { budgets, goals } = manifest.tabsession
const rows = [
	['kernel', core.eager, budgets.kernel],
	...names.map(name => [name, lazy(name)]),
	['callback', callback.eager, budgets.callback],
	['logout', logout.eager, budgets.frontChannelLogout],
	['react', [...react.eager, ...react.lazy], budgets.react],
	['dialog', [...dialog.eager, ...dialog.lazy], budgets.dialog],
]

let over = false
const bytes = n => n.toLocaleString('en').padStart(7)
console.log(`${'bytes'.padEnd(10)} minified    gzip  brotli  budget (gzip)`)
for (const [name, chunks, budget] of rows) {
	const gzip = sum(chunks, code => gzipSync(code, { level: 9 }))
	const sizes = [sum(chunks, code => code), gzip, sum(chunks, brotliCompressSync)].map(bytes).join(' ')
	over ||= gzip > budget
	console.log(`${name.padEnd(10)}  ${sizes} ${budget ? bytes(budget) : ''}${gzip > budget ? `  ${gzip - budget} too many` : ''}`)
}
const kernel = sum(core.eager, code => gzipSync(code, { level: 9 }))
if (kernel > goals.kernel)
	console.log(`The goal for the kernel is ${bytes(goals.kernel).trim()}: missed by ${bytes(kernel - goals.kernel).trim()}.`)
process.exit(over ? 1 : 0)
