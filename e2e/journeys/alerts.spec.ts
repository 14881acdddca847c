// Alerts in a real browser: one ledger over all tabs and restarts of a page, and reports that wait while the endpoint is out of reach.
import type { BrowserContext, Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { enterAdmin } from '../support/admin.ts'
import { eventsOf, recordEvents } from '../support/events.ts'
import { forgedState, watchRequests } from '../support/network.ts'
import { endReason, expectSignedIn, expectWelcome, openTab, pick, signIn, signInButton, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const STRAY = '/signed-in?code=stolen&state=forged'

const alertsOf = (page: Page) => page.evaluate(() => window.session.getAlerts().map(({ type }) => type))

const raised = (page: Page) => page.getByTestId('raised').getByRole('listitem')
const received = (page: Page) => page.getByTestId('received').getByRole('listitem')

const isReportOf = (demo: Demo) => (url: URL, request?: { method(): string }) =>
	url.href === `${demo.api}/alerts` && request?.method() !== 'GET' && request?.method() !== 'OPTIONS'

/** The endpoint cannot be reached, until this is called. */
async function cutOff(context: BrowserContext, demo: Demo) {
	const isReport = (url: URL) => url.href === `${demo.api}/alerts`
	await context.route(isReport, route => route.abort('internetdisconnected'))
	return () => context.unroute(isReport)
}

const failedReport = (context: BrowserContext, demo: Demo) =>
	context.waitForEvent('requestfailed', request => isReportOf(demo)(new URL(request.url()), request))

/** A link leads somebody to the callback page, and they go on from there. */
async function followStray(context: BrowserContext, demo: Demo): Promise<Page> {
	const tab = await openTab(context, demo, STRAY)
	await tab.getByRole('link', { name: 'Go to Paperlane' }).click()
	await expectSignedIn(tab)
	return tab
}

/** In a tab of its own, on the provider's own page. */
async function endAtProvider(context: BrowserContext, demo: Demo) {
	const provider = await context.newPage()
	await provider.goto(`${demo.provider}/session/end?client_id=shop`)
	await provider.getByRole('button', { name: 'Sign out' }).click()
}

test('a callback that nobody asked for is one alert over all tabs, listed by each, and received once without a secret', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	const reports = watchRequests(context, isReportOf(demo))
	await signIn(page, demo)
	const other = await openTab(context, demo, '/alerts')
	await page.getByRole('link', { name: 'Alerts' }).click()
	const strays = [await followStray(context, demo), await followStray(context, demo)]

	for (const tab of [page, other]) {
		await expect(raised(tab)).toHaveText([/unsolicited-callback/])
		await expect(received(tab)).toHaveText([/unsolicited-callback.*shop/])
	}
	const events = await Promise.all([page, other, ...strays].map(tab => eventsOf(tab, 'alert')))
	expect(events.flat()).toHaveLength(1)
	expect(demo.alerts).toHaveLength(1)
	expect(reports).toHaveLength(1)

	const [alert] = await page.evaluate(() => window.session.getAlerts())
	expect(alert).toEqual({ id: expect.any(String), type: 'unsolicited-callback', at: expect.any(Number), count: 1, check: 'state' })
	expect(reports[0]?.postDataJSON()).toEqual({ authority: demo.provider, clientId: 'shop', alerts: [alert] })
	const headers = JSON.stringify(await reports[0]?.allHeaders())
	for (const secret of ['stolen', 'forged', 'Ada', await tokenOf(page)]) expect(headers).not.toContain(secret)
	expect(await reports[0]?.headerValue('referer')).toBeNull()

	await page.reload()
	await expect(raised(page)).toHaveCount(1)
	expect(demo.alerts).toHaveLength(1)
})

test('a report waits while the endpoint is out of reach, over a reload too, and goes out when it is back', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	const reconnect = await cutOff(context, demo)
	const failed = failedReport(context, demo)
	const stray = await followStray(context, demo)
	await failed
	await stray.close()
	await page.reload()
	await expect.poll(() => alertsOf(page)).toEqual(['unsolicited-callback'])
	expect(demo.alerts).toEqual([])
	await reconnect()
	await expect.poll(() => demo.alerts.map(({ type }) => type), { timeout: 120_000 }).toEqual(['unsolicited-callback'])
})

