// What an iframe of the provider can tell an application, and what a browser keeps from it.
import { enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { isCallback, watchRequests } from '../support/network.ts'
import { askSilently, checkSession, embed } from '../support/provider-frames.ts'
import { pick, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

/** The `session_state` of the sign-in that is watched. */
async function signInForState(...[page, demo]: Parameters<typeof signIn>) {
	const answers = watchRequests(page, isCallback)
	await signIn(page, demo)
	return new URL(answers[0]?.url() ?? '').searchParams.get('session_state') ?? ''
}

test('an iframe on the same site gets the provider’s cookies: it is told who is signed in', async ({ page, demo }) => {
	await signIn(page, demo)
	expect((await askSilently(page, demo)).get('code')).toBeTruthy()
})

test('check_session_iframe tells a change once the other application has signed out', async ({ page, context, demo }) => {
	const sessionState = await signInForState(page, demo)
	await embed(page, `${demo.provider}/session/check`)
	expect(await checkSession(page, demo, `shop ${sessionState}`)).toBe('unchanged')
	expect(await checkSession(page, demo, `admin ${sessionState}`)).toBe('changed')
	expect(await checkSession(page, demo, 'nonsense')).toBe('error')
	const other = await context.newPage()
	await enterAdmin(other, demo)
	expect(await checkSession(page, demo, `shop ${sessionState}`)).toBe('unchanged')
	await other.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(other)
	expect(await checkSession(page, demo, `shop ${sessionState}`)).toBe('changed')
})

test.describe('a provider on another site', () => {
	test.use({ demoOptions: { providerHost: '127.0.0.1' } })

	test('gets no cookies in an iframe: it says login_required to whoever is signed in, and error to who asks for changes', async ({
		page,
		demo,
	}) => {
		const sessionState = await signInForState(page, demo)
		expect((await askSilently(page, demo)).get('error')).toBe('login_required')
		await embed(page, `${demo.provider}/session/check`)
		expect(await checkSession(page, demo, `shop ${sessionState}`)).toBe('error')
	})
})

test.describe('a sign-in page that severs its opener', () => {
	test.use({ demoOptions: { likeness: { seversOpener: true } } })

	test('looks closed to the window that opened it, though it is open', async ({ page, demo }) => {
		await page.goto(demo.shop)
		const query = new URLSearchParams({
			client_id: 'shop',
			response_type: 'code',
			redirect_uri: `${demo.shop}/signed-in`,
			scope: 'openid',
			code_challenge: 'x'.repeat(43),
			code_challenge_method: 'S256',
		})
		const opened = page.waitForEvent('popup')
		const looksClosed = page.evaluateHandle(address => {
			const popup = window.open(address, 'sign-in', 'popup')
			return { popup }
		}, `${demo.provider}/auth?${query}`)
		const popup = await opened
		await expect(popup.getByRole('button', { name: /^Ada / })).toBeVisible()
		const handle = await looksClosed
		await expect.poll(() => handle.evaluate(({ popup }) => popup?.closed)).toBe(true)
		expect(popup.isClosed()).toBe(false)
		await pick(popup, 'Ada')
		await expect(popup).toHaveURL(url => url.origin === demo.shop)
		expect(await popup.evaluate(() => window.opener)).toBeNull()
	})
})
