// A sign-out in one application ends the session in the other, whose tabs are open (OpenID Connect Front-Channel Logout 1.0).
import type { BrowserContext } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { customers, enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { expectWelcome, openTab, signIn, signInButton, snapshotOf } from '../support/shop.ts'
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

test.describe('of a provider of another site, in whose frame the browser gives the page a storage of its own', () => {
	test.use({ demoOptions: { providerHost: '127.0.0.1' } })

	async function signOutInAdmin(context: BrowserContext, demo: Demo) {
		const admin = await context.newPage()
		await admin.goto(demo.admin)
		await expectAdminWelcome(admin)
		// The provider knows who it is: nobody is asked.
		await signInButton(admin).click()
		await expect(customers(admin)).toBeVisible()
		await admin.getByRole('button', { name: 'Sign out' }).click()
		await expectAdminWelcome(admin)
	}

	test('nothing ends, and nobody is kept from signing out', async ({ page, context, demo }) => {
		await signIn(page, demo)
		await signOutInAdmin(context, demo)
		await page.reload()
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated' })
	})
})
