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

/** What Chromium does for a window that somebody looks at: each context is a window of its own, and each of these starts a renderer more for it. */
const forPeople = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

/** Chromium goes by the last list alone, so what Playwright disables by itself comes with it. */
const byPlaywright = [
	'AimEnabled',
	'AvoidCorsURLLoaderRestartOnRedirect',
	'AvoidUnnecessaryBeforeUnloadCheckSync',
	'DestroyProfileOnBrowserClose',
	'HttpsFirstBalancedModeAutoEnable',
	'HttpsUpgrades',
	'LensOverlay',
	'MediaRouter',
	'NetworkTimeServiceQuerying',
	'OptimizationHints',
	'PaintHolding',
	'PreconnectToSearch',
	'TcpPortRandomizationWin',
	'ThirdPartyStoragePartitioning',
]

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
		`--disable-features=${[...byPlaywright, ...forPeople].join(',')}`,
	],
}
