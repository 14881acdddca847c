import { eventsOf, recordEvents } from '../support/events.ts'
import { holdCallback, tokenEndpointOf } from '../support/network.ts'
import { readRecord } from '../support/record.ts'
import {
	callApi,
	endReason,
	expectSignedIn,
	expectTrouble,
	expectWelcome,
	openTab,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	tryAgain,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('a sign-in cancelled at the provider says so, does not loop, and a retry ends on the wanted page (P20)', async ({ page, demo }) => {
	await page.goto(`${demo.shop}/orders?x=1#h`)
	await page.getByRole('button', { name: 'Cancel' }).click()
	await expectTrouble(page, 'access_denied')
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', code: 'access_denied', retryable: true })
	expect(demo.counts.code).toBe(0)
	await tryAgain(page).click()
	await pick(page, 'Grace')
	await expectSignedIn(page, 'Grace')
	await expect(page).toHaveURL(`${demo.shop}/orders?x=1#h`)
})

test('a provider that is down at sign-in shows an error, and a retry goes on once it is back (P20)', async ({ page, demo }) => {
	await page.goto(demo.shop)
	await demo.stopProvider()
	await signInButton(page).click()
	await expectTrouble(page, 'network_error')
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', code: 'network_error', retryable: true })
	await tryAgain(page).click()
	await expectTrouble(page, 'network_error')
	await demo.startProvider()
	await tryAgain(page).click()
	await pick(page, 'Ada')
	await expectSignedIn(page)
})

test('a provider that goes down before the code is exchanged: the same code is exchanged once it is back (P5)', async ({ page, demo }) => {
	const held = holdCallback(page)
	await page.goto(`${demo.shop}/orders?x=1#h`)
	await pick(page, 'Ada')
	const callback = await held
	await demo.stopProvider()
	await page.goto(callback)
	await expectTrouble(page, 'network_error')
	await demo.startProvider()
	await tryAgain(page).click()
	await expectSignedIn(page)
	await expect(page).toHaveURL(`${demo.shop}/orders?x=1#h`)
	expect(demo.counts).toMatchObject({ code: 1, grantsRevoked: 0 })
})

test('a token response that is lost on its way is an error, and a retry signs in all the same', async ({ page, demo }) => {
	let isLost = true
	await page.route(tokenEndpointOf(demo), async route => {
		if (!isLost) return route.continue()
		isLost = false
		// The provider has answered; the page never learns.
		await route.fetch()
		await route.abort('connectionreset')
	})
	await page.goto(`${demo.shop}/orders`)
	await pick(page, 'Ada')
	await expectTrouble(page, 'network_error')
	// The provider may have the code, so it is not sent again: the retry is a new sign-in.
	await tryAgain(page).click()
	await expectSignedIn(page)
	await expect(page).toHaveURL(`${demo.shop}/orders`)
})

test.describe('with tokens of eight seconds', () => {
	test.use({ demoOptions: { accessTokenSeconds: 8 } })

	test('a provider that is down at renewal costs nobody the session: all tabs retry as one, and recover (I6, P7)', async ({
		page,
		context,
		demo,
	}) => {
		await recordEvents(context)
		await signIn(page, demo)
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		await demo.stopProvider()
		for (const tab of [page, other]) {
			await wiggle(tab)
			await expect.poll(async () => (await snapshotOf(tab)).renewal, { timeout: 120_000 }).toBe('retrying')
			await expect(tab.getByTestId('status')).toHaveAttribute('data-status', 'retrying')
			await expectSignedIn(tab)
		}
		expect((await Promise.all([page, other].map(tab => eventsOf(tab, 'renewalFailed')))).flat()).toContainEqual({
			type: 'renewalFailed',
			code: 'network_error',
		})
		// The token runs out meanwhile: whoever asks for one is told, at once, and the session stays.
		await expect.poll(() => tokenOf(page), { timeout: 120_000 }).toBe('renewal_failed')
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'retrying' })

		await demo.startProvider()
		for (const tab of [page, other]) {
			await expect.poll(async () => (await snapshotOf(tab)).renewal, { timeout: 120_000 }).toBe('ok')
			expect(await callApi(tab, demo)).toBe(200)
			expect(await eventsOf(tab, 'ended')).toEqual([])
		}
		expect(demo.counts).toMatchObject({ reuse: 0, grantsRevoked: 0, code: 1 })
	})

	test('a renewal whose answer is lost ends with what the provider says, and never with a second session or a hang (I1)', async ({
		page,
		demo,
	}) => {
		await recordEvents(page)
		await signIn(page, demo)
		let lost = 0
		await page.route(tokenEndpointOf(demo), async route => {
			if (lost > 0) return route.continue()
			lost += 1
			await route.fetch()
			await route.abort('connectionreset')
		})
		// The outcome is unknown, so the token is sent again after a back-off step; this provider takes that for a theft.
		await expect(endReason(page)).toHaveText('The provider ended your session.', { timeout: 120_000 })
		expect(await eventsOf(page, 'ended')).toEqual([{ type: 'ended', by: 'this-tab', reason: 'renewal-rejected' }])
		expect(demo.counts).toMatchObject({ refresh: 2, reuse: 1 })
		await signInButton(page).click()
		await expectSignedIn(page)
	})

	test('a provider that answers 429 or HTML is left alone for a while, and the session goes on (I6, P8)', async ({ page, demo }) => {
		await signIn(page, demo)
		const answers = [
			{ status: 429, headers: { 'retry-after': '3' }, body: '{"error":"slow_down"}' },
			{ status: 503, contentType: 'text/html', body: '<h1>Maintenance</h1>' },
		]
		const sentAt: number[] = []
		await page.route(tokenEndpointOf(demo), async route => {
			sentAt.push(performance.now())
			const answer = answers.shift()
			return answer
				? route.fulfill({ ...answer, headers: { ...answer.headers, 'access-control-expose-headers': 'retry-after' } })
				: route.continue()
		})
		await expect.poll(async () => (await readRecord(page, demo))?.living?.generation, { timeout: 120_000 }).toBe(2)
		const [first = 0, second = 0, third = 0] = sentAt
		expect(sentAt).toHaveLength(3)
		expect(second - first).toBeGreaterThanOrEqual(2990)
		expect(third - second).toBeGreaterThanOrEqual(1990)
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})
})

for (const { when, isReloaded } of [
	{ when: 'just after the sign-in', isReloaded: false },
	{ when: 'in a page that has not talked to it yet', isReloaded: true },
]) {
	test(`a provider that is down at sign-out, ${when}: signed out here, said so, and a retry finishes it (I2)`, async ({
		page,
		context,
		demo,
	}) => {
		await signIn(page, demo)
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		if (isReloaded) {
			await page.reload()
			await expectSignedIn(page)
		}
		await demo.stopProvider()
		await page.getByRole('button', { name: 'Sign out everywhere' }).click()
		await expect(endReason(other)).toHaveText('You signed out in another tab.')
		await expectTrouble(page, 'sign_out_incomplete')
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', code: 'sign_out_incomplete' })
		expect(await tokenOf(page)).not.toContain('.')

		await demo.startProvider()
		await tryAgain(page).click()
		await expectWelcome(page)
		await expect(page).toHaveURL(`${demo.shop}/`)
		await expect(endReason(page)).toHaveText('You signed out.')
		await signInButton(page).click()
		await expect(page.getByText('Pick who you want to be')).toBeVisible()
	})
}
