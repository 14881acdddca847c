// The end, from any side: I2, I5, I8, I9, I4.
import { describe, expect, it } from 'vitest'
import { createWorld } from '../src/testing/index.ts'

async function twoTabs(options = {}) {
	const world = createWorld(options)
	const tabA = await world.signedIn('alice')
	const tabB = world.open()
	await world.time.advance(100)
	return { world, tabA, tabB }
}

describe('sign-out', () => {
	it('shows in the other tab at once, and hands out no token there (I2, P10)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		await Promise.all([tabB.getAccessToken(), world.time.flush()])
		void tabA.signOut({ at: 'device' })
		await world.time.flush()
		expect(tabB.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', by: 'other-tab' })
		await Promise.all([expect(tabB.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' }), world.time.flush()])
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', by: 'this-tab' })
		await world.time.advance(100)
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('stops the other tab within 5 s when the hint is lost (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		await Promise.all([tabB.getAccessToken(), world.time.flush()])
		tabB.platform.channel.close()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(5000)
		await Promise.all([expect(tabB.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' }), world.time.flush()])
	})

	it('reaches a tab without a hint by its own look, within 30 s (I3)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.platform.channel.close()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(30_000)
		expect(tabB.status()).toBe('unauthenticated')
	})

	it('is not undone by a renewal in flight, whose fresh token is revoked (I2, P11)', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 60_000 })
		await world.time.advance(120_000)
		tabA.getAccessToken().catch(() => {})
		await world.time.flush()
		expect(world.record()?.living?.intent).toBeDefined()
		void tabB.signOut({ at: 'device' })
		await world.time.flush()
		await world.time.advance(1000)
		expect([tabA.status(), tabB.status()]).toEqual(['unauthenticated', 'unauthenticated'])
		expect(world.record()).toMatchObject({ end: { reason: 'signed-out' }, living: undefined })
		expect(world.provider.counts.revoked).toContain(world.provider.grants[0]?.refreshToken)
	})

	it('commits the end before it asks the provider, and finishes on retry when that was out of reach', async () => {
		const { world, tabA, tabB } = await twoTabs()
		world.network.setDown(true)
		void tabA.signOut()
		await world.time.advance(500)
		expect(tabB.status()).toBe('unauthenticated')
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_out_incomplete' } })
		world.network.setDown(false)
		void tabA.retry()
		await world.time.advance(500)
		expect(tabA.visited).toEqual([expect.stringMatching(/^https:\/\/id\.example\/end-session\?/)])
	})

	it('ends once when every tab signs out at the same time (I8)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		void tabA.signOut({ at: 'device' })
		void tabB.signOut({ at: 'device' })
		await world.time.advance(500)
		expect(world.provider.counts.revoked).toHaveLength(1)
		expect([tabA.eventsOf('ended'), tabB.eventsOf('ended')].map(events => events.length)).toEqual([1, 1])
	})

	it('wins over a sign-in that this tab has begun, and refuses one that begins meanwhile (P21)', async () => {
		const { tabA } = await twoTabs()
		void tabA.signOut()
		await expect(tabA.signIn()).rejects.toMatchObject({ code: 'redirecting' })
	})

	it('shows in this tab even if the storage refuses the end, and retry() commits it', async () => {
		const { world, tabA } = await twoTabs()
		world.store.fail('unreadable')
		void tabA.signOut({ at: 'device' })
		await world.time.advance(500)
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		world.store.fail(undefined)
		void tabA.retry()
		await world.time.advance(500)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: undefined })
	})
})

