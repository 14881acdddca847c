import { eventsOf, recordEvents } from '../support/events.ts'
import { framesOf, recordFrames } from '../support/frames.ts'
import { readRecord } from '../support/record.ts'
import { callApi, expectSignedIn, openTab, signIn, snapshotOf, tokenLeft, wiggle } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.use({ demoOptions: { accessTokenSeconds: 8 } })

test('tokens are renewed while the page is open, the API answers all along, and nothing a user sees changes (P24)', async ({
	page,
	demo,
}) => {
	await recordEvents(page)
	await recordFrames(page)
	await signIn(page, demo)
	await page.goto(`${demo.shop}/session`)
	await expectSignedIn(page)
	const before = await page.evaluate(() => {
		window.seen = []
		window.shownFrames = []
		Object.assign(window, { shown: window.session.getSnapshot() })
		return window.session.getAccessToken()
	})
	const answers = new Set<number>()
	await expect
		.poll(
			async () => {
				await wiggle(page)
				answers.add(await callApi(page, demo))
				return demo.counts.refresh
			},
			{ timeout: 120_000, intervals: [500] },
		)
		.toBeGreaterThanOrEqual(2)
	await expect.poll(async () => (await eventsOf(page, 'renewed')).length).toBeGreaterThanOrEqual(2)
	expect([...answers]).toEqual([200])
	expect(demo.counts).toMatchObject({ apiRejected: 0, reuse: 0 })
	expect(await page.evaluate(() => window.session.getAccessToken())).not.toBe(before)
	// An application that reads the snapshot has had nothing to draw.
	expect(await eventsOf(page, 'change')).toEqual([])
	expect(await page.evaluate(() => Object.is(window.session.getSnapshot(), (window as never as { shown: unknown }).shown))).toBe(true)
	expect((await framesOf(page)).filter(({ status, text }) => status !== 'authenticated' || !text.includes('Ada Lovelace'))).toEqual([])
})

test('two tabs on one session: each period has one renewal, and both tabs have it (I1, P1)', async ({ page, context, demo }) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	const tabs = [page, other]
	const renewals = () => Promise.all(tabs.map(async tab => (await eventsOf(tab, 'renewed')).length))
	const fewest = async () => {
		for (const tab of tabs) await wiggle(tab)
		return Math.min(...(await renewals()))
	}
	await expect.poll(fewest, { intervals: [300] }).toBeGreaterThanOrEqual(2)
	// However many periods that took: one request for each, and both tabs have what it brought.
	await expect.poll(async () => (await renewals()).every(times => times === demo.counts.refresh)).toBe(true)
	expect(demo.counts.reuse).toBe(0)
	const [here, there] = await Promise.all(tabs.map(tab => eventsOf(tab, 'renewed')))
	for (const [period, { by }] of (here ?? []).entries()) expect([by, there?.[period]?.by].sort()).toEqual(['other-tab', 'this-tab'])
})

test('a user who does nothing is not renewed for, and a thousand callers on the expired token send one request (I1, P2)', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	// The sign-in itself was activity, and good for one renewal; after it the token runs out.
	await expect.poll(async () => (await readRecord(page, demo))?.living?.generation, { timeout: 120_000 }).toBe(2)
	await expect.poll(() => tokenLeft(page), { timeout: 120_000 }).toBeLessThan(0)
	const { refresh } = demo.counts
	expect(refresh).toBe(1)
	const ask = (tab: typeof page) =>
		tab.evaluate(async () => [...new Set(await Promise.all(Array.from({ length: 1000 }, () => window.session.getAccessToken())))])
	const [here, there] = await Promise.all([ask(page), ask(other)])
	expect(here).toHaveLength(1)
	expect(there).toEqual(here)
	expect(demo.counts).toMatchObject({ refresh: refresh + 1, reuse: 0 })
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
})
