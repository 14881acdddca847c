// Two applications on two origins, and the provider that both have: one of them does not answer.
import { enterAdmin } from '../support/admin.ts'
import { expectWelcome, signIn } from '../support/shop.ts'
import { test } from '../support/test.ts'

test('an application that does not answer keeps nobody from signing out', async ({ page, demo }) => {
	await signIn(page, demo)
	await enterAdmin(page, demo)
	await page.route(`${demo.admin}/front-channel-logout*`, () => {})
	await page.goto(demo.shop)
	await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	await expectWelcome(page)
	await page.unrouteAll({ behavior: 'ignoreErrors' })
})
