import { eventsOf, recordEvents } from '../support/events.ts'
import { holdCallback, isCallback, tokenEndpointOf, watchRequests } from '../support/network.ts'
import { expectSignedIn, expectTrouble, expectWelcome, openTab, pick, signIn, snapshotOf, trouble, tryAgain } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const WANTED = '/orders?x=1#h'

test('two tabs with the same response at the same time: one exchange, and both are on the wanted page (P5, P6)', async ({
	page,
	context,
	demo,
}) => {
	const held = holdCallback(page)
	await page.goto(demo.shop + WANTED)
	await pick(page, 'Ada')
	const callback = await held
	const exchanges = watchRequests(context, url => url.href === tokenEndpointOf(demo))
	const tabs = [await context.newPage(), await context.newPage(), await context.newPage()]
	await Promise.all(tabs.map(tab => tab.goto(callback)))
	for (const tab of tabs) {
		await expectSignedIn(tab)
		await expect(tab).toHaveURL(demo.shop + WANTED)
	}
	expect(exchanges).toHaveLength(1)
	expect(demo.counts).toMatchObject({ code: 1, reuse: 0, grantsRevoked: 0 })
})

test('the response again, from the history or a bookmark, goes on with the session and exchanges nothing (P5)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	const callbacks = watchRequests(page, isCallback)
	await signIn(page, demo, 'Ada', WANTED)
	const callback = callbacks[0]?.url() ?? ''
	const exchanges = watchRequests(context, url => url.href === tokenEndpointOf(demo))
	for (const tab of [page, await context.newPage()]) {
		await tab.goto(callback)
		await expectSignedIn(tab)
		await expect(tab).toHaveURL(demo.shop + WANTED)
		expect(await eventsOf(tab, 'ended')).toEqual([])
	}
	expect(exchanges).toEqual([])
	expect(demo.counts).toMatchObject({ code: 1, grantsRevoked: 0 })
})

test('Back over a sign-in and a reload never bring the response back (P5)', async ({ page, demo }) => {
	const callbacks = watchRequests(page, isCallback)
	await signIn(page, demo, 'Ada', WANTED)
	await page.reload()
	await expectSignedIn(page)
	await page.goto(`${demo.shop}/session`)
	await page.goBack()
	await expectSignedIn(page)
	await expect(page).toHaveURL(demo.shop + WANTED)
	await page.goBack()
	await page.goForward()
	await expectSignedIn(page)
	await expect(page).toHaveURL(demo.shop + WANTED)
	expect(callbacks).toHaveLength(1)
	expect(demo.counts).toMatchObject({ code: 1, grantsRevoked: 0 })
})

test('a reload during the code exchange sends no code twice, and a retry ends up signed in on the wanted page (P5)', async ({
	page,
	demo,
}) => {
	const sent: (string | null)[] = []
	await page.route(tokenEndpointOf(demo), async route => {
		sent.push(new URLSearchParams(route.request().postData() ?? '').get('code'))
		// The provider is not asked at all, and the page is gone before an answer.
		if (sent.length > 1) await route.continue()
	})
	await page.goto(demo.shop + WANTED)
	await pick(page, 'Ada')
	await expect.poll(() => sent.length).toBe(1)
	await page.reload()
	await expectTrouble(page, 'sign_in_interrupted')
	expect(sent).toHaveLength(1)
	await tryAgain(page).click()
	await expectSignedIn(page)
	expect(new Set(sent).size).toBe(2)
	await expect(page).toHaveURL(demo.shop + WANTED)
	expect(demo.counts).toMatchObject({ code: 1, reuse: 0 })
})

test('a response replayed after the sign-out signs nobody in (I2)', async ({ page, demo }) => {
	const callbacks = watchRequests(page, isCallback)
	await signIn(page, demo)
	const callback = callbacks[0]?.url() ?? ''
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
	await page.goto(callback)
	await expectWelcome(page)
	await expect(page).toHaveURL(`${demo.shop}/`)
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', code: undefined })
	expect(demo.counts).toMatchObject({ code: 1 })
})

test('a response is untouched where it is not ours: on another path the application may have its own `code` and `state` (P5)', async ({
	page,
	context,
	demo,
}) => {
	const foreign = `${demo.shop}/orders?code=abc&state=xyz`
	await signIn(page, demo)
	const other = await openTab(context, demo, '/orders?code=abc&state=xyz')
	await expectSignedIn(other)
	await expect(other).toHaveURL(foreign)
	await expect(trouble(other)).toBeHidden()
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(other)
	await other.reload()
	await expectWelcome(other)
	await expect(other).toHaveURL(foreign)
	expect(await snapshotOf(other)).toMatchObject({ status: 'unauthenticated', code: undefined })
})
