// A sign-out in one application ends the session in the other, whose tabs are open (OpenID Connect Front-Channel Logout 1.0).
import { enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { expectWelcome, openTab, signIn, snapshotOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('every tab of the other application is signed out, and says by whom', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const second = await openTab(context, demo, '/orders')
	await expect(second.getByTestId('orders')).toBeVisible()
	const admin = await context.newPage()
	await enterAdmin(admin, demo)
	await admin.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(admin)
	for (const tab of [page, second]) {
		await expectWelcome(tab)
		expect(await snapshotOf(tab)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider' })
	}
})

test('a stranger’s page that loads it with another sid ends nothing', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const stranger = await context.newPage()
	await stranger.goto(`${demo.shop}/front-channel-logout?${new URLSearchParams({ iss: demo.provider, sid: 'guessed' })}`)
	await page.reload()
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated' })
})
