// A hold counts as activity for no longer than it was allowed to last (I5).
import { describe, expect, it } from 'vitest'
import { createWorld } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A tab of a session that is idle after four hours. */
async function signedIn() {
	const world = createWorld({ lifetimeMs: 24 * HOUR, session: { idle: { timeout: '4h' }, lifetime: false } })
	const tab = await world.signedIn()
	await world.time.advance(SECOND)
	const lastActivity = () => world.record()?.living?.lastActivity ?? 0
	return { world, tab, lastActivity }
}

describe('a hold that has expired', () => {
	it.each([
		['the machine has slept', (world: Awaited<ReturnType<typeof signedIn>>['world']) => world.time.sleep(2 * HOUR)],
		['the clock was set', (world: Awaited<ReturnType<typeof signedIn>>['world']) => world.time.jump(2 * HOUR)],
	])('is no activity when it is released, after %s (I5)', async (_name, pass) => {
		const { world, tab, lastActivity } = await signedIn()
		const release = tab.hold('upload', { atMost: '1h' })
		await world.time.advance(SECOND)
		const heldAt = lastActivity()
		pass(world)
		release()
		await world.time.advance(MINUTE)
		expect(lastActivity()).toBe(heldAt)
		expect(tab.getDeadlines().holds).toBeUndefined()
	})

	it('is no activity at the next publication after the machine has slept (I5)', async () => {
		const { world, tab, lastActivity } = await signedIn()
		tab.hold('upload', { atMost: '1h' })
		await world.time.advance(SECOND)
		const heldAt = lastActivity()
		world.time.sleep(2 * HOUR)
		await world.time.advance(MINUTE)
		expect(lastActivity()).toBe(heldAt)
	})

	it('is no activity in a page that was suspended meanwhile (I5)', async () => {
		const { world, tab, lastActivity } = await signedIn()
		const release = tab.hold('upload', { atMost: '400s' })
		await world.time.advance(SECOND)
		const heldAt = lastActivity()
		tab.freeze()
		world.time.sleep(10 * MINUTE)
		tab.resume()
		release()
		await world.time.advance(MINUTE)
		expect(lastActivity()).toBe(heldAt)
	})

	it('leaves another hold of the same tab in force', async () => {
		const { world, tab, lastActivity } = await signedIn()
		const release = tab.hold('upload', { atMost: '1h' })
		tab.hold('film', { atMost: '8h' })
		await world.time.advance(SECOND)
		world.time.sleep(2 * HOUR)
		release()
		await world.time.advance(MINUTE)
		expect(lastActivity()).toBeGreaterThan(world.time.wall() - MINUTE)
		expect(tab.getDeadlines().holds).toEqual(['film'])
	})
})

it('a hold that is released in time counts up to its release (I5)', async () => {
	const { world, tab, lastActivity } = await signedIn()
	const release = tab.hold('upload', { atMost: '1h' })
	await world.time.advance(SECOND)
	world.time.sleep(30 * MINUTE)
	const releasedAt = tab.getDeadlines().now
	release()
	await world.time.advance(20 * SECOND)
	expect(lastActivity()).toBe(releasedAt)
})
