// One sign-out ends the sessions of all applications: told by the provider in frames, or noticed by asking it.
import { customers, enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { readRecord } from '../support/record.ts'
import { expectWelcome, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('a sign-out in one application ends the session of the other, in all its tabs, with nothing done there', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo, 'Grace')
	const second = await context.newPage()
	await second.goto(demo.shop)
	await expect(second.getByTestId('user-name')).toContainText('Grace')
	const admin = await context.newPage()
	await enterAdmin(admin, demo)
	await admin.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(admin)
	for (const tab of [page, second]) {
		await expectWelcome(tab)
		await expect(tab.getByTestId('end-reason')).toContainText('the place where you sign in')
	}
	expect(await readRecord(page)).toMatchObject({ end: { reason: 'signed-out-at-provider' } })
})

test('strangers who load the page for it end nothing', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const stranger = await context.newPage()
	for (const query of ['', `?iss=${demo.provider}`, `?iss=${demo.provider}&sid=guessed`, '?iss=https://evil.example&sid=guessed']) {
		await stranger.goto(`${demo.shop}/front-channel-logout${query}`)
	}
	await page.reload()
	await expect(page.getByTestId('user-name')).toBeVisible()
})

test('the session monitor notices a sign-out at the provider that nobody tells of', async ({ page, context, demo }) => {
	demo.setSessionOptions({ sessionMonitor: true, sso: 'iframe' })
	await signIn(page, demo, 'Grace')
	const admin = await context.newPage()
	await enterAdmin(admin, demo)
	await context.route(`${demo.shop}/front-channel-logout*`, route => route.abort())
	await admin.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(admin)
	await page.bringToFront()
	await expectWelcome(page)
	expect(await readRecord(page)).toMatchObject({ end: { reason: 'signed-out-at-provider' } })
	await expect(customers(admin)).toBeHidden()
	await context.unrouteAll({ behavior: 'ignoreErrors' })
})
