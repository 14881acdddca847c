// What a user does in the second application.
import { expect, type Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'

/** Opens it, where somebody is known to the provider already. */
export async function enterAdmin(page: Page, demo: Demo) {
	await page.goto(demo.admin)
	await expect(customers(page)).toBeVisible()
}

export const customers = (page: Page) => page.getByTestId('customers')
export const expectAdminWelcome = (page: Page) => expect(page.getByRole('heading', { name: 'One sign-in' })).toBeVisible()
