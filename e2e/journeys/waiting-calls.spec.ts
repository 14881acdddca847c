// A session that ends though nobody meant it: the page stays, what was typed stays, and calls wait for their user (`waitForSignIn`).
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { watchRequests } from '../support/network.ts'
import { expectSignedIn, expectWelcome, pick, signIn, snapshotOf, subOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.use({ demoOptions: { sessionOptions: { waitForSignIn: '60s' } } })

const TYPED = 'Please wrap it as a gift.'
const draft = (page: Page) => page.getByLabel('A note to the shop')

/** A part of the page that needs no session, and so is there all along. */
const addDraft = (page: Page) =>
	page.evaluate(() => {
		const note = document.body.appendChild(document.createElement('textarea'))
		note.ariaLabel = 'A note to the shop'
	})

/** Ends the session behind its back, and places an order all the same. @returns what becomes of the order */
async function placeOrderAfterEnd(page: Page, demo: Demo): Promise<{ readonly outcome: Promise<number | string> }> {
	await addDraft(page)
	await draft(page).fill(TYPED)
	await demo.revokeGrants()
	await page.evaluate(() => window.session.renew().catch(() => {}))
	await expectWelcome(page)
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	const outcome = page.evaluate(
		url =>
			window.session.fetch(url, { method: 'POST', body: '{}' }).then(
				({ status }) => status,
				(error: { code?: string }) => String(error.code),
			),
		`${demo.api}/api/orders`,
	)
	// Long enough for the call to be made, or to fail.
	await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 500)))
	return { outcome }
}

const placed = (page: Page, demo: Demo) =>
	watchRequests(page, (url, request) => url.href === `${demo.api}/api/orders` && request.method() === 'POST')

test('what was typed stays, and an order placed meanwhile goes out once the same user is back', async ({ page, demo }) => {
	const sent = placed(page, demo)
	await signIn(page, demo)
	const { outcome } = await placeOrderAfterEnd(page, demo)
	expect(sent).toEqual([])
	// The provider still knows Ada: the window closes by itself.
	await page.getByRole('button', { name: 'In a window of its own' }).click()
	await expectSignedIn(page)
	expect(await outcome).toBe(201)
	expect(sent.map(request => subOf(request.headers()['authorization']))).toEqual(['ada'])
	await expect(draft(page)).toHaveValue(TYPED)
	expect(demo.counts).toMatchObject({ code: 2, reuse: 0, apiRejected: 0 })
})

test('an order that waited for Ada is not sent for Grace (I9)', async ({ page, demo }) => {
	const sent = placed(page, demo)
	await signIn(page, demo)
	const { outcome } = await placeOrderAfterEnd(page, demo)
	const opened = page.waitForEvent('popup')
	const signedIn = page.evaluate(() => window.session.signIn({ method: 'popup', prompt: 'login' }))
	await pick(await opened, 'Grace')
	await signedIn
	expect(await outcome).toBe('user_changed')
	// The page was Ada's, and asks before it is another's.
	await expect(page.getByTestId('user-changed')).toBeVisible()
	await page.getByRole('button', { name: 'Continue as Grace Hopper' }).click()
	await expectSignedIn(page, 'Grace')
	expect(sent).toEqual([])
	await expect(draft(page)).toHaveValue(TYPED)
})
