import type { BrowserContext, Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { eventsOf, recordEvents } from '../support/events.ts'
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

const TIMEOUT_MS = 120_000
const idle = (warnBefore: number) => ({ demoOptions: { sessionOptions: { idle: { timeout: TIMEOUT_MS, warnBefore } } } })

/** The clock of all pages goes on until it is stopped: no test waits for a deadline, and none comes while a test is at work. */
async function signInWithTabs(context: BrowserContext, demo: Demo, others: number): Promise<Page[]> {
	await context.clock.install()
	await recordEvents(context)
	const tabs: Page[] = []
	for (let count = 0; count < others; count++) tabs.push(await openTab(context, demo))
	const page = await context.newPage()
	await signIn(page, demo)
	for (const tab of tabs) await expectSignedIn(tab)
	await loadLazyChunk(context)
	return [page, ...tabs]
}

const idleDeadline = (page: Page) => page.evaluate(() => window.session.getDeadlines().idle ?? 0)

/** Stops the clock of all pages at `ms` before the idle deadline. Timers that were due by then have run. */
const stopBeforeDeadline = async (page: Page, ms: number) => page.context().clock.pauseAt((await idleDeadline(page)) - ms)

test.describe('half of the time announced', () => {
	test.use(idle(TIMEOUT_MS / 2))

	test('nobody active in any tab: all warn and all end, once, and the provider is told once (I5, I8, P14)', async ({ context, demo }) => {
		const tabs = await signInWithTabs(context, demo, 2)
		await stopBeforeDeadline(tabs[0] as Page, TIMEOUT_MS / 4)
		for (const tab of tabs) await expect(warningOf(tab)).toBeVisible()
		await context.clock.fastForward(TIMEOUT_MS / 2)
		for (const tab of tabs) await expect(endReason(tab)).toContainText('away for a while')
		const ends = await Promise.all(tabs.map(tab => eventsOf(tab, 'ended')))
		expect(ends.map(end => end.map(({ reason }) => reason))).toEqual([['idle'], ['idle'], ['idle']])
		expect(ends.flat().filter(({ by }) => by === 'this-tab')).toHaveLength(1)
		for (const tab of tabs) {
			expect(await eventsOf(tab, 'warned')).toHaveLength(1)
			await expect(warningOf(tab)).toBeHidden()
			expect(await tokenOf(tab)).toBe('not_authenticated')
		}
		await expect.poll(() => demo.counts.revoked).toBe(1)
		await context.clock.resume()

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
		const first = await idleDeadline(page)
		await stopBeforeDeadline(page, 100_000)
		for (let ms = 0; ms < 2 * TIMEOUT_MS; ms += 30_000) {
			const before = await idleDeadline(page)
			await wiggle(page)
			await expect.poll(() => idleDeadline(page)).toBeGreaterThan(before)
			await context.clock.fastForward(30_000)
		}
		expect(await idleDeadline(page)).toBeGreaterThan(first + TIMEOUT_MS)
		for (const tab of [page, other]) {
			expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', warning: undefined })
			expect([await eventsOf(tab, 'warned'), await eventsOf(tab, 'ended')]).toEqual([[], []])
		}
	})
})

test.describe('most of the time announced', () => {
	test.use(idle(100_000))

	test('"Stay signed in" in one tab takes the warning away in all (I5)', async ({ context, demo }) => {
		const [page, other] = (await signInWithTabs(context, demo, 1)) as [Page, Page]
		const tabs = [page, other]
		await stopBeforeDeadline(page, 90_000)
		for (const tab of tabs) await expect(warningOf(tab)).toBeVisible()
		await warningOf(other).getByRole('button', { name: 'Stay signed in' }).click()
		for (const tab of tabs) await expect(warningOf(tab)).toBeHidden()
		// Without a pointer: only what `stay` itself does counts.
		await stopBeforeDeadline(page, 90_000)
		for (const tab of tabs) await expect(warningOf(tab)).toBeVisible()
		expect(await page.evaluate(async () => [await window.session.stay(), window.session.getSnapshot()])).toMatchObject([
			true,
			{ status: 'authenticated', warning: undefined },
		])
		for (const tab of tabs) await expect(warningOf(tab)).toBeHidden()
		expect((await Promise.all(tabs.map(tab => eventsOf(tab, 'ended')))).flat()).toEqual([])
	})
})
