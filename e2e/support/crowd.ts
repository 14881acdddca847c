// Many tabs that all want their token all the time.
import { type BrowserContext, expect, type Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { eventsOf, recordEvents } from './events.ts'
import { readRecord } from './record.ts'
import { expectSignedIn, openTab, signIn } from './shop.ts'

const TABS = 10
export const TOKEN_SECONDS = 12
/** Renewed ahead of time, with a fifth of the lifetime to go; each tab adds up to a tenth of that fifth. */
const PERIOD_MS = TOKEN_SECONDS * 1000 * 0.8

interface Asked {
	readonly asked: number
	readonly failed: readonly string[]
	/** Tokens that had expired when they were handed out. */
	readonly stale: number
}

declare global {
	interface Window {
		asked: Asked
	}
}

/** Asks for a token each second, and looks at what comes. */
const askEachSecond = (tab: Page) =>
	tab.evaluate(() => {
		const asked = { asked: 0, failed: [] as string[], stale: 0 }
		window.asked = asked
		setInterval(() => {
			asked.asked += 1
			window.session.getAccessToken().then(
				token => {
					const { exp } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')))
					if (Date.now() >= (exp + 1) * 1000) asked.stale += 1
				},
				error => asked.failed.push(error.code),
			)
		}, 1000)
	})

/** @returns what there was, in a line */
export async function crowd(context: BrowserContext, demo: Demo, ms: number): Promise<void> {
	await recordEvents(context)
	const first = await context.newPage()
	await signIn(first, demo, 'Ada', '/session')
	const tabs = [first]
	while (tabs.length < TABS) tabs.push(await openTab(context, demo, '/session'))
	for (const tab of tabs) await expectSignedIn(tab)
	const generation = async () => (await readRecord(first, demo))?.living?.generation ?? 0
	const before = { refresh: demo.counts.refresh, generation: await generation() }
	const since = performance.now()
	await Promise.all(tabs.map(askEachSecond))
	await expect.poll(() => performance.now() - since, { timeout: ms + 10_000, intervals: [1000] }).toBeGreaterThan(ms)

	const periods = (performance.now() - since) / PERIOD_MS
	const requests = demo.counts.refresh - before.refresh
	const asked = await Promise.all(tabs.map(tab => tab.evaluate(() => window.asked)))
	const ends = (await Promise.all(tabs.map(tab => eventsOf(tab, 'ended')))).flat()
	console.log(
		`${TABS} tabs on ${TOKEN_SECONDS}-second tokens for ${(ms / 1000).toFixed(0)} s: ${requests} refresh requests in ${periods.toFixed(1)} periods, ` +
			`reuse ${demo.counts.reuse}, ${ends.length} tabs signed out, ${asked.reduce((sum, { asked: times }) => sum + times, 0)} tokens asked for`,
	)
	expect(ends).toEqual([])
	expect(asked.flatMap(({ failed }) => failed)).toEqual([])
	expect(asked.map(({ stale }) => stale)).toEqual(tabs.map(() => 0))
	for (const { asked: times } of asked) expect(times).toBeGreaterThan(ms / 1000 / 2)
	// One request a period: none too many, none missing, and each brought new tokens.
	expect(requests).toBeLessThanOrEqual(Math.ceil(periods) + 1)
	expect(requests).toBeGreaterThanOrEqual(Math.floor(periods) - 1)
	await expect.poll(async () => (await generation()) - before.generation).toBe(demo.counts.refresh - before.refresh)
	expect(demo.counts).toMatchObject({ reuse: 0, grantsRevoked: 0, code: 1 })
	for (const tab of tabs) await expectSignedIn(tab)
}
