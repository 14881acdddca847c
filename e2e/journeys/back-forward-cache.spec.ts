import type { Page } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'
import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import { discoveryOf } from '../support/network.ts'
import { callApi, endReason, expectSignedIn, expectWelcome, openTab, pick, signIn, snapshotOf, subOf, tokenOf } from '../support/shop.ts'
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
	await page.goto(discoveryOf(demo))
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
	await page.goto(discoveryOf(demo))
	await page.goBack({ waitUntil: 'commit' })
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	await expectSignedIn(page)
	await expect(page.getByTestId('orders')).toBeVisible()
	expect(await tokenOf(page)).toContain('.')
})

test('a page that comes back after another tab has renewed hands out the new token, and sends no request of its own (I1, I3, P1)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo, 'Ada', '/orders')
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	const old = await tokenOf(page)
	await noteRestored(page)
	await page.goto(discoveryOf(demo))
	await other.evaluate(() => window.session.renew())
	await page.goBack({ waitUntil: 'commit' })
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	const token = await tokenOf(page)
	expect(token).toBe(await tokenOf(other))
	expect(token).not.toBe(old)
	await expectSignedIn(page)
	expect(await eventsOf(page, 'renewed')).toEqual([{ type: 'renewed', by: 'other-tab' }])
	expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
})

test('a page that comes back to a session of another user shows nothing of either, and sends nothing with the new token (I9, P12, P13)', async ({
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
	await page.goto(discoveryOf(demo))
	await other.getByRole('button', { name: 'Switch user' }).click()
	await pick(other, 'Grace')
	await expectSignedIn(other, 'Grace')
	const users: (string | undefined)[] = []
	page.on('request', request => {
		const sub = subOf(request.headers()['authorization'])
		if (sub) users.push(sub)
	})
	await page.goBack({ waitUntil: 'commit' })
	expect(await restoredAs(page)).toEqual({ persisted: true, status: 'checking' })
	await expect(page.getByTestId('user-changed')).toBeVisible()
	expect(await snapshotOf(page)).toMatchObject({ status: 'user-changed', user: 'Grace Hopper' })
	expect(await tokenOf(page)).toBe('user_changed')
	expect((await framesOf(page)).filter(({ text }) => /PL-\d/.test(text))).toEqual([])
	expect(users).toEqual([])
})

test.describe('with a provider that has a grace period', () => {
	test.use({ demoOptions: { rotationGraceSeconds: 60 } })

	test('a page that is left while it renews keeps nobody waiting: the next tab renews, and so can the page that comes back (I1, I10, P3, P4)', async ({
		page,
		context,
		demo,
	}) => {
		await signIn(page, demo, 'Ada', '/orders')
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		const held = demo.holdRenewal()
		await page.evaluate(() => void window.session.renew().catch(() => {}))
		await held.taken
		await page.goto(discoveryOf(demo))
		// The page in the cache has the lock; whoever asks for it gets it.
		await other.evaluate(() => window.session.renew())
		held.release()
		expect(await callApi(other, demo)).toBe(200)
		await page.goBack({ waitUntil: 'commit' })
		await expectSignedIn(page)
		expect(await tokenOf(page)).toBe(await tokenOf(other))
		await page.evaluate(() => window.session.renew())
		await expect.poll(() => tokenOf(other)).toBe(await tokenOf(page))
		expect(demo.counts).toMatchObject({ refresh: 3, reuse: 0, grantsRevoked: 0, code: 1 })
	})
})
