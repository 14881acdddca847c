// Many tabs that all want their token all the time.
import { type BrowserContext, expect, type Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { eventsOf, recordEvents } from './events.ts'
import { type HeldUp, heldUpMs } from './held-up.ts'
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
	/** When the page could not run. */
	readonly heldUp: readonly HeldUp[]
}

declare global {
	interface Window {
		asked: Asked
	}
}

/** Asks for a token each second, and looks at what comes. */
const askEachSecond = (tab: Page) =>
	tab.evaluate(() => {
		const asked = { asked: 0, failed: [] as string[], stale: 0, heldUp: [] as { at: number; ms: number }[] }
		window.asked = asked
		let tickedAt = Date.now()
		setInterval(() => {
			const at = Date.now()
			asked.heldUp.push({ at, ms: Math.max(0, at - tickedAt - 1000) })
			tickedAt = at
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
	await expect.poll(() => performance.now() - since, { timeout: ms + 120_000, intervals: [1000] }).toBeGreaterThan(ms)

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
	for (const { asked: times } of asked) expect(times).toBeGreaterThan(1)
	// One request a period: none too many, none missing, and each brought new tokens.
	expect(requests).toBeLessThanOrEqual(Math.ceil(periods) + 1)
	const sentAt = demo.renewals.slice(before.refresh).map(({ at }) => at)
	const late = sentAt.flatMap((at, index) => {
		const from = sentAt[index - 1] ?? at
		// A token that had expired before the next was asked for, though every page could run.
		const allowedMs = TOKEN_SECONDS * 1000 + Math.max(...asked.map(({ heldUp }) => heldUpMs(heldUp, from, at)))
		return at - from > allowedMs ? [`${at - from} ms`] : []
	})
	expect(late).toEqual([])
	expect(requests).toBeGreaterThan(0)
	await expect.poll(async () => (await generation()) - before.generation).toBe(demo.counts.refresh - before.refresh)
	expect(demo.counts).toMatchObject({ reuse: 0, grantsRevoked: 0, code: 1 })
	for (const tab of tabs) await expectSignedIn(tab)
}
