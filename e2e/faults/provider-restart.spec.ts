import type { Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import { readRecord } from '../support/record.ts'
import { callApi, expectSignedIn, openTab, signIn, snapshotOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const TABS = 6

test.setTimeout(600_000)
test.use({ demoOptions: { accessTokenSeconds: 8 } })

const askEachSecond = (tab: Page) => tab.evaluate(() => void setInterval(() => void window.session.getAccessToken().catch(() => {}), 1000))

test('a provider that restarts amid a crowd: all tabs back off as one, one request is sent once it is back, and the session goes on (I1, I6, P7, P8)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo)
	const tabs = [page]
	while (tabs.length < TABS) tabs.push(await openTab(context, demo))
	for (const tab of tabs) await expectSignedIn(tab)
	await Promise.all(tabs.map(askEachSecond))
	const generation = async () => (await readRecord(page, demo))?.living?.generation
	const failures = async () => (await Promise.all(tabs.map(tab => eventsOf(tab, 'renewalFailed')))).flat()
	const count = async () => (await readRecord(page, demo))?.living?.failure?.count
	const before = (await generation()) ?? 0
	await expect.poll(generation, { timeout: 120_000 }).toBeGreaterThan(before)
	const sentAt: number[] = []
	for (const tab of tabs) {
		const devtools = await context.newCDPSession(tab)
		// ms of the browser's own clock: this process hears of a request when it gets round to it.
		devtools.on('Network.requestWillBeSent', ({ request, timestamp }) => {
			if (request.url.startsWith(demo.provider)) sentAt.push(timestamp * 1000)
		})
		await devtools.send('Network.enable')
	}

	await demo.stopProvider()
	await expect.poll(count, { timeout: 120_000 }).toBeGreaterThanOrEqual(3)
	// Six tabs, each asking each second: and yet each failure is one, and so is each try.
	await expect.poll(async () => (await failures()).length - ((await count()) ?? 0)).toBe(0)
	const [first = 0, second = 0, third = 0] = sentAt.toSorted((one, other) => one - other)
	expect(second - first).toBeGreaterThanOrEqual(990)
	expect(third - second).toBeGreaterThanOrEqual(1990)
	expect(Math.abs(sentAt.length - (await failures()).length), 'tries that are no failure yet').toBeLessThanOrEqual(1)
	for (const tab of tabs) expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', renewal: 'retrying' })

	const { length } = demo.renewals
	const renewals = () => Promise.all(tabs.map(async tab => (await eventsOf(tab, 'renewed')).length))
	const renewed = await renewals()
	await demo.startProvider()
	const isRenewed = async () => (await renewals()).every((times, tab) => times > (renewed[tab] ?? 0))
	await expect.poll(isRenewed, { timeout: 120_000 }).toBe(true)
	// A slow machine may see the next period: each request is with what the one before it brought.
	const since = demo.renewals.slice(length)
	expect(since.length, 'requests once it is back').toBeGreaterThan(0)
	expect(since.slice(1).map(({ sent }) => sent)).toEqual(since.slice(0, -1).map(({ issued }) => issued))
	const firsts = await Promise.all(tabs.map(async (tab, nth) => (await eventsOf(tab, 'renewed'))[renewed[nth] ?? 0]))
	expect(
		firsts.filter(event => event?.by === 'this-tab'),
		'tabs that renewed',
	).toHaveLength(1)
	for (const tab of tabs) {
		expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(await callApi(tab, demo)).toBe(200)
		expect(await eventsOf(tab, 'ended')).toEqual([])
	}
	expect(demo.counts).toMatchObject({ reuse: 0, grantsRevoked: 0, code: 1 })
})