describe('idleness (I4, I5, P14)', () => {
	const session = { idle: { timeout: '10m', warnBefore: '60s' } } as const

	it('warns in all tabs and ends in all, once', async () => {
		const { world, tabA, tabB } = await twoTabs({ session })
		await world.time.advance(9 * 60_000 + 1000)
		expect([tabA.getSnapshot(), tabB.getSnapshot()]).toMatchObject([{ warning: 'idle' }, { warning: 'idle' }])
		await world.time.advance(60_000)
		for (const tab of [tabA, tabB]) {
			expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
			expect(tab.eventsOf('ended')).toHaveLength(1)
		}
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('keeps all tabs while the user is active in one', async () => {
		const { world, tabA, tabB } = await twoTabs({ session })
		for (let minute = 0; minute < 30; minute++) {
			tabB.act()
			await world.time.advance(60_000)
			expect(tabA.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		}
		expect(tabA.eventsOf('warned')).toEqual([])
	})

	it('dismisses the warning in all tabs when the user stays in one', async () => {
		const { world, tabA, tabB } = await twoTabs({ session })
		await world.time.advance(9 * 60_000 + 1000)
		const stayed = tabA.stay()
		await world.time.advance(100)
		expect(await stayed).toBe(true)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
	})

	it('takes no event after the deadline for activity: checking in the same task, then the end (P9, P13)', async () => {
		const { world, tabA, tabB } = await twoTabs({ session })
		world.time.sleep(11 * 60_000)
		tabA.act()
		expect(tabA.status()).toBe('checking')
		await world.time.flush()
		const stays = tabA.stay()
		await world.time.advance(31_000)
		expect(await stays).toBe(false)
		expect([tabA, tabB].map(tab => tab.getSnapshot())).toMatchObject([
			{ status: 'unauthenticated', reason: 'idle' },
			{ status: 'unauthenticated', reason: 'idle' },
		])
	})

	it('hands out nothing past the deadline, though no timer has fired (I4)', async () => {
		const { world, tabA } = await twoTabs({ session })
		await Promise.all([tabA.getAccessToken(), world.time.flush()])
		world.time.sleep(11 * 60_000)
		const refused = tabA.getAccessToken().catch(error => error)
		await world.time.advance(500)
		expect(await refused).toMatchObject({ code: 'not_authenticated' })
	})

	it('comes back from checking where another tab had been active', async () => {
		const { world, tabA, tabB } = await twoTabs({ session })
		tabB.freeze()
		for (let minute = 0; minute < 12; minute++) {
			tabA.act()
			await world.time.advance(60_000)
		}
		tabB.resume()
		expect(tabB.status()).toBe('checking')
		await world.time.advance(100)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
	})

	it('neither ends nor extends a session when the wall clock steps back an hour', async () => {
		const { world, tabA } = await twoTabs({ session })
		await world.time.advance(5 * 60_000)
		world.time.jump(-3_600_000)
		await world.time.advance(3 * 60_000)
		expect(tabA.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		await world.time.advance(3 * 60_000)
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})
})

describe('lifetime', () => {
	it('is announced, and ends the session however active the user is (P15)', async () => {
		const { world, tabA } = await twoTabs({ session: { lifetime: { timeout: '1h', warnBefore: '5m' } } })
		for (let minute = 0; minute < 56; minute++) {
			tabA.act()
			await world.time.advance(60_000)
		}
		expect(tabA.getSnapshot()).toMatchObject({ status: 'authenticated', warning: 'lifetime' })
		for (let minute = 0; minute < 5; minute++) {
			tabA.act()
			await world.time.advance(60_000)
		}
		expect(tabA.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'lifetime' })
	})
})

describe('another user (I9, P12)', () => {
	it('quarantines the tab that showed the former one until it accepts', async () => {
		const { world, tabA } = await twoTabs()
		await Promise.all([tabA.getAccessToken(), world.time.flush()])
		const bob = await world.signedIn('bob')
		expect(bob.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'bob' } })
		expect(tabA.getSnapshot()).toMatchObject({ status: 'user-changed', previousUser: { sub: 'alice' }, user: { sub: 'bob' } })
		await Promise.all([expect(tabA.getAccessToken()).rejects.toMatchObject({ code: 'user_changed' }), world.time.flush()])
		tabA.acceptUser()
		expect(tabA.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'bob' } })
		await Promise.all([expect(tabA.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
	})

	it('quarantines whatever lay between', async () => {
		const { world, tabA } = await twoTabs()
		void tabA.signOut({ at: 'device' })
		await world.time.flush()
		await world.signedIn('bob')
		expect(tabA.status()).toBe('user-changed')
	})
})