test('a report goes out when the network is back, without waiting for the back-off', async ({ page, context, demo }) => {
	await context.clock.install()
	await signIn(page, demo)
	const reconnect = await cutOff(context, demo)
	const failed = failedReport(context, demo)
	await followStray(context, demo)
	await failed
	// From here on no timer runs in a page, so that none ends the back-off. One minute is longer than what any page has slept by now.
	await context.clock.pauseAt(Date.now() + 60_000)
	await context.setOffline(true)
	await reconnect()
	const goOnline = async () => {
		await context.setOffline(true)
		await context.setOffline(false)
		return demo.alerts.length
	}
	// Again and again: a try that had begun when the clock stopped may fail after the first.
	await expect.poll(goOnline).toBe(1)
})

test('a session that the provider ends soon after the sign-in, and a sign-in by a third user, raise alerts', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo, 'Ada')
	await endAtProvider(context, demo)
	await expect(endReason(page)).toContainText('at the provider')
	await expect.poll(() => demo.alerts.map(({ type }) => type)).toEqual(['ended-early'])
	expect(demo.alerts[0]).toMatchObject({ reason: 'signed-out-at-provider', after: expect.any(Number) })

	for (const name of ['Grace', 'Alan'] as const) {
		await expectWelcome(page)
		await signInButton(page).click()
		await pick(page, name)
		await expectSignedIn(page, name)
		await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	}
	await expect.poll(() => demo.alerts.map(({ type }) => type)).toEqual(['many-users', 'ended-early'])
	// Without the ids: random hex digits may spell a name.
	expect(JSON.stringify(demo.alerts.map(alert => ({ ...alert, id: '' })))).not.toMatch(/ada|grace|alan|sub/i)
})

test('the second application reports as itself', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const admin = await context.newPage()
	await enterAdmin(admin, demo)
	await admin.goto(demo.admin + STRAY)
	await expect(admin.getByText('This sign-in did not begin here')).toBeVisible()
	await admin.goto(demo.admin)
	await expect.poll(() => demo.alerts.map(({ clientId, type }) => [clientId, type])).toEqual([['admin', 'unsolicited-callback']])
})

test('what no request has taken up as a page is left goes by a beacon', async ({ page, context, demo }) => {
	await signIn(page, demo)
	// The endpoint wants to be left alone for a while, and all tabs do.
	const isReport = (url: URL) => url.href === `${demo.api}/alerts`
	const headers = { 'access-control-allow-origin': demo.shop, 'access-control-expose-headers': 'Retry-After', 'retry-after': '600' }
	await context.route(isReport, route => route.fulfill({ status: 503, headers }))
	const refused = context.waitForEvent('response', response => isReport(new URL(response.url())) && response.status() === 503)
	const stray = await followStray(context, demo)
	await refused
	await stray.close()
	await context.unroute(isReport)
	await endAtProvider(context, demo)
	await expect.poll(() => alertsOf(page)).toEqual(['ended-early', 'unsolicited-callback'])
	expect(demo.alerts).toEqual([])
	await page.goto(`${demo.provider}/.well-known/openid-configuration`)
	await expect.poll(() => demo.alerts.map(({ type }) => type)).toEqual(['ended-early'])
})

test.describe('where the application boots at the redirect URI', () => {
	test.use({ demoOptions: { callbackPage: false, sessionOptions: { alerts: { endpoint: '/alerts', claims: ['name'] } } } })

	test('a report tells the claims that it may, and no others', async ({ page, context, demo }) => {
		const isReport = (url: URL) => url.href === `${demo.shop}/alerts`
		const reports = watchRequests(context, isReport)
		await context.route(isReport, route => route.fulfill({ status: 204 }))
		await signIn(page, demo)
		const other = await openTab(context, demo)
		await openTab(context, demo, `/signed-in?code=stolen&state=${forgedState(demo)}`)
		await openTab(context, demo, `/signed-in?code=stolen&state=${forgedState(demo)}`)
		for (const tab of [page, other]) await expect.poll(() => alertsOf(tab)).toEqual(['unsolicited-callback'])
		await page.reload()
		await expect.poll(() => alertsOf(page)).toEqual(['unsolicited-callback'])
		expect(reports).toHaveLength(1)
		const [alert] = await page.evaluate(() => window.session.getAlerts())
		expect(reports[0]?.postDataJSON()).toEqual({
			authority: demo.provider,
			clientId: 'shop',
			alerts: [{ ...alert, check: 'state', user: { name: expect.stringContaining('Ada') } }],
		})
	})
})
