// The session monitor notices a sign-out at the provider that nobody tells of (OpenID Connect Session Management 1.0).
import { enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { expectWelcome, signIn, snapshotOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('a tab that is looked at notices it by itself', async ({ page, context, demo }) => {
	demo.setSessionOptions({ sessionMonitor: true, sso: 'iframe' })
	await signIn(page, demo)
	// What has never known the session may be blind.
	await page.evaluate(() => new Promise<void>(resolve => addEventListener('message', ({ data }) => data === 'unchanged' && resolve())))
	const admin = await context.newPage()
	await enterAdmin(admin, demo)
	// Nobody is told.
	await context.route('**/front-channel-logout*', route => route.abort())
	await admin.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(admin)
	await page.bringToFront()
	await expectWelcome(page)
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider' })
	await context.unrouteAll({ behavior: 'ignoreErrors' })
})
