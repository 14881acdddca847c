import {
	callApi,
	expectSignedIn,
	expectTrouble,
	expectWelcome,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	tryAgain,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const CHUNK = /\/assets\/remote-[^/]*\.js$/

test('a page whose lazy chunk is gone, as after a deploy, shows the session and hands out its token (I6)', async ({ page, demo }) => {
	await signIn(page, demo)
	const token = await tokenOf(page)
	let asked = 0
	await page.route(CHUNK, async route => {
		asked += 1
		await route.fulfill({ status: 404 })
	})
	await page.reload()
	await expectSignedIn(page)
	expect(await tokenOf(page)).toBe(token)
	expect(await callApi(page, demo)).toBe(200)
	// It was asked for, when the page was idle, and did no harm.
	await expect.poll(() => asked).toBeGreaterThan(0)
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
	await page.reload()
	await expectWelcome(page)
})

test('a sign-in whose lazy chunk does not load is an error, and a retry goes on once it does', async ({ page, demo }) => {
	await page.route(CHUNK, route => route.abort())
	await page.goto(demo.shop)
	await signInButton(page).click()
	await expectTrouble(page, 'chunk_failed')
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', code: 'chunk_failed', retryable: true })
	await page.unroute(CHUNK)
	await tryAgain(page).click()
	await pick(page, 'Ada')
	await expectSignedIn(page)
})
