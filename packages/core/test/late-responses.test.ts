// Token responses that wait in a page's memory for the storage to take them.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import { createWorld } from '../src/testing/index.ts'

/** Tab A has renewed, and could not store the response. */
async function withKeptResponse() {
	const world = createWorld({ lifetimeMs: 60_000 })
	const tabA = await world.signedIn('alice')
	const tabB = world.open()
	await world.time.advance(125_000)
	let isFull = false
	world.store.watch(({ page, after }) => {
		if (isFull || page !== tabA.page || !(after as SessionRecord).living?.intent) return
		isFull = true
		world.store.fail('full')
	})
	void tabA.renew().catch(() => {})
	await world.time.advance(20_000)
	const newest = world.provider.grants[0]?.refreshToken
	world.store.heal()
	return { world, tabA, tabB, newest }
}

describe('a token response that the storage did not take', () => {
	it('is revoked and dropped once its session has ended (I2)', async () => {
		const { world, tabA, tabB, newest } = await withKeptResponse()
		void tabB.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect([tabA.status(), tabB.status()]).toEqual(['unauthenticated', 'unauthenticated'])
		expect(world.provider.counts.revoked.filter(token => token === newest)).toHaveLength(1)
		await world.time.advance(120_000)
		expect(world.provider.counts.revoked.filter(token => token === newest)).toHaveLength(1)
	})

	it('is stored before anything else is sent while its session goes on (I7)', async () => {
		const { world, tabA, newest } = await withKeptResponse()
		const sent = world.provider.counts.refresh
		const token = tabA.getAccessToken()
		await world.time.advance(2000)
		expect(world.provider.introspect(await token)).toEqual({ sub: 'alice' })
		expect([world.provider.counts.refresh, world.provider.grants[0]?.refreshToken]).toEqual([sent, newest])
	})
})
