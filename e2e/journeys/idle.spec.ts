import type { BrowserContext, Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
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

const TIMEOUT_MS = 12_000
const idle = (warnBefore: number) => ({ demoOptions: { sessionOptions: { idle: { timeout: TIMEOUT_MS, warnBefore } } } })

/** The tabs are there before the session is, so that none of its idle time goes by while they load. */
async function signInWithTabs(context: BrowserContext, demo: Demo, others: number): Promise<Page[]> {
	await recordEvents(context)
	await recordFrames(context)
	const tabs: Page[] = []
	for (let count = 0; count < others; count++) tabs.push(await openTab(context, demo))
	const page = await context.newPage()
	await signIn(page, demo)
	for (const tab of tabs) await expectSignedIn(tab)
	return [page, ...tabs]
}

test.describe('half of the time announced', () => {
	test.use(idle(TIMEOUT_MS / 2))

	test('nobody active in any tab: all warn and all end, once, and the provider is told once (I5, I8, P14)', async ({ context, demo }) => {
		const tabs = await signInWithTabs(context, demo, 2)
		await Promise.all(tabs.map(tab => expect(endReason(tab)).toContainText('away for a while', { timeout: 120_000 })))
		const ends = await Promise.all(tabs.map(tab => eventsOf(tab, 'ended')))
		expect(ends.map(end => end.map(({ reason }) => reason))).toEqual([['idle'], ['idle'], ['idle']])
		expect(ends.flat().filter(({ by }) => by === 'this-tab')).toHaveLength(1)
		for (const tab of tabs) {
			expect(await eventsOf(tab, 'warned')).toHaveLength(1)
			expect((await framesOf(tab)).some(({ text }) => text.includes('Are you still there?'))).toBe(true)
			await expect(warningOf(tab)).toBeHidden()
			expect(await tokenOf(tab)).toBe('not_authenticated')
		}
		await expect.poll(() => demo.counts.revoked).toBe(1)

		// Nobody comes back in without saying who they are, although the provider still knows them.
		await signInButton(tabs[0] as Page).click()
		await expect((tabs[0] as Page).getByText('confirm who you are')).toBeVisible()
	})

	test('an event after the deadline is no activity: nothing is shown or handed out from that moment on (I4, I5)', async ({
		page,
		demo,
	}) => {
		await recordEvents(page)
		await signIn(page, demo)
		const late = await page.evaluate(async () => {
			const { idle: deadline = 0 } = window.session.getDeadlines()
			await new Promise(resolve => setTimeout(resolve, deadline - Date.now() - 3000))
			const before = window.session.getSnapshot().status
			// The page is busy past the deadline, so that no timer comes before the event.
			while (Date.now() < deadline + 20);
			dispatchEvent(new PointerEvent('pointermove'))
			window.session.reportActivity()
			const { status } = window.session.getSnapshot()
			const token = window.session.getAccessToken().catch(() => 'none')
			return { before, isShown: status === 'authenticated', stayed: await window.session.stay(), token: await token }
		})
		expect(late).toEqual({ before: 'authenticated', isShown: false, stayed: false, token: 'none' })
		await expect(endReason(page)).toContainText('away for a while')
		await expectWelcome(page)
		expect(await eventsOf(page, 'ended')).toEqual([{ type: 'ended', by: 'this-tab', reason: 'idle' }])
	})
})

test.describe('a short while announced', () => {
	test.use(idle(3000))

	test('activity in one tab keeps all signed in, without a warning in any (I5, P14)', async ({ context, demo }) => {
		const [page, other] = (await signInWithTabs(context, demo, 1)) as [Page, Page]
		const since = performance.now()
		await expect
			.poll(
				async () => {
					await wiggle(page)
					return performance.now() - since
				},
				{ timeout: 120_000, intervals: [250] },
			)
			.toBeGreaterThan(TIMEOUT_MS + 1000)
		for (const tab of [page, other]) {
			expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', warning: undefined })
			expect([await eventsOf(tab, 'warned'), await eventsOf(tab, 'ended')]).toEqual([[], []])
		}
	})
})

test.describe('most of the time announced', () => {
	test.use(idle(10_000))

	test('"Stay signed in" in one tab takes the warning away in all (I5)', async ({ context, demo }) => {
		const [page, other] = (await signInWithTabs(context, demo, 1)) as [Page, Page]
		await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeVisible()))
		await page.evaluate(() => {
			window.shownFrames = []
		})
		await warningOf(other).getByRole('button', { name: 'Stay signed in' }).click()
		const wentAway = async () =>
			(await framesOf(page)).some(({ status, text }) => status === 'authenticated' && !text.includes('still there'))
		await expect.poll(wentAway).toBe(true)
		// Without a pointer: only what `stay` itself does counts.
		await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeVisible()))
		expect(await page.evaluate(async () => [await window.session.stay(), window.session.getSnapshot()])).toMatchObject([
			true,
			{ status: 'authenticated', warning: undefined },
		])
		expect((await Promise.all([page, other].map(tab => eventsOf(tab, 'ended')))).flat()).toEqual([])
	})
})
