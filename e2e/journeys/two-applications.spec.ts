// Two applications on two origins, and the provider that both have.
import { customers, enterAdmin, expectAdminWelcome } from '../support/admin.ts'
import { watchRequests } from '../support/network.ts'
import { expectWelcome, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('who is signed in in the shop is asked nothing in the other application', async ({ page, demo }) => {
	await signIn(page, demo, 'Grace')
	await enterAdmin(page, demo)
	await expect(page.getByTestId('user-name')).toContainText('Grace')
	await expect(customers(page).getByRole('heading', { level: 2 })).toHaveCount(4)
	await expect(page.getByRole('link', { name: 'Open the shop' })).toHaveAttribute('href', demo.shop)
})

test('a sign-out at the provider is told to both, each by its own sid, and goes on to where it began', async ({ page, demo }) => {
	await signIn(page, demo)
	await enterAdmin(page, demo)
	const told = watchRequests(page, url => url.pathname === '/front-channel-logout')
	await page.getByRole('button', { name: 'Sign out' }).click()
	await expectAdminWelcome(page)
	expect(told.map(request => new URL(request.url()).origin).sort()).toEqual([demo.shop, demo.admin].sort())
	const params = told.map(request => Object.fromEntries(new URL(request.url()).searchParams))
	for (const { iss, sid } of params) {
		expect(iss).toBe(demo.provider)
		expect(sid).toBeTruthy()
	}
	expect(new Set(params.map(({ sid }) => sid)).size).toBe(2)
})

test('an application that does not answer keeps nobody from signing out', async ({ page, demo }) => {
	await signIn(page, demo)
	await enterAdmin(page, demo)
	await page.route(`${demo.admin}/front-channel-logout*`, () => {})
	await page.goto(demo.shop)
	await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	await expectWelcome(page)
	await page.unrouteAll({ behavior: 'ignoreErrors' })
})
