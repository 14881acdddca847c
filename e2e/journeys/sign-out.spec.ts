import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import { endReason, expectSignedIn, expectWelcome, openTab, signIn, signInButton, snapshotOf, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

for (const { at, button, provider } of [
	{ at: 'device', button: 'Sign out here', provider: 'You are signed in as Ada' },
	{ at: 'provider', button: 'Sign out everywhere', provider: 'Pick who you want to be' },
] as const) {
	test(`signing out at the ${at} in one tab shows in the other by its message alone, before any timer (I2, I8, P10)`, async ({
		page,
		context,
		demo,
	}) => {
		await context.clock.install()
		await recordEvents(context)
		await recordFrames(context)
		await signIn(page, demo)
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		// No timer runs in a page until the clock goes on.
		await context.clock.pauseAt(Date.now() + 60_000)
		await page.getByRole('button', { name: button }).click()
		await expect(endReason(other)).toHaveText('You signed out in another tab.')
		await expectWelcome(other)
		await context.clock.resume()
		await expectWelcome(page)
		await expect(page).toHaveURL(`${demo.shop}/`)

		const shown = (await framesOf(other)).filter(({ status }) => status === 'unauthenticated')
		expect(shown.filter(({ text }) => text.includes('Ada'))).toEqual([])
		expect(await eventsOf(other, 'ended')).toEqual([{ type: 'ended', by: 'other-tab', reason: 'signed-out' }])
		expect(await tokenOf(other)).toBe('not_authenticated')
		await expect.poll(() => demo.counts.revoked).toBe(1)

		// Whether the provider still knows the user shows at the next sign-in; who it is is asked for in either case.
		await signInButton(page).click()
		await expect(page.getByText(provider)).toBeVisible()
	})
}

test('a double click on sign-out ends the session once, in three tabs (I8)', async ({ page, context, demo }) => {
	await recordEvents(context)
	await signIn(page, demo)
	const others = [await openTab(context, demo), await openTab(context, demo)]
	for (const tab of others) await expectSignedIn(tab)
	await page.getByRole('button', { name: 'Sign out here' }).dblclick()
	await Promise.all([...others, page].map(tab => expect(endReason(tab)).toBeVisible()))
	for (const tab of [...others, page]) expect(await eventsOf(tab, 'ended')).toHaveLength(1)
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', by: 'this-tab' })
	await expect.poll(() => demo.counts.revoked).toBe(1)
})

test('signing out by a form posts the ID token to the provider, and comes back', async ({ page, demo }) => {
	await signIn(page, demo)
	const posted = new Promise<{ readonly url: URL; readonly form: URLSearchParams }>(resolve => {
		// The provider of the sample site takes the address only.
		void page.route('**/session/end', route => {
			const request = route.request()
			const form = new URLSearchParams(request.postData() ?? '')
			resolve({ url: new URL(request.url()), form })
			return route.fulfill({ status: 303, headers: { Location: form.get('post_logout_redirect_uri') ?? '' } })
		})
	})
	await page.evaluate(() => void window.session.signOut({ method: 'post' }))
	const { url, form } = await posted
	expect([form.get('id_token_hint')?.split('.').length, form.get('client_id'), url.search]).toEqual([3, expect.any(String), ''])
	await expectWelcome(page)
	await expect(page).toHaveURL(`${demo.shop}/`)
})
