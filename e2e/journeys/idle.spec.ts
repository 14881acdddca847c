import { eventsOf, recordEvents } from '../support/events.ts'
import {
	endReason,
	expectSignedIn,
	expectWelcome,
	openTab,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	warningOf,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const TIMEOUT_MS = 6000

test.use({ demoOptions: { sessionOptions: { idle: { timeout: TIMEOUT_MS, warnBefore: 3000 } } } })

test('nobody active in any tab: all warn and all end, once, and the provider is told once (I5, I8, P14)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo)
	const tabs = [page, await openTab(context, demo, '/orders'), await openTab(context, demo)]
	await Promise.all(tabs.map(tab => expect(warningOf(tab)).toBeVisible()))
	await Promise.all(tabs.map(tab => expect(endReason(tab)).toContainText('away for a while')))
	const ends = await Promise.all(tabs.map(async tab => (await eventsOf(tab, 'ended')).map(({ by, reason }) => ({ by, reason }))))
	expect(ends.map(end => end.length)).toEqual([1, 1, 1])
	expect(ends.flat().filter(({ by }) => by === 'this-tab')).toHaveLength(1)
	for (const tab of tabs) {
		expect(await eventsOf(tab, 'warned')).not.toEqual([])
		await expect(warningOf(tab)).toBeHidden()
		expect(await tokenOf(tab)).toBe('not_authenticated')
	}
	await expect.poll(() => demo.counts.revoked).toBe(1)

	// Nobody comes back in without saying who they are, although the provider still knows them.
	await signInButton(page).click()
	await expect(page.getByText('confirm who you are')).toBeVisible()
})

test('activity in one tab keeps all signed in, without a warning in any (I5, P14)', async ({ page, context, demo }) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	const since = performance.now()
	await expect
		.poll(
			async () => {
				await wiggle(page)
				return performance.now() - since
			},
			{ timeout: 30_000, intervals: [250] },
		)
		.toBeGreaterThan(2 * TIMEOUT_MS)
	for (const tab of [page, other]) {
		expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', warning: undefined })
		expect([await eventsOf(tab, 'warned'), await eventsOf(tab, 'ended')]).toEqual([[], []])
	}
})

test('"Stay signed in" in one tab takes the warning away in all (I5)', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeVisible()))
	// Without a pointer: only what `stay` itself does counts.
	expect(await page.evaluate(() => window.session.stay())).toBe(true)
	await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeHidden()))
	await expect(warningOf(other)).toBeVisible()
	await warningOf(other).getByRole('button', { name: 'Stay signed in' }).click()
	await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeHidden()))
	for (const tab of [page, other]) expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', warning: undefined })
})

test('an event after the deadline is no activity: nothing is shown or handed out from that moment on (I4, I5)', async ({ page, demo }) => {
	await recordEvents(page)
	await signIn(page, demo)
	await expect(warningOf(page)).toBeVisible()
	const late = await page.evaluate(async () => {
		const { idle = 0 } = window.session.getDeadlines()
		// The page is busy past the deadline, so that no timer comes before the event.
		while (Date.now() < idle + 20);
		dispatchEvent(new PointerEvent('pointermove'))
		window.session.reportActivity()
		const { status } = window.session.getSnapshot()
		const token = window.session.getAccessToken().catch(() => 'none')
		return { isShown: status === 'authenticated', stayed: await window.session.stay(), token: await token }
	})
	expect(late).toEqual({ isShown: false, stayed: false, token: 'none' })
	await expect(endReason(page)).toContainText('away for a while')
	await expectWelcome(page)
	expect(await eventsOf(page, 'ended')).toEqual([{ type: 'ended', by: 'this-tab', reason: 'idle' }])
})
