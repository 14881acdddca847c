// What a user's activity costs the tabs of a session: transactions and messages, counted over an hour (I5, P24).
import { describe, expect, it } from 'vitest'
import { publishEvery } from '../src/policy/activity.ts'
import { createWorld, type TestTab } from '../src/testing/index.ts'
import { config, HOUR } from './fixtures.ts'

const TABS = 10
/** ms between two events of a user who does not rest. */
const EVENT_MS = 250
/** Coarse intervals of an hour; one has begun before. */
const INTERVALS = HOUR / publishEvery(config) + 1

/** All fakes settle in microtasks, and in fewer than these: a real task for each of an hour's events takes seconds. */
const turn = async () => {
	for (let hop = 0; hop < 30; hop++) await undefined
}

/** An hour in which the tabs that `active` picks have an event each 250 ms. No token is renewed in it: all that is counted is of activity. */
async function hour(active: (tabs: readonly TestTab[], nth: number) => readonly TestTab[]) {
	const world = createWorld({ lifetimeMs: 4 * HOUR, session: { idle: { timeout: '30m', warnBefore: '1m' } }, turn })
	let transactions = 0
	const count = () => {
		transactions += 1
	}
	const opener = await world.signedIn('alice')
	const tabs = Array.from({ length: TABS }, () => world.open('/', { onRead: count, onUpdate: count }))
	opener.close()
	await world.time.advance(publishEvery(config))
	let commits = 0
	world.store.watch(() => {
		commits += 1
	})
	const before = world.messages.length
	transactions = 0
	for (let nth = 0; nth < HOUR / EVENT_MS; nth++) {
		for (const tab of active(tabs, nth)) tab.act()
		await world.time.advance(EVENT_MS)
	}
	return { world, tabs, commits, transactions, messages: world.messages.length - before }
}

describe(`an hour of steady activity in ${TABS} tabs`, () => {
	it.each([
		['each in turn', (tabs: readonly TestTab[], nth: number) => [tabs[nth % TABS] as TestTab]],
		['all at once', (tabs: readonly TestTab[]) => tabs],
	])(
		'costs, with %s active, at most a commit an interval and tab, none an event, and no message (I5, P24)',
		{ timeout: 60_000 },
		async (_who, active) => {
			const { world, tabs, commits, messages, transactions } = await hour(active)
			expect(commits).toBeLessThanOrEqual(TABS * INTERVALS)
			// Nobody has to be told: each reads before it acts on that.
			expect(messages).toBe(0)
			// Its own, and a look at another's.
			expect(transactions).toBeLessThanOrEqual(2 * TABS * INTERVALS)
			// It was activity all the same: nobody was taken for idle, and all know it.
			for (const tab of tabs) expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
			expect(tabs.flatMap(tab => [...tab.eventsOf('warned'), ...tab.eventsOf('ended')])).toEqual([])
			expect(world.time.wall() - (world.record()?.living?.lastActivity ?? 0)).toBeLessThanOrEqual(publishEvery(config))
		},
	)
})
