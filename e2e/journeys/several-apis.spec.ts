// Tokens for several APIs (RFC 8707), with a provider that is strict about what was asked for at sign-in.
import { openTab, signIn, snapshotOf, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('are asked for one after the other, once for all tabs, and the main one stays', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	const main = await tokenOf(page)
	const invoices = { resource: `${demo.api}/invoices`, scope: 'invoices:read' }
	const askIn = (tab: typeof page) => tab.evaluate(asked => window.session.getAccessToken(asked), invoices)
	const [first, second] = await Promise.all([askIn(page), askIn(other)])
	expect(first).toBe(second)
	expect(first).not.toBe(main)
	expect(await tokenOf(page)).toBe(main)
	await page.evaluate(() => window.session.renew())
	expect(demo.counts).toMatchObject({ code: 1, refresh: 2, reuse: 0 })
})

test('are not asked for where the sign-in did not: this provider would end the session over it', async ({ page, demo }) => {
	await signIn(page, demo)
	const refused = await page.evaluate(() =>
		window.session.getAccessToken({ resource: 'urn:unasked' }).catch((error: Error & { code?: string }) => error.code),
	)
	expect(refused).toBe('sign_in_required')
	await page.evaluate(() => window.session.renew())
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
})

test('the list of invoices is shown with the token for it, and its tabs share that one', async ({ page, context, demo }) => {
	await signIn(page, demo)
	await page.getByRole('link', { name: 'Invoices' }).click()
	await expect(page.getByTestId('invoices').getByRole('listitem')).toHaveCount(3)
	const other = await openTab(context, demo, '/invoices')
	await expect(other.getByTestId('invoices').getByRole('listitem')).toHaveCount(3)
	expect(demo.counts).toMatchObject({ refresh: 1, apiRejected: 0 })
})
