// Finds a Chromium or Chrome for the journeys; installs one where there is none.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, tool } from './workspace.mjs'

const MINUTES = 60_000

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'google-chrome-beta', 'chrome']

const PLACES = {
	darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
	win32: [process.env.ProgramFiles, process.env['ProgramFiles(x86)'], process.env.LOCALAPPDATA]
		.filter(Boolean)
		.map(folder => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
	linux: ['/usr/lib/chromium/chromium', '/opt/google/chrome/chrome'],
}

function isProgram(path) {
	try {
		accessSync(path, constants.X_OK)
		return statSync(path).isFile()
	} catch {
		return false
	}
}

/** Whether it starts: some systems have a `chromium-browser` that only says what to install. */
function starts(path) {
	// On Windows `--version` opens a window.
	if (process.platform === 'win32') return true
	try {
		return /\d+\.\d+/.test(execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] }))
	} catch {
		return false
	}
}

/** The browser that Playwright has downloaded, if it has. */
async function playwrights() {
	const { chromium } = await import('playwright')
	return chromium.executablePath()
}

const onPath = () =>
	(process.env.PATH ?? '')
		.split(delimiter)
		.filter(Boolean)
		.flatMap(folder => NAMES.map(name => join(folder, name)))

/** @returns {Promise<string | undefined>} path of a browser that is there and starts */
export async function findBrowser() {
	const given = process.env.TABSESSION_BROWSER
	if (given) {
		if (isProgram(given) && starts(given)) return given
		throw new Error(`TABSESSION_BROWSER is ${given}, which does not start. Give the path of a Chromium or Chrome, or leave it unset.`)
	}
	const candidates = [await playwrights(), ...onPath(), ...(PLACES[process.platform] ?? [])]
	return candidates.find(path => isProgram(path) && starts(path))
}

/** Ubuntu's package only asks for a snap, which a container does not have. */
function hasDebiansPackage() {
	if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
	const ids =
		readFileSync('/etc/os-release', 'utf8')
			.match(/^(?:ID|ID_LIKE)=.*$/gm)
			?.join(' ') ?? ''
	return /debian/.test(ids) && !/ubuntu/.test(ids)
}

async function installDebians() {
	const options = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30']
	const env = { DEBIAN_FRONTEND: 'noninteractive' }
	await run('apt-get', [...options, '-qq', 'update'], { env, timeoutMs: 5 * MINUTES })
	await run('apt-get', [...options, '-qq', '-y', '--no-install-recommends', 'install', 'chromium'], { env, timeoutMs: 10 * MINUTES })
}

/**
 * @returns {Promise<string>} path of a browser
 * @throws if there is none and none could be installed, saying what to do
 */
export async function ensureBrowser() {
	const present = await findBrowser()
	if (present) return present
	console.log('No browser found; installing Chromium ...')
	if (hasDebiansPackage()) await installDebians()
	const packaged = await findBrowser()
	if (packaged) return packaged
	await tool('playwright', ['install', 'chromium'], { timeoutMs: 10 * MINUTES })
	const downloaded = await findBrowser()
	if (downloaded) return downloaded
	throw new Error('The journeys need a browser: install Chromium or Google Chrome, or set TABSESSION_BROWSER to the path of one.')
}
