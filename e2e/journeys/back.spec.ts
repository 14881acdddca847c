import type { Page } from '@playwright/test'
import { framesOf, recordFrames } from '../support/frames.ts'
import { expectWelcome, signIn, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const PRIVATE = /Ada|Lovelace|PL-\d/

const expectNothingShown = async (page: Page) => {
	expect((await framesOf(page)).filter(({ text }) => PRIVATE.test(text))).toEqual([])
	expect(await page.content()).not.toMatch(PRIVATE)
	expect(await tokenOf(page)).toBe('not_authenticated')
}

test('after a sign-out, Back to a page that is loaded anew shows nothing of the session (P13)', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders')
	await expect(page.getByTestId('orders')).toBeVisible()
	await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	await expectWelcome(page)
	await expect(page).toHaveURL(`${demo.shop}/`)
	await recordFrames(page)
	await expect(async () => {
		if (!page.url().endsWith('/orders')) await page.goBack()
		expect(page.url()).toBe(`${demo.shop}/orders`)
	}).toPass()
	await expectWelcome(page)
	await expectNothingShown(page)
})
