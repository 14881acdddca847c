// What the other scripts stand on: the repository's root, pnpm at the pinned version, child processes that end with us.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, constants as os } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The root manifest. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const windows = process.platform === 'win32'

export function checkNode() {
	const wanted = manifest.engines.node.replace('>=', '')
	const [major, minor] = wanted.split('.').map(Number)
	const [hasMajor, hasMinor] = process.versions.node.split('.').map(Number)
	if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return
	console.error(`Tabsession needs Node ${wanted} or newer; this is Node ${process.versions.node}. Install a newer one from nodejs.org.`)
	process.exit(1)
}

/** npm and pnpm keep their caches at home; where home cannot be written, the repository has to do. */
function environment() {
	const env = { npm_config_update_notifier: 'false', ...process.env }
	try {
		accessSync(homedir(), constants.W_OK)
		return env
	} catch {
		const home = join(root, '.cache', 'home')
		mkdirSync(home, { recursive: true })
		for (const name of ['CACHE', 'CONFIG', 'DATA', 'STATE']) delete env[`XDG_${name}_HOME`]
		return { npm_config_userconfig: join(homedir(), '.npmrc'), ...env, HOME: home, npm_config_cache: join(home, '.npm') }
	}
}

const children = new Set()

/** Ends a child and all it has started. */
function end(child, signal) {
	try {
		if (windows) child.kill(signal)
		else process.kill(-child.pid, signal)
	} catch (error) {
		// Gone already; macOS says EPERM of a group whose members have ended.
		if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error
	}
}

let interrupted
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		// Who asks twice does not want to wait.
		for (const child of children) end(child, interrupted ? 'SIGKILL' : signal)
		interrupted = signal
		if (children.size === 0) process.exit(128 + os.signals[signal])
	})
}
process.on('exit', () => {
	for (const child of children) end(child, 'SIGKILL')
})

/**
 * Runs a command in the foreground, in a process group of its own that is ended with this process.
 * If this process has been asked to end meanwhile, it does so once the command has, unless the command is the `last`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number, last?: boolean }} [options]
 * @returns {Promise<number>} its exit code; 124 if it was ended for its time
 */
export async function run(command, args, { cwd = root, env, timeoutMs, last = false } = {}) {
	const child = spawn(command, args, {
		cwd,
		env: { ...environment(), ...env },
		stdio: ['ignore', 'inherit', 'inherit'],
		detached: !windows,
		shell: windows && !command.endsWith('.exe'),
	})
	children.add(child)
	let late = false
	const timer =
		timeoutMs &&
		setTimeout(() => {
			late = true
			console.error(`${command} ${args.join(' ')} took longer than ${timeoutMs / 60_000} minutes and was ended.`)
			end(child, 'SIGTERM')
			setTimeout(() => end(child, 'SIGKILL'), 5000).unref()
		}, timeoutMs)
	const code = await new Promise(resolve => {
		child.on('error', error => {
			console.error(`${command} could not be started: ${error.message}`)
			resolve(127)
		})
		child.on('exit', (code, signal) => resolve(code ?? 128 + os.signals[signal]))
	})
	clearTimeout(timer)
	children.delete(child)
	// What it has left running would keep ports and files.
	if (child.pid) end(child, 'SIGKILL')
	if (interrupted && !last) process.exit(code || 128 + os.signals[interrupted])
	return late ? 124 : code
}

/** Runs pnpm at the version the manifest pins; it need not be installed. */
export const pnpm = (args, options) => run('npx', ['-y', manifest.packageManager, ...args], options)

/** Runs a program that a package of the workspace has installed. */
export const tool = (name, args, options) => run(join(root, 'node_modules', '.bin', windows ? `${name}.cmd` : name), args, options)

const workspaces = () =>
	['.', 'demo', 'e2e', 'bench', ...readdirSync(join(root, 'packages')).map(name => join('packages', name))].filter(folder =>
		existsSync(join(root, folder, 'package.json')),
	)

/** Files below a folder, given from the root; what is built or installed there is left out. */
export function filesBelow(folder) {
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
		const path = join(folder, entry.name)
		if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : filesBelow(path)
		return [path]
	})
}

/**
 * Remembers what something was made of.
 * @param {string} name
 * @param {() => string[]} files what it is made of
 * @param {() => string[]} made what is there once it is made
 */
export function stamp(name, files, made) {
	const path = join(root, 'node_modules', `.tabsession-${name}`)
	const fingerprint = () => {
		const hash = createHash('sha256').update([root, process.platform, process.arch, process.versions.modules].join('\n'))
		for (const file of files()) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
		return hash.digest('hex')
	}
	return {
		isFresh: () => made().every(file => existsSync(join(root, file))) && existsSync(path) && readFileSync(path, 'utf8') === fingerprint(),
		set: () => writeFileSync(path, fingerprint()),
		clear: () => rmSync(path, { force: true }),
	}
}

const installed = stamp(
	'installed',
	() => ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...workspaces().map(folder => join(folder, 'package.json'))],
	() => workspaces().map(folder => join(folder, 'node_modules')),
)

/** Installs the dependencies exactly as locked, unless they are there. */
export async function install() {
	if (installed.isFresh()) return
	console.log('Installing dependencies ...')
	const code = await pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--config.confirmModulesPurge=false'])
	if (code !== 0) {
		console.error('The dependencies could not be installed; the reason is above. Is the network there?')
		process.exit(code)
	}
	installed.set()
}
