// Single sign-on between two applications, without a word (`sso`).
import { customers, enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { isCallback, isSilentSignIn, watchRequests } from '../support/network.ts'
import { readRecord } from '../support/record.ts'
import { expectSignedIn, pick, signIn, signInButton, snapshotOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const isSignInPage = (url: URL) => url.pathname.startsWith('/sign-in/')

test('in a hidden frame: the second application is signed in, and was not left', async ({ page, demo }) => {
	await signIn(page, demo, 'Alan')
	const asked = watchRequests(page, isSignInPage)
	const documents = watchRequests(
		page,
		(url, request) => url.origin === demo.admin && request.isNavigationRequest() && !request.frame().parentFrame(),
	)
	await enterAdmin(page, demo)
	await expectSignedIn(page, 'Alan')
	expect(asked).toEqual([])
	expect(documents).toHaveLength(1)
	await expect(page.locator('iframe')).toHaveCount(0)
})

test('a refresh token that is refused is no end where the provider still knows the user: a frame brings a new one', async ({
	page,
	demo,
}) => {
	await signIn(page, demo)
	await enterAdmin(page, demo)
	const frames = watchRequests(page, isSilentSignIn(demo))
	await demo.revokeGrants()
	await page.evaluate(() => window.session.renew())
	expect(frames).toHaveLength(1)
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
})

test('where nobody is signed in, the application waits to be asked', async ({ page, demo }) => {
	await page.goto(demo.admin)
	await expectAdminWelcome(page)
	await signInButton(page).click()
	await pick(page, 'Grace')
	await expectSignedIn(page, 'Grace')
})

test('after a sign-out nobody is signed in without asking, though the provider still knows them', async ({ page, demo }) => {
	await signIn(page, demo)
	await enterAdmin(page, demo)
	await page.evaluate(() => window.session.signOut({ at: 'device' }))
	await expectAdminWelcome(page)
	const frames = watchRequests(page, isSilentSignIn(demo))
	await page.reload()
	await expectAdminWelcome(page)
	await expect(signInButton(page)).toBeEnabled()
	expect(frames).toEqual([])
})

test.describe('where the browser keeps the provider’s cookies out of frames', () => {
	test.use({ demoOptions: { providerHost: '127.0.0.1' } })

	test('a frame is asked once, and never again after a sign-in that shows why it knew nobody', async ({ page, demo }) => {
		await signIn(page, demo)
		const signedInAt = Date.now()
		// The provider's session has to be older than the frame's answer, beyond what a clock may be coarse by.
		await expect.poll(() => Date.now() - signedInAt, { timeout: 120_000 }).toBeGreaterThan(4000)
		const frames = watchRequests(page, isSilentSignIn(demo))
		const answers = watchRequests(page, (url, request) => isCallback(url) && request.frame().parentFrame() !== null)
		await page.goto(demo.admin)
		await expectAdminWelcome(page)
		expect(frames).toHaveLength(1)
		expect(answers.map(request => new URL(request.url()).searchParams.get('error'))).toEqual(['login_required'])

		// One click is enough.
		await signInButton(page).click()
		await expect(customers(page)).toBeVisible()

		// Without a refresh token the session ends: a frame would know nobody.
		await demo.revokeGrants()
		await page.evaluate(() => window.session.renew().catch(() => {}))
		await expectAdminWelcome(page)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		await page.reload()
		await expectAdminWelcome(page)
		await expect(signInButton(page)).toBeEnabled()
		expect(frames).toHaveLength(1)
	})
})

test.describe('where a frame never answers', () => {
	test.use({ demoOptions: { adminOptions: { requestTimeout: '3s' } } })

	test('the application asks after the limit, and the next load does not wait again', async ({ page, demo }) => {
		const frames = watchRequests(page, isSilentSignIn(demo))
		// Held until the page is gone.
		await page.route(
			url => url.href.startsWith(`${demo.provider}/auth?`),
			(route, request) => (request.frame().parentFrame() ? undefined : route.fallback()),
		)
		await page.goto(demo.admin)
		await expect.poll(() => frames.length).toBe(1)
		expect(await snapshotOf(page)).toMatchObject({ status: 'loading' })
		await expectAdminWelcome(page)
		await expect.poll(async () => (await readRecord(page, demo, 'admin'))?.silentBlockedUntil).toBeGreaterThan(Date.now())
		await expect(page.locator('iframe')).toHaveCount(0)
		await page.reload()
		await expectAdminWelcome(page)
		expect(frames).toHaveLength(1)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'no-session', code: undefined })
		await page.unrouteAll({ behavior: 'ignoreErrors' })
	})
})

test.describe('by leaving the page', () => {
	test.use({ demoOptions: { providerHost: '127.0.0.1', adminOptions: { sso: 'redirect' } } })

	test('cookies of another site are no matter', async ({ page, demo }) => {
		await signIn(page, demo)
		await enterAdmin(page, demo)
		await expectSignedIn(page)
	})

	test('where nobody is signed in, it comes back at once', async ({ page, demo }) => {
		await page.goto(demo.admin)
		await expectAdminWelcome(page)
		expect(new URL(page.url()).search).toBe('')
	})
})
