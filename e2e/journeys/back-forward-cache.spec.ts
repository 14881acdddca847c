import type { Page } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import { endReason, expectSignedIn, expectWelcome, openTab, signIn, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

// Playwright turns it off; and a restored page has no load event to wait for.
test.use({ launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } })

const PRIVATE = /Ada|Lovelace|PL-\d/

const expectNothingShown = async (page: Page) => {
	expect((await framesOf(page)).filter(({ text }) => PRIVATE.test(text))).toEqual([])
	expect(await page.content()).not.toMatch(PRIVATE)
	expect(await tokenOf(page)).toBe('not_authenticated')
}

interface Restored {
	readonly persisted: boolean
	/** In the task of the restoration, after the session has been told of it and before anything is drawn. */
	readonly status: string
}

const noteRestored = (page: Page) =>
	page.evaluate(() => {
		addEventListener('pageshow', ({ persisted }) => {
			Object.assign(window, { restored: { persisted, status: window.session.getSnapshot().status } satisfies Restored })
		})
	})
const restoredAs = (page: Page) => page.evaluate(() => (window as { restored?: Restored }).restored)

test('a page that comes back after a sign-out in another tab shows nothing of the session in any frame (I3, P13)', async ({
	page,
	context,
	demo,
}) => {
	await recordFrames(context)
	await signIn(page, demo, 'Ada', '/orders')
	await expect(page.getByTestId('orders')).toBeVisible()
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	await noteRestored(page)
	await page.goto(`${demo.provider}/.well-known/openid-configuration`)
	await other.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(other)
	await page.goBack({ waitUntil: 'commit' })
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	await expectWelcome(page)
	await expect(endReason(page)).toHaveText('You signed out in another tab.')
	await expectNothingShown(page)
})

test('a page that comes back after its own sign-out shows nothing of the session in any frame (P13)', async ({ page, demo }) => {
	await recordFrames(page)
	await signIn(page, demo, 'Ada', '/orders')
	await expect(page.getByTestId('orders')).toBeVisible()
	await noteRestored(page)
	await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	await expectWelcome(page)
	await expect(page).toHaveURL(`${demo.shop}/`)
	await expect(async () => {
		if (!page.url().endsWith('/orders')) await page.goBack({ waitUntil: 'commit' })
		expect(page.url()).toBe(`${demo.shop}/orders`)
	}).toPass()
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	await expectWelcome(page)
	await expectNothingShown(page)
})

test('a page that comes back while the session lives shows its user again, without a reload', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders')
	await noteRestored(page)
	await page.goto(`${demo.provider}/.well-known/openid-configuration`)
	await page.goBack({ waitUntil: 'commit' })
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	await expectSignedIn(page)
	await expect(page.getByTestId('orders')).toBeVisible()
	expect(await tokenOf(page)).toContain('.')
})
