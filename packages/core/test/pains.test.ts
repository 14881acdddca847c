// What users of today's libraries suffer, where no other test shows it yet; docs/why.md lists all 25.
import { describe, expect, it } from 'vitest'
import { createWorld } from '../src/testing/index.ts'

const LIFETIME_MS = 60_000

/** A session whose tokens have expired, and the provider's count at zero. */
async function expired(options = {}) {
	const world = createWorld({ lifetimeMs: LIFETIME_MS, ...options })
	const tab = await world.signedIn('alice')
	await world.time.advance(2 * LIFETIME_MS)
	world.provider.counts.refresh = 0
	return { world, tab }
}

describe('renewal', () => {
	it('a duplicated tab, with its copy of sessionStorage, shares the session: one request for both (P1)', async () => {
		const { world, tab } = await expired({ session: { storage: 'tabs' } })
		const copy = world.open('/', { ownNotes: new Map(tab.ownNotes) })
		await world.time.advance(100)
		const asked = [tab.getAccessToken(), copy.getAccessToken()]
		await world.time.advance(5000)
		expect(new Set(await Promise.all(asked)).size).toBe(1)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})

	it('the timer, a manual call and a caller of the API at the same time are one request (P2)', async () => {
		const world = createWorld({ lifetimeMs: LIFETIME_MS, latencyMs: 150 })
		const tab = await world.signedIn('alice')
		// Signing in is activity, so the timer renews ahead of time.
		for (let step = 0; step < 1200 && !world.record()?.living?.intent; step++) await world.time.advance(50)
		expect(world.record()?.living?.intent).toBeDefined()
		const asked = [tab.renew(), tab.getAccessToken(), tab.renew()]
		await world.time.advance(5000)
		await Promise.all(asked)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})

	it('a handler that waits for a token of its own, or for ever, holds up no renewal (P3)', async () => {
		const { world, tab } = await expired()
		let inHandler: string | undefined
		tab.on('renewed', async () => {
			inHandler = await tab.getAccessToken()
			await new Promise(() => {})
		})
		const other = world.open()
		const token = tab.getAccessToken()
		await world.time.advance(1000)
		expect(inHandler).toBe(await token)
		expect(world.locks.isHeld('session:renewal:1')).toBe(false)
		await world.time.advance(LIFETIME_MS)
		const next = other.getAccessToken()
		await world.time.advance(1000)
		await expect(next).resolves.not.toBe(await token)
	})

	it('a machine that wakes without a network keeps the session and renews once the network is there (P7, P9)', async () => {
		const { world, tab } = await expired()
		world.time.sleep(10 * 60_000)
		world.network.setDown(true)
		tab.show()
		const refused = tab.getAccessToken().catch(error => error)
		await world.time.advance(30_000)
		expect(await refused).toMatchObject({ code: 'renewal_failed' })
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		world.network.setDown(false)
		tab.online()
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		const token = tab.getAccessToken()
		await world.time.advance(1000)
		await expect(token).resolves.toMatch(/^access-/)
	})
})

describe('a page', () => {
	it('that is opened after the access token has expired shows the user and renews, without a sign-in (P23)', async () => {
		const { world, tab } = await expired()
		tab.crash()
		const reloaded = world.open()
		const seen = new Set([reloaded.status()])
		reloaded.subscribe(() => seen.add(reloaded.status()))
		const token = reloaded.getAccessToken()
		await world.time.advance(5000)
		await expect(token).resolves.toMatch(/^access-/)
		expect([...seen]).toEqual(['authenticated'])
		expect(reloaded.visited).toEqual([])
	})

	it('with ten guards leaves for the provider once (P20)', async () => {
		const world = createWorld()
		const tab = world.open()
		for (let guard = 0; guard < 10; guard++) tab.requireSession().catch(() => {})
		await world.time.advance(1000)
		expect(tab.visited).toHaveLength(1)
	})

	it('whose sign-in failed stays where it is, however often a guard asks (P20)', async () => {
		const world = createWorld()
		world.network.setDown(true)
		const tab = world.open()
		for (let navigation = 0; navigation < 10; navigation++) {
			const refused = tab.requireSession().catch(error => error.code)
			await world.time.advance(20_000)
			expect(await refused).toBe('network_error')
		}
		expect(tab.visited).toEqual([])
	})
})

describe('a sign-in that was left half-way', () => {
	it('by closing its tab is in nobody’s way (P22)', async () => {
		const world = createWorld()
		const closed = world.open()
		const other = world.open()
		void closed.signIn()
		await world.time.advance(500)
		expect(closed.status()).toBe('redirecting')
		closed.crash()
		await world.time.advance(100)
		expect(other.status()).toBe('unauthenticated')
		void other.signIn()
		await world.time.advance(500)
		expect(other.visited).toHaveLength(1)
	})

	it('by loading the page again in the same tab can be begun again at once (P22)', async () => {
		const world = createWorld()
		const left = world.open()
		await world.time.flush()
		void left.signIn()
		await world.time.advance(500)
		expect(left.status()).toBe('redirecting')
		left.crash()
		const reloaded = world.open('/', { ownNotes: left.ownNotes })
		await world.time.flush()
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: undefined })
		void reloaded.signIn()
		await world.time.advance(500)
		expect(reloaded.visited).toHaveLength(1)
	})
})
