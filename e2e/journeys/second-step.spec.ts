// An API that wants a second step for some calls (RFC 9470), and a provider that takes it.
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { expectSignedIn, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const MFA = 'urn:paperlane:mfa'

const refund = (page: Page, demo: Demo) =>
	page.evaluate(async url => {
		const orders: { id: string }[] = await (await window.session.fetch(url)).json()
		const response = await window.session.fetch(`${url}/${orders[0]?.id}/refund`, { method: 'POST' })
		return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '' }
	}, `${demo.api}/api/orders`)

test('a refund is refused with a challenge that the page can read, and made after the code', async ({ page, demo }) => {
	await signIn(page, demo)
	const refused = await refund(page, demo)
	expect(refused.status).toBe(401)
	expect(refused.challenge).toContain('error="insufficient_user_authentication"')
	expect(refused.challenge).toContain(`acr_values="${MFA}"`)
	await page.evaluate(acr => void window.session.signIn({ acrValues: [acr] }), MFA)
	await expect(page.getByText('Hello Ada')).toBeVisible()
	await page.getByLabel('One-time code').fill('123456')
	await page.getByRole('button', { name: 'Confirm' }).click()
	await expectSignedIn(page)
	expect(await refund(page, demo)).toMatchObject({ status: 200 })
})

test('“Not now” leads back without it, and the session goes on', async ({ page, demo }) => {
	await signIn(page, demo)
	await page.evaluate(acr => void window.session.signIn({ acrValues: [acr] }), MFA)
	await page.getByRole('button', { name: 'Not now' }).click()
	await expectSignedIn(page)
	expect(await refund(page, demo)).toMatchObject({ status: 401 })
})
