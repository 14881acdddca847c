import type { Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import { watchRequests } from '../support/network.ts'
import {
	callApi,
	expectSignedIn,
	expectTrouble,
	expectWelcome,
	openTab,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenLeft,
	tokenOf,
	tryAgain,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const CHUNK = /\/assets\/remote-[^/]*\.js$/

/** That the test is about what it says. */
const expectChunkGone = async (page: Page, chunk: string) =>
	expect(await page.evaluate(async url => (await fetch(url, { cache: 'no-store' })).status, chunk)).toBe(404)

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

test.describe('with tokens of eight seconds', () => {
	test.use({ demoOptions: { accessTokenSeconds: 8 } })

	test('a tab that is open for long goes on renewing after a deploy has removed the lazy chunk (I6)', async ({ page, context, demo }) => {
		await recordEvents(page)
		await signIn(page, demo)
		// Fetched ahead, when the page is idle: nobody asks for anything that needs it.
		const asked = watchRequests(page, url => CHUNK.test(url.pathname))
		await page.reload()
		await expectSignedIn(page)
		await expect.poll(async () => (await asked[0]?.response())?.ok()).toBe(true)
		await context.route(CHUNK, route => route.fulfill({ status: 404 }))
		await expectChunkGone(page, asked[0]?.url() ?? '')
		await expect
			.poll(
				async () => {
					await wiggle(page)
					return (await eventsOf(page, 'renewed')).length
				},
				{ timeout: 120_000, intervals: [500] },
			)
			.toBe(2)
		expect(await callApi(page, demo)).toBe(200)
		expect(demo.counts).toMatchObject({ refresh: 2, reuse: 0 })
		await page.getByRole('button', { name: 'Sign out here' }).click()
		await expectWelcome(page)
	})

	test('a tab that has not got the lazy chunk says `chunk_failed` once the token runs out, keeps the session, and renews once the chunk is back (I6, P7)', async ({
		page,
		context,
		demo,
	}) => {
		await recordEvents(page)
		await signIn(page, demo)
		await context.route(CHUNK, route => route.fulfill({ status: 404 }))
		await page.reload()
		await expectSignedIn(page)
		await expect.poll(() => tokenLeft(page), { timeout: 120_000 }).toBeLessThan(0)
		expect(await tokenOf(page)).toBe('chunk_failed')
		await expectSignedIn(page)
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', user: 'Ada Lovelace' })
		expect(demo.counts.refresh).toBe(0)

		await context.unroute(CHUNK)
		await expect.poll(() => tokenOf(page)).toContain('.')
		expect(await callApi(page, demo)).toBe(200)
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(await eventsOf(page, 'ended')).toEqual([])
		expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0, code: 1 })
	})

	test('a tab that has not got the lazy chunk lives on what a tab that has it renews (I3, I6)', async ({ page, context, demo }) => {
		await signIn(page, demo)
		await expect.poll(() => page.evaluate(() => window.session.renew().then(() => true))).toBe(true)
		await context.route(CHUNK, route => route.fulfill({ status: 404 }))
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		const old = await tokenOf(other)
		await expect
			.poll(
				async () => {
					await wiggle(page)
					return tokenOf(other)
				},
				{ timeout: 120_000 },
			)
			.not.toBe(old)
		expect(await callApi(other, demo)).toBe(200)
		expect(await tokenOf(other)).toBe(await tokenOf(page))
		expect(demo.counts).toMatchObject({ refresh: 2, reuse: 0 })
	})
})
