import type { BrowserContext, Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import {
	endReason,
	expectSignedIn,
	expectWelcome,
	loadLazyChunk,
	openTab,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	warningOf,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const TIMEOUT_MS = 16_000
const idle = (warnBefore: number, timeout = TIMEOUT_MS) => ({ demoOptions: { sessionOptions: { idle: { timeout, warnBefore } } } })

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

const idleDeadline = (page: Page) => page.evaluate(() => window.session.getDeadlines().idle ?? 0)

/** Stops the clock of all pages at `ms` before the idle deadline. Timers that were due by then have run. */
const stopBeforeDeadline = async (page: Page, ms: number) => page.context().clock.pauseAt((await idleDeadline(page)) - ms)

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
		context,
		demo,
	}) => {
		await context.clock.install()
		await recordEvents(page)
		await signIn(page, demo)
		await loadLazyChunk(context)
		await stopBeforeDeadline(page, 3000)
		const before = (await snapshotOf(page)).status
		// As in a page that is busy past the deadline: no timer comes before the event.
		await context.clock.setSystemTime((await idleDeadline(page)) + 20)
		const late = await page.evaluate(async () => {
			dispatchEvent(new PointerEvent('pointermove'))
			window.session.reportActivity()
			const { status } = window.session.getSnapshot()
			const token = window.session.getAccessToken().catch(() => 'none')
			return { isShown: status === 'authenticated', stayed: await window.session.stay(), token: await token }
		})
		expect({ before, ...late }).toEqual({ before: 'authenticated', isShown: false, stayed: false, token: 'none' })
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
	// Time enough to press a button, however slow the machine is.
	test.use(idle(120_000, 123_000))

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
