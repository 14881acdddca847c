// Renewal over many tabs: I1, I3, I6, I7, and the pains of today's libraries.
import { describe, expect, it } from 'vitest'
import { createWorld } from '../src/testing/index.ts'

const LIFETIME_MS = 60_000

/** Until the tokens have expired: they were renewed once, ahead of time, since signing in is activity. */
const EXPIRED_MS = 2 * LIFETIME_MS

async function manyTabs(count: number, options = {}) {
	const world = createWorld({ lifetimeMs: LIFETIME_MS, ...options })
	const first = await world.signedIn('alice')
	const others = Array.from({ length: count - 1 }, () => world.open())
	await world.time.advance(100)
	return { world, first, tabs: [first, ...others] }
}

describe('one tab sends, all have the result', () => {
	it('sends one request for 20 tabs that all ask for an expired token (I1, P1)', async () => {
		const { world, tabs } = await manyTabs(20)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		const asked = tabs.map(tab => tab.getAccessToken())
		await world.time.advance(5000)
		const tokens = await Promise.all(asked)
		expect(world.provider.counts.refresh).toBe(1)
		expect(new Set(tokens).size).toBe(1)
	})

	it('sends one request for 1,000 calls in one tab (I1, P2)', async () => {
		const { world, first } = await manyTabs(1)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		const asked = Array.from({ length: 1000 }, () => first.getAccessToken())
		await world.time.advance(5000)
		expect(new Set(await Promise.all(asked)).size).toBe(1)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('renews once a period while every tab asks each second', async () => {
		const { world, tabs } = await manyTabs(10)
		const failures: unknown[] = []
		for (let second = 0; second < 5 * 60; second++) {
			for (const tab of tabs) tab.getAccessToken().catch(error => failures.push(error))
			await world.time.advance(1000)
		}
		// 300 s of 60 s tokens, renewed 12 s ahead: every 48 s.
		expect(world.provider.counts.refresh).toBe(6)
		expect(world.provider.counts.reuse).toBe(0)
		expect(failures).toEqual([])
	})

	it('renews ahead of time while the user is active in some tab, and not when nobody is', async () => {
		const { world, tabs } = await manyTabs(2)
		await world.time.advance(20_000)
		tabs[1]?.act()
		await world.time.advance(LIFETIME_MS)
		expect(world.provider.counts.refresh).toBe(1)
		await world.time.advance(3 * LIFETIME_MS)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('tells every tab of the renewal, and changes no snapshot (P24)', async () => {
		const { world, tabs } = await manyTabs(3)
		const before = tabs.map(tab => tab.getSnapshot())
		await world.time.advance(20_000)
		await Promise.all([tabs[0]?.renew(), world.time.advance(1000)])
		expect(tabs.map(tab => tab.eventsOf('renewed'))).toMatchObject([[{ by: 'this-tab' }], [{ by: 'other-tab' }], [{ by: 'other-tab' }]])
		expect(tabs.map(tab => tab.getSnapshot()).every((snapshot, at) => snapshot === before[at])).toBe(true)
	})
})

describe('tabs that stop in the middle', () => {
	it('goes on after the sending tab has crashed, once the lock is free (I1)', async () => {
		const { world, tabs } = await manyTabs(2)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		world.network.faults.push('cut')
		tabs[0]?.getAccessToken().catch(() => {})
		await world.time.flush()
		// The intent is committed, the request on its way and never answered.
		expect(world.record()?.living?.intent).toBeDefined()
		tabs[0]?.crash()
		const token = tabs[1]?.getAccessToken()
		await world.time.advance(5000)
		await expect(token).resolves.toMatch(/^access-/)
	})

	it('publishes an answer that a crashed tab has secured, and sends nothing (I7, P25)', async () => {
		const { world, tabs } = await manyTabs(2)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		const [sender, other] = tabs
		sender?.crashOnce(record => !!record.living?.pending)
		sender?.getAccessToken().catch(() => {})
		await world.time.advance(200)
		expect(world.record()?.living?.pending).toBeDefined()
		const token = other?.getAccessToken()
		await world.time.advance(5000)
		await expect(token).resolves.toMatch(/^access-/)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('overtakes a holder that hangs after 35 s of its own running time, and its late wake does no harm (I10, P4)', async () => {
		const { world, tabs } = await manyTabs(2)
		const [holder, waiter] = tabs
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		holder?.getAccessToken().catch(() => {})
		await world.time.flush()
		expect(world.record()?.living?.intent).toBeDefined()
		// Frozen with the request on its way; its answer is lost on it until it wakes.
		holder?.freeze()
		waiter?.getAccessToken().catch(() => {})
		await world.time.advance(120_000)
		// The provider saw the token twice: with strict reuse detection the session is over, with a reason, in both.
		expect(waiter?.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		holder?.resume()
		await world.time.advance(1000)
		expect(holder?.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})

	it('accepts the late answer of a tab that froze while no other has sent (I7)', async () => {
		const { world, tabs } = await manyTabs(2)
		const [sleeper, other] = tabs
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		sleeper?.getAccessToken().catch(() => {})
		await world.time.flush()
		sleeper?.freeze()
		await world.time.advance(10_000)
		sleeper?.resume()
		await world.time.advance(5000)
		await Promise.all([expect(other?.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})
})

describe('trouble is not logout (I6, P7)', () => {
	it('backs off as one over all tabs, and recovers', async () => {
		const { world, tabs } = await manyTabs(10)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		world.network.setDown(true)
		for (let second = 0; second < 60; second++) {
			for (const tab of tabs) tab.getAccessToken().catch(() => {})
			await world.time.advance(1000)
		}
		expect(tabs.map(tab => tab.getSnapshot())).toEqual(
			tabs.map(() => expect.objectContaining({ status: 'authenticated', renewal: 'retrying' })),
		)
		// 1, 2, 4, 8, 16, 32 s: far from 600.
		expect(tabs.flatMap(tab => tab.eventsOf('renewalFailed')).length).toBeLessThan(10)
		world.network.setDown(false)
		await world.time.advance(70_000)
		expect(tabs.map(tab => tab.getSnapshot())).toEqual(tabs.map(() => expect.objectContaining({ renewal: 'ok' })))
	})

	it('honours Retry-After', async () => {
		const { world, first } = await manyTabs(1)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		world.network.faults.push({ status: 503, body: '', headers: { 'Retry-After': '7' } })
		const refused = first.getAccessToken().catch(error => error)
		await world.time.advance(2000)
		expect(await refused).toMatchObject({ code: 'renewal_failed' })
		await world.time.advance(3000)
		expect(world.provider.counts.refresh).toBe(0)
		await world.time.advance(5000)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('tries at once when the network is back, one tab for all', async () => {
		const { world, tabs } = await manyTabs(5)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		world.network.setDown(true)
		tabs[0]?.getAccessToken().catch(() => {})
		await world.time.advance(200)
		await world.time.advance(12_000)
		world.network.setDown(false)
		for (const tab of tabs) tab.online()
		await world.time.advance(500)
		expect(world.provider.counts.refresh).toBe(1)
		expect(tabs.map(tab => tab.getSnapshot())).toEqual(tabs.map(() => expect.objectContaining({ renewal: 'ok' })))
	})

	it('keeps the session while the storage does not answer, and hands out nothing', async () => {
		const { world, first } = await manyTabs(1)
		await world.time.advance(10_000)
		world.store.fail('unreadable')
		const refused = first.getAccessToken().catch(error => error)
		await world.time.advance(1000)
		expect(await refused).toMatchObject({ code: 'storage_unavailable' })
		expect(first.status()).toBe('authenticated')
		world.store.fail(undefined)
		await world.time.advance(2000)
		await Promise.all([expect(first.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
	})

	it('ends the session when the refresh token is refused, in every tab and once (I8)', async () => {
		const { world, tabs } = await manyTabs(3)
		world.provider.endSessions()
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		tabs[0]?.getAccessToken().catch(() => {})
		await world.time.advance(2000)
		for (const tab of tabs) {
			expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
			expect(tab.eventsOf('ended')).toHaveLength(1)
		}
	})
})
