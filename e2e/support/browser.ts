// Which browser the journeys drive, and how it is launched.
import { findBrowser } from '../../scripts/browser.mjs'

async function executablePath(): Promise<string> {
	const path = process.env['TABSESSION_BROWSER'] ?? (await findBrowser())
	if (path) return path
	throw new Error(
		'No browser: install Chromium or Google Chrome, or set TABSESSION_BROWSER to the path of one. `npm test` finds or installs one.',
	)
}

// Workers inherit it, so it is looked for once.
process.env['TABSESSION_BROWSER'] = await executablePath()

/** For Playwright's `launch`, and for tests that launch a browser of their own. */
export const launchOptions = {
	executablePath: process.env['TABSESSION_BROWSER'],
	args: [
		// Chromium's sandbox does not work for root.
		...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	],
}
