// Sign-in in a window of its own: the page stays as it is.
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { expectSignedIn, expectTrouble, expectWelcome, pick, snapshotOf, tryAgain } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const inWindow = (page: Page) => page.getByRole('button', { name: 'In a window of its own' })

async function openPopup(page: Page, demo: Demo): Promise<Page> {
	await page.goto(demo.shop)
	await page.evaluate(() => Object.assign(window, { typed: 'by the user' }))
	const opened = page.waitForEvent('popup')
	await inWindow(page).click()
	return opened
}

const isTheSamePage = (page: Page) => page.evaluate(() => 'typed' in window)

async function signInThere(popup: Page) {
	const closed = popup.waitForEvent('close')
	await pick(popup, 'Ada')
	await closed
}

test('the window closes by itself, and the page that opened it is signed in without having been left (P16)', async ({ page, demo }) => {
	await signInThere(await openPopup(page, demo))
	await expectSignedIn(page)
	expect(await isTheSamePage(page)).toBe(true)
	expect(demo.counts).toMatchObject({ code: 1, refresh: 0 })
})

test('a window that is closed leaves the page as it was, and can be opened again', async ({ page, demo }) => {
	const popup = await openPopup(page, demo)
	await expect(popup.getByRole('button', { name: /^Ada / })).toBeVisible()
	await popup.close()
	await expectTrouble(page, 'popup_closed')
	const opened = page.waitForEvent('popup')
	await tryAgain(page).click()
	await signInThere(await opened)
	await expectSignedIn(page)
	expect(await isTheSamePage(page)).toBe(true)
})

test('a sign-in that is cancelled in the window says so on the page', async ({ page, demo }) => {
	const popup = await openPopup(page, demo)
	await popup.getByRole('button', { name: 'Cancel' }).click()
	await expectTrouble(page, 'access_denied')
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated' })
})

test('a browser that opens no windows says so on the page', async ({ page, demo }) => {
	await page.addInitScript(() => {
		window.open = () => null
	})
	await page.goto(demo.shop)
	await expectWelcome(page)
	await inWindow(page).click()
	await expectTrouble(page, 'popup_blocked')
})

test.describe('a sign-in page that severs its opener', () => {
	test.use({ demoOptions: { likeness: { seversOpener: true } } })

	test('has its response handed over all the same', async ({ page, demo }) => {
		const popup = await openPopup(page, demo)
		// Playwright gives the focus to every page; a browser has it in the window.
		await page.evaluate(() => Object.assign(document, { hasFocus: () => false }))
		await signInThere(popup)
		await expectSignedIn(page)
		expect(await isTheSamePage(page)).toBe(true)
	})
})
