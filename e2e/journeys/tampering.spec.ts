import { forgedState, holdCallback, tokenEndpointOf, watchRequests } from '../support/network.ts'
import {
	expectSignedIn,
	expectTrouble,
	expectWelcome,
	openTab,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	tryAgain,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.describe('where the application boots at the redirect URI', () => {
	test.use({ demoOptions: { callbackPage: false } })

	for (const { what, change } of [
		{ what: '`state`', change: (params: URLSearchParams) => params.set('state', `f${params.get('state')}`) },
		{ what: '`iss` (RFC 9207)', change: (params: URLSearchParams) => params.set('iss', 'https://evil.example.com') },
	]) {
		test(`an answer with a tampered ${what} is refused before its code is sent, and a retry mends it`, async ({ page, demo }) => {
			const exchanges = watchRequests(page, url => url.href === tokenEndpointOf(demo))
			const held = holdCallback(page)
			await page.goto(demo.shop)
			await signInButton(page).click()
			await pick(page, 'Ada')
			const callback = new URL(await held)
			change(callback.searchParams)
			await page.goto(callback.href)
			await expectTrouble(page, 'state_mismatch')
			await expect(page).not.toHaveURL(/code=/)
			expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', code: 'state_mismatch', retryable: true })
			expect(await tokenOf(page)).toBe('state_mismatch')
			expect(exchanges).toEqual([])
			await tryAgain(page).click()
			await expectSignedIn(page)
			expect(demo.counts.code).toBe(1)
		})
	}

	test('an answer that nobody asked for is refused when nobody is signed in (login CSRF)', async ({ page, demo }) => {
		await page.goto(`${demo.shop}/signed-in?code=stolen&state=${forgedState(demo)}`)
		await expectTrouble(page, 'state_mismatch')
		await expect(page).toHaveURL(`${demo.shop}/signed-in`)
		expect(demo.counts.code).toBe(0)
	})

	test('an answer that nobody asked for does nothing to a session that is there', async ({ page, context, demo }) => {
		await signIn(page, demo)
		const exchanges = watchRequests(context, url => url.href === tokenEndpointOf(demo))
		const other = await openTab(context, demo, `/signed-in?code=stolen&state=${forgedState(demo)}`)
		await expectSignedIn(other)
		await expect(other).toHaveURL(`${demo.shop}/`)
		expect(await tokenOf(other)).toBe(await tokenOf(page))
		expect(exchanges).toEqual([])
	})

	test('a response of another application stays in the address, and is no error', async ({ page, context, demo }) => {
		await signIn(page, demo)
		await page.getByRole('button', { name: 'Sign out here' }).click()
		await expectWelcome(page)
		const other = await openTab(context, demo, '/signed-in?code=abc&state=xyz')
		await expectWelcome(other)
		await expect(other).toHaveURL(`${demo.shop}/signed-in?code=abc&state=xyz`)
		expect(await snapshotOf(other)).toMatchObject({ status: 'unauthenticated', code: undefined })
	})

	for (const arrives of ['/signed-in/', '/signed-in#']) {
		test(`a response at ${arrives} is exchanged`, async ({ page, demo }) => {
			const held = holdCallback(page)
			await page.goto(demo.shop)
			await signInButton(page).click()
			await pick(page, 'Ada')
			const { search } = new URL(await held)
			await page.goto(demo.shop + arrives + (arrives.endsWith('#') ? search.slice(1) : search))
			await expectSignedIn(page)
			await expect(page).toHaveURL(`${demo.shop}/`)
		})
	}

	test('a response at another path is reported, its code unused, and a retry mends it', async ({ page, demo }) => {
		const held = holdCallback(page)
		await page.goto(demo.shop)
		await signInButton(page).click()
		await pick(page, 'Ada')
		const { search } = new URL(await held)
		await page.goto(`${demo.shop}/orders${search}`)
		await expectTrouble(page, 'redirect_uri_mismatch')
		await expect(page).not.toHaveURL(/code=/)
		expect(demo.counts.code).toBe(0)
		await tryAgain(page).click()
		await expectSignedIn(page)
	})
})

test.describe('where a callback page is at the redirect URI', () => {
	test('an answer with a tampered `iss` is refused by the application that it lands in (RFC 9207)', async ({ page, demo }) => {
		const held = holdCallback(page)
		await page.goto(demo.shop)
		await signInButton(page).click()
		await pick(page, 'Ada')
		const callback = new URL(await held)
		callback.searchParams.set('iss', 'https://evil.example.com')
		await page.goto(callback.href)
		await expectTrouble(page, 'state_mismatch')
		expect(demo.counts.code).toBe(0)
	})

	test('an answer that nobody asked for goes no further, and leaves a session alone', async ({ page, context, demo }) => {
		await signIn(page, demo)
		const exchanges = watchRequests(context, url => url.href === tokenEndpointOf(demo))
		const other = await openTab(context, demo, '/signed-in?code=stolen&state=forged')
		await expect(other.getByText('This sign-in did not begin here')).toBeVisible()
		await expect(other).toHaveURL(`${demo.shop}/signed-in`)
		expect(exchanges).toEqual([])
		await other.getByRole('link', { name: 'Go to Paperlane' }).click()
		await expectSignedIn(other)
		expect(await tokenOf(other)).toBe(await tokenOf(page))
	})
})
