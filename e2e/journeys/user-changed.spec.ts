import type { Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import { watchRequests } from '../support/network.ts'
import {
	callApi,
	endReason,
	expectSignedIn,
	expectWelcome,
	openTab,
	pick,
	signIn,
	snapshotOf,
	subOf,
	tokenOf,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const switchUser = async (page: Page) => {
	await page.getByRole('button', { name: 'Switch user' }).click()
	await pick(page, 'Grace')
	await expectSignedIn(page, 'Grace')
}

const errorOf = (page: Page, call: 'fetch' | 'renew' | 'requireSession', url: string) =>
	page.evaluate(
		([name, address]) => {
			const calls = {
				fetch: () => window.session.fetch(address as string),
				renew: () => window.session.renew(),
				requireSession: () => window.session.requireSession(),
			}
			return calls[name as keyof typeof calls]().then(
				() => 'done',
				(error: { code?: string }) => error.code,
			)
		},
		[call, url],
	)

test('another user signs in in a second tab: the first is quarantined until it accepts, and no request mixes them (I9, P12)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await recordFrames(context)
	await signIn(page, demo, 'Ada', '/orders')
	await expect(page.getByTestId('orders')).toBeVisible()
	const calls = watchRequests(page, url => url.origin === demo.api)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	await switchUser(other)

	await expect(page.getByTestId('user-changed')).toBeVisible()
	await expect(page.getByTestId('orders')).toBeHidden()
	await expect(page.getByTestId('user-name')).toBeHidden()
	expect(await snapshotOf(page)).toMatchObject({ status: 'user-changed', user: 'Grace Hopper' })
	expect(await tokenOf(page)).toBe('user_changed')
	for (const call of ['fetch', 'renew', 'requireSession'] as const) {
		expect(await errorOf(page, call, `${demo.api}/api/orders`)).toBe('user_changed')
	}
	await wiggle(page)
	expect(calls.map(request => subOf(request.headers()['authorization'])).filter(sub => sub !== 'ada')).toEqual([])
	// The tab that signed Grace in is hers.
	expect(subOf(await tokenOf(other))).toBe('grace')

	const before = calls.length
	await page.evaluate(() => {
		window.shownFrames = []
	})
	await page.getByRole('button', { name: 'Continue as Grace Hopper' }).click()
	await expectSignedIn(page, 'Grace')
	await expect(page.getByTestId('orders')).toBeVisible()
	await expect(page.locator('body')).not.toContainText(/Ada|Lovelace/)
	// Ada's part of the page is gone, not only hidden.
	expect(await page.content()).not.toMatch(/Ada|Lovelace/)
	expect((await framesOf(page)).filter(({ status, text }) => status === 'authenticated' && /Ada|Lovelace/.test(text))).toEqual([])
	expect(calls.length).toBeGreaterThan(before)
	expect(new Set(calls.slice(before).map(request => subOf(request.headers()['authorization'])))).toEqual(new Set(['grace']))
	expect(await callApi(page, demo)).toBe(200)
	expect(await eventsOf(page, 'userChanged')).toHaveLength(1)
})

test('a request that waits for a token when the user changes is not sent with the other user’s (I9)', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	const calls = watchRequests(page, url => url.origin === demo.api)
	// The page asks all the time, in every state that it goes through.
	await page.evaluate(url => {
		const ask = async () => {
			await window.session.fetch(url).catch(() => {})
			setTimeout(ask, 5)
		}
		void ask()
	}, `${demo.api}/api/orders`)
	await switchUser(other)
	await expect(page.getByTestId('user-changed')).toBeVisible()
	await other.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
	await expect.poll(() => calls.length).toBeGreaterThan(3)
	expect(new Set(calls.map(request => subOf(request.headers()['authorization'])))).toEqual(new Set(['ada']))
})

test('a reload in quarantine shows the other user’s session and nothing of the previous one (I9)', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	await switchUser(other)
	await expect(page.getByTestId('user-changed')).toBeVisible()
	await recordFrames(page)
	await page.reload()
	await expectSignedIn(page, 'Grace')
	expect((await framesOf(page)).filter(({ text }) => /Ada|Lovelace/.test(text))).toEqual([])
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expect(endReason(other)).toHaveText('You signed out in another tab.')
})
