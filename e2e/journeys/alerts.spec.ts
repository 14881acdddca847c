// Alerts in a real browser: one ledger over all tabs and restarts of a page, and reports that wait while the endpoint is out of reach.
import type { Page } from '@playwright/test'
import { watchRequests } from '../support/network.ts'
import { openTab, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const STRAY = '/signed-in?code=stolen&state=forged'

const alertsOf = (page: Page) => page.evaluate(() => window.session.getAlerts().map(({ type }) => type))

test.use({ demoOptions: { callbackPage: false, sessionOptions: { alerts: { endpoint: '/alerts', claims: ['name'] } } } })

test('a callback that nobody asked for is known in every tab, and still after a reload', async ({ page, context, demo }) => {
	const isReport = (url: URL) => url.href === `${demo.shop}/alerts`
	const reports = watchRequests(context, isReport)
	await context.route(isReport, route => route.fulfill({ status: 204 }))
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await openTab(context, demo, STRAY)
	await openTab(context, demo, STRAY)
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
	expect(await reports[0]?.headerValue('referer')).toBeNull()
})

test('a report waits while the network is down, and goes out when it is back', async ({ page, context, demo }) => {
	const isReport = (url: URL) => url.href === `${demo.shop}/alerts`
	await context.route(isReport, route => route.abort('internetdisconnected'))
	await signIn(page, demo)
	const failed = page.context().waitForEvent('requestfailed', request => isReport(new URL(request.url())))
	const stray = await openTab(context, demo, STRAY)
	await failed
	await stray.close()
	await context.unroute(isReport)
	const reports = watchRequests(context, isReport)
	await context.route(isReport, route => route.fulfill({ status: 204 }))
	await expect.poll(() => alertsOf(page)).toEqual(['unsolicited-callback'])
	await page.evaluate(() => window.dispatchEvent(new Event('online')))
	await expect.poll(() => reports.length).toBe(1)
	expect(reports[0]?.postDataJSON()).toMatchObject({ alerts: [{ type: 'unsolicited-callback' }] })
})
