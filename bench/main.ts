// `npm run bench`: what a user's activity costs in a signed-in page, beside listeners that do nothing and beside `react-idle-timer`.
import { startDemo } from '@tabsession/demo'
import { type Browser, chromium } from 'playwright'
import { type Costs, check, deeds, first, openPages, type Pages, real, second, steady } from './measure.ts'

const launch = () =>
	chromium.launch({
		executablePath: process.env['TABSESSION_BROWSER'] ?? '',
		// Chromium's sandbox does not work for root.
		args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
	})

async function signedIn(browser: Browser, shop: string) {
	const context = await browser.newContext()
	const page = await context.newPage()
	await page.goto(`${shop}/orders`)
	await page.getByRole('button', { name: /^Ada / }).click()
	await page.getByTestId('user-name').waitFor()
	await page.close()
	return context
}

const columns = ['no-op', 'tabsession', 'react-idle-timer'] as const

const row = (...[name, ...cells]: readonly string[]) => console.log((name ?? '').padEnd(34) + cells.map(cell => cell.padStart(18)).join(''))

/** Below this, ns, two pages in which nobody listens differ too. */
const NOISE = 50

function show(name: string, costs: Costs, unit: 'ns' | 'µs') {
	const cost = (ns: number) => `${(ns / (unit === 'ns' ? 1 : 1000)).toFixed(0)} ${unit}`
	const ours = Math.max(costs.tabsession, NOISE)
	const ratio = (other: number) => (other < NOISE ? '-' : `${ours > costs.tabsession ? '> ' : ''}${(other / ours).toFixed(1)}`)
	row(name, ...columns.map(column => cost(costs[column])), ratio(costs['no-op']), ratio(costs['react-idle-timer']))
}

async function measure(pages: Pages) {
	const since = Date.now()
	row('', ...columns, 'no-op : ours', 'peer : ours')
	for (const [deed, types] of Object.entries(deeds)) show(`${deed}, among many`, await steady(pages, types), 'ns')
	show('first key of a quiet second', await first(pages), 'µs')
	show('a second of sixty keys', await second(pages), 'µs')
	show('real moves and keys, each one *', await real(pages), 'µs')
	await check(pages, since)
	console.log(`
Beyond what the events cost where nobody listens. Ours: Tabsession, signed in. Peer: react-idle-timer with crossTab, which hears no scroll.
* Through the browser's own input, which takes a frame each: time in scripts only.`)
}

const demo = await startDemo({ ports: { shop: 0, api: 0, provider: 0, admin: 0 }, accessTokenSeconds: 3600 })
const browser = await launch()
try {
	console.log(`Chromium ${browser.version()}, Node ${process.versions.node}\n`)
	await measure(await openPages(await signedIn(browser, demo.shop), demo))
} finally {
	await browser.close()
	await demo.stop()
}
