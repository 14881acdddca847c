import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { framesOf, recordFrames } from '../support/frames.ts'
import { readRecord, recordName } from '../support/record.ts'
import { callApi, endReason, expectSignedIn, expectWelcome, openTab, signIn, signInButton, snapshotOf, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.use({ demoOptions: { sessionOptions: { storage: 'tabs' } } })

test('`storage: tabs`: a reload keeps the session, without a loading frame (P23)', async ({ page, demo }) => {
	await signIn(page, demo)
	const token = await tokenOf(page)
	await recordFrames(page)
	await page.reload()
	await expectSignedIn(page)
	expect(await tokenOf(page)).toBe(token)
	expect((await framesOf(page)).filter(({ status }) => status !== 'authenticated')).toEqual([])
})

test('`storage: tabs`: a new tab gets the key from one that has it, and shares everything from then on', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	const other = await openTab(context, demo, '/orders')
	await expectSignedIn(other)
	expect(await tokenOf(other)).toBe(await tokenOf(page))
	await expect(other.getByTestId('orders')).toBeVisible()
	// The first has gone: the second can go on, renew, and pass the key on.
	await page.close()
	await other.evaluate(() => window.session.renew())
	await other.reload()
	await expectSignedIn(other)
	const third = await openTab(context, demo)
	await expectSignedIn(third)
	expect(await callApi(third, demo)).toBe(200)
	await third.getByRole('button', { name: 'Sign out here' }).click()
	await expect(endReason(other)).toHaveText('You signed out in another tab.')
	expect(demo.counts).toMatchObject({ code: 1, refresh: 1, reuse: 0 })
})

test('`storage: tabs`: the session ends with the last tab, and the next one can sign in again', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const record = await readRecord(page, demo)
	await page.close()
	const later = await openTab(context, demo)
	await expectWelcome(later)
	await expect(endReason(later)).toHaveText('The session ended with the last open tab.')
	expect(await snapshotOf(later)).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable', code: undefined })
	expect(await tokenOf(later)).toBe('not_authenticated')
	// A tab that is merely slow may have the key: the record is left alone.
	expect(await readRecord(later, demo)).toMatchObject({ id: record?.id, revision: record?.revision })
	await signInButton(later).click()
	await expectSignedIn(later)
	expect(await callApi(later, demo)).toBe(200)
	expect((await readRecord(later, demo))?.id).not.toBe(record?.id)
	const another = await openTab(context, demo)
	await expectSignedIn(another)
})

/** The entries of the session in this tab's `sessionStorage` and in `localStorage`. */
const storedNames = (page: Page, demo: Demo) =>
	page.evaluate(
		name => [...Object.keys(sessionStorage), ...Object.keys(localStorage)].filter(entry => entry === name || entry === `${name}:key`),
		recordName(demo),
	)

test('`storage: tabs`: a tab that was elsewhere at the sign-out has no key when it comes back (I2)', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	expect(await storedNames(other, demo)).toContain(`${recordName(demo)}:key`)
	await other.goto('about:blank')
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
	await other.goto(demo.shop)
	await expectWelcome(other)
	expect([await storedNames(page, demo), await storedNames(other, demo)]).toEqual([[], []])
})

test('`storage: tabs`: no reload shows the user whose session no tab has the key of (I2)', async ({ page, context, demo }) => {
	await signIn(page, demo)
	await page.close()
	const later = await openTab(context, demo)
	await expectWelcome(later)
	await recordFrames(later)
	await later.reload()
	await expect(endReason(later)).toHaveText('The session ended with the last open tab.')
	expect((await framesOf(later)).map(({ status }) => status)).not.toContain('authenticated')
	expect(await storedNames(later, demo)).toEqual([])
})
