import { collectTokens, tokensInHeap } from '../support/heap.ts'
import { callApi, expectSignedIn, expectTrouble, expectWelcome, pick, signIn, signInButton, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

for (const storage of ['device', 'tabs'] as const) {
	test.describe(`storage: ${storage}`, () => {
		test.use({ demoOptions: { sessionOptions: { storage } } })

		test('no token is in the memory of a page after a sign-out, in the tab that signs out and in another', async ({
			page,
			context,
			demo,
		}) => {
			const tokens = await collectTokens(page, demo)
			await signIn(page, demo)
			const other = await context.newPage()
			await other.goto(demo.shop)
			await expectSignedIn(other)
			await page.evaluate(() => window.session.renew())
			for (const each of [page, other]) {
				const token = await tokenOf(each)
				expect(tokens.has(token)).toBe(true)
				expect(await callApi(each, demo)).toBe(200)
				// The search finds what is there.
				expect(await tokensInHeap(each, [token])).toEqual([token])
			}
			const revoked = page.waitForResponse(response => response.url().startsWith(demo.provider) && response.url().includes('revo'))
			await page.getByRole('button', { name: 'Sign out here' }).click()
			await revoked
			for (const each of [page, other]) {
				await expectWelcome(each)
				await expect.poll(() => tokensInHeap(each, tokens)).toEqual([])
			}
		})
	})
}

test('no token is in the memory of a page whose sign-in was refused for its ID token', async ({ page, demo }) => {
	const tokens = await collectTokens(page, demo, json => {
		const [header, payload = '', signature] = (json['id_token'] ?? '').split('.')
		const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
		const changed = Buffer.from(JSON.stringify({ ...claims, aud: 'another' })).toString('base64url')
		return { ...json, id_token: [header, changed, signature].join('.') }
	})
	await page.goto(demo.shop)
	await signInButton(page).click()
	await pick(page, 'Ada')
	await expectTrouble(page, 'id_token_invalid')
	expect(tokens.size).toBe(3)
	await expect.poll(() => tokensInHeap(page, tokens)).toEqual([])
})
