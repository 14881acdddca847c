// An API that wants a second step for some calls (RFC 9470), and a provider that takes it.
import type { Page } from '@playwright/test'
import { expectSignedIn, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const question = (page: Page) => page.getByTestId('step-up')
const firstOrder = (page: Page) => page.getByTestId('orders').getByRole('listitem').first()

/** Asks for a refund, and goes to confirm it. */
async function askForRefund(page: Page): Promise<Page> {
	await firstOrder(page)
		.getByRole('button', { name: /^Refund / })
		.click()
	const opened = page.waitForEvent('popup')
	await question(page).getByRole('button', { name: 'Confirm' }).click()
	return opened
}

test('a refund is asked to be confirmed, and made after the code, without the page being left', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders')
	await page.evaluate(() => Object.assign(window, { typed: 'by the user' }))
	const popup = await askForRefund(page)
	await expect(popup.getByText('Hello Ada')).toBeVisible()
	await popup.getByLabel('One-time code').fill('123456')
	await popup.getByRole('button', { name: 'Confirm' }).click()
	await expect(firstOrder(page).getByText('refunded')).toBeVisible()
	await expect(question(page)).toBeHidden()
	expect(await page.evaluate(() => 'typed' in window)).toBe(true)
	expect(demo.counts).toMatchObject({ code: 2, reuse: 0 })
})

test('the second step counts for the next refund, too', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders')
	const popup = await askForRefund(page)
	await popup.getByLabel('One-time code').fill('123456')
	await popup.getByRole('button', { name: 'Confirm' }).click()
	await expect(page.getByText('refunded')).toHaveCount(1)
	await page
		.getByRole('button', { name: /^Refund / })
		.first()
		.click()
	await expect(page.getByText('refunded')).toHaveCount(2)
})

test('“Not now” leads back without it, and the session goes on', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders')
	const popup = await askForRefund(page)
	await popup.getByRole('button', { name: 'Not now' }).click()
	await expect.poll(() => popup.isClosed()).toBe(true)
	await expect(question(page)).toBeVisible()
	await expectSignedIn(page)
	await expect(page.getByText('refunded')).toHaveCount(0)
})
