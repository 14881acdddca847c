// Single sign-on between two applications, without a word (`sso`).
import { customers, enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { watchRequests } from '../support/network.ts'
import { expectSignedIn, pick, signIn, signInButton } from '../support/shop.ts'
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
	const frames = watchRequests(page, url => url.searchParams.get('prompt') === 'none')
	await page.reload()
	await expectAdminWelcome(page)
	await expect(signInButton(page)).toBeEnabled()
	expect(frames).toEqual([])
})

test.describe('where the browser keeps the provider’s cookies out of frames', () => {
	test.use({ demoOptions: { providerHost: '127.0.0.1' } })

	test('the application asks, and one click is enough', async ({ page, demo }) => {
		await signIn(page, demo)
		await page.goto(demo.admin)
		await expectAdminWelcome(page)
		await signInButton(page).click()
		await expect(customers(page)).toBeVisible()
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
