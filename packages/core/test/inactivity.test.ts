// Inactivity over all tabs (I4, I5): what counts, who is told, and what ends.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const MINUTE = 60_000
const idle = { timeout: '10m', warnBefore: '60s' } as const

/** Ten tabs at most of one session; the first has just signed in. */
async function tabs(count: number, { session, ...options }: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: 5 * MINUTE, session: { idle, ...session }, ...options })
	const first = await world.signedIn()
	const others = Array.from({ length: count - 1 }, () => world.open())
	await world.time.advance(1000)
	return { world, first, all: [first, ...others] }
}

const warnings = (all: readonly TestTab[]) =>
	all.map(tab => {
		const snapshot = tab.getSnapshot()
		return snapshot.status === 'authenticated' ? snapshot.warning : snapshot.status
	})

/** What is asked for takes a moment of the world's time. */
async function soon<T>(world: World, ask: () => Promise<T>): Promise<T> {
	const asked = ask()
	await world.time.advance(100)
	return asked
}

/** The moment of the warning, as the record has it. */
const warningOf = (world: World) => (world.record()?.living?.lastActivity ?? 0) + 9 * MINUTE

/** Until the warning of a session in which nobody is active any more. */
async function warned(world: World, all: readonly TestTab[]) {
	await world.time.advance(9 * MINUTE + 100)
	expect(warnings(all)).toEqual(all.map(() => 'idle'))
}

describe('the warning', () => {
	it('comes up in every tab at once, told once a tab (I3)', async () => {
		const { world, all } = await tabs(5)
		await world.time.advance(warningOf(world) - world.time.wall() - 1)
		expect(warnings(all)).toEqual(all.map(() => undefined))
		await world.time.advance(2)
		expect(warnings(all)).toEqual(all.map(() => 'idle'))
		expect(all.map(tab => tab.eventsOf('warned').length)).toEqual(all.map(() => 1))
	})

	it('is announced by one commit, however many tabs notice', async () => {
		const { world, all } = await tabs(5, { lifetimeMs: 60 * MINUTE })
		let commits = 0
		world.store.watch(() => {
			commits += 1
		})
		await warned(world, all)
		expect(commits).toBe(1)
	})

	it('does not come in any tab while the user is active in one, though that one tells nobody (I5)', async () => {
		const { world, first, all } = await tabs(4)
		const before = world.messages.length
		for (let minute = 0; minute < 60; minute++) {
			first.act()
			await world.time.advance(MINUTE)
			expect(warnings(all)).toEqual(all.map(() => undefined))
		}
		expect(all.flatMap(tab => tab.eventsOf('warned'))).toEqual([])
		// The renewals of an hour alone: each is one intent, one answer, one publication.
		const hints = world.messages.slice(before).filter(message => 'revision' in (message as object))
		expect(hints.length).toBeLessThanOrEqual(3 * 15)
	})

	it.each([0, 2])('is dismissed in all tabs by activity in any of them (tab %d)', async which => {
		const { world, all } = await tabs(4)
		await warned(world, all)
		all[which]?.act()
		await world.time.advance(50)
		expect(warnings(all)).toEqual(all.map(() => undefined))
		await world.time.advance(8 * MINUTE)
		expect(warnings(all)).toEqual(all.map(() => undefined))
	})

	it('is shown by a tab whose storage does not answer, by its own clock (I6)', async () => {
		const { world, first } = await tabs(1)
		world.store.fail('unreadable')
		await world.time.advance(9 * MINUTE + 2000)
		expect(warnings([first])).toEqual(['idle'])
	})

	it('stands in a tab that is opened while it waits for a word, and closes none of it', async () => {
		const { world, all } = await tabs(2, { session: { idle: { ...idle, continueOn: 'confirm' } } })
		await warned(world, all)
		const late = world.open()
		await world.time.advance(500)
		expect(warnings([...all, late])).toEqual(['idle', 'idle', 'idle'])
	})
})

describe("continueOn: 'confirm'", () => {
	const session = { idle: { ...idle, continueOn: 'confirm' } } as const

	it('goes on with `stay()` alone, in all tabs', async () => {
		const { world, first, all } = await tabs(3, { session })
		await warned(world, all)
		for (const tab of all) {
			tab.act()
			tab.reportActivity()
			tab.show()
			tab.focus()
			await world.time.advance(2000)
		}
		expect(warnings(all)).toEqual(['idle', 'idle', 'idle'])
		expect(await soon(world, first.stay)).toBe(true)
		expect(warnings(all)).toEqual([undefined, undefined, undefined])
	})

	it('ends the session of a user who moves the mouse but does not answer', async () => {
		const { world, first, all } = await tabs(2, { session })
		await warned(world, all)
		for (let second = 0; second < 70; second++) {
			first.act()
			await world.time.advance(1000)
		}
		expect(first.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		expect(world.record()?.end?.at).toBeLessThan(world.time.wall() - 5000)
	})

	it('takes activity that came before the warning, though it was not written yet', async () => {
		const { world, first, all } = await tabs(2, { session })
		await world.time.advance(warningOf(world) - world.time.wall() - 20_000)
		first.act()
		await world.time.advance(5000)
		first.act()
		await world.time.advance(MINUTE)
		expect(warnings(all)).toEqual([undefined, undefined])
	})

	it('commits nothing for activity that does not count', async () => {
		const { world, first, all } = await tabs(2, { session })
		await warned(world, all)
		const { revision } = world.record() ?? {}
		for (let second = 0; second < 30; second++) {
			first.act()
			await world.time.advance(1000)
		}
		expect(world.record()?.revision).toBe(revision)
	})
})

describe('a hold', () => {
	it('keeps the session from being idle, from whichever tab, without a message and without a warning', async () => {
		const { world, all } = await tabs(3)
		const hidden = all[2] as TestTab
		hidden.hide()
		const release = hidden.hold('upload')
		await world.time.advance(45 * MINUTE)
		expect(warnings(all)).toEqual([undefined, undefined, undefined])
		expect(all.flatMap(tab => tab.eventsOf('warned'))).toEqual([])
		release()
		release()
		await world.time.advance(9 * MINUTE + 15_000)
		expect(warnings(all)).toEqual(['idle', 'idle', 'idle'])
		await world.time.advance(MINUTE)
		expect(world.record()?.end?.reason).toBe('idle')
	})

	it('lasts no longer than it may', async () => {
		const { world, first } = await tabs(1)
		first.hold('film', { atMost: '20m' })
		expect(first.getDeadlines().holds).toEqual(['film'])
		await world.time.advance(20 * MINUTE + 15_000)
		expect(first.getDeadlines().holds).toBeUndefined()
		await world.time.advance(10 * MINUTE)
		expect(world.record()?.end?.reason).toBe('idle')
	})

	it('is one of several: each holds for itself', async () => {
		const { world, first } = await tabs(1)
		const release = first.hold('upload')
		first.hold('upload')
		release()
		await world.time.advance(30 * MINUTE)
		expect(first.status()).toBe('authenticated')
	})

	it('is gone with its tab: a crash holds nothing', async () => {
		const { world, all } = await tabs(2)
		all[1]?.hold('upload')
		await world.time.advance(30 * MINUTE)
		all[1]?.crash()
		await world.time.advance(10 * MINUTE + 20_000)
		expect(world.record()?.end?.reason).toBe('idle')
	})

	it('does not move the lifetime', async () => {
		const { world, first } = await tabs(1, { session: { lifetime: { timeout: '30m', warnBefore: '60s' } } })
		first.hold('upload')
		await world.time.advance(31 * MINUTE)
		expect(world.record()?.end?.reason).toBe('lifetime')
	})

	it('revives nothing: a machine that slept past the deadline finds the session over (I4)', async () => {
		const { world, first } = await tabs(1)
		first.hold('upload')
		await world.time.advance(MINUTE)
		world.time.sleep(20 * MINUTE)
		await world.time.advance(20_000)
		expect(world.record()?.end?.reason).toBe('idle')
	})

	it('that waits for the lazy chunk is none the less one', async () => {
		const world = createWorld({ session: { idle } })
		await world.signedIn()
		let isThere = false
		const late = world.open('/', {
			chunk: async () => {
				if (!isThere) throw new Error('no network')
			},
		})
		await world.time.advance(100)
		late.hold('upload')
		isThere = true
		await world.time.advance(30 * MINUTE)
		expect(late.status()).toBe('authenticated')
	})

	it.each([500, 'long', {}])('takes no such time: %j', async atMost => {
		const { first } = await tabs(1)
		expect(() => first.hold('upload', { atMost: atMost as never })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
		expect(first.getDeadlines().holds).toBeUndefined()
	})

	it('of `continueOn: confirm` does not answer for the user, but keeps the question from coming up', async () => {
		const { world, all } = await tabs(2, { session: { idle: { ...idle, continueOn: 'confirm' } } })
		const release = all[1]?.hold('upload')
		await world.time.advance(30 * MINUTE)
		expect(warnings(all)).toEqual([undefined, undefined])
		release?.()
		await world.time.advance(9 * MINUTE + 20_000)
		expect(warnings(all)).toEqual(['idle', 'idle'])
		all[1]?.hold('upload')
		await world.time.advance(MINUTE)
		expect(world.record()?.end?.reason).toBe('idle')
	})
})

describe("a timeout with signOutAt: 'provider'", () => {
	it.each([
		['idle', { idle: { ...idle, signOutAt: 'provider' }, lifetime: false }],
		['lifetime', { idle: false, lifetime: { timeout: '10m', signOutAt: 'provider' } }],
	] as const)('ends the session there too, by way of one tab, which comes back (%s)', async (reason, session) => {
		const { world, all } = await tabs(4, { session })
		await world.time.advance(10 * MINUTE + 500)
		const left = all.flatMap(tab => tab.visited.filter(url => url.includes('/end-session')))
		expect(left).toHaveLength(1)
		const { searchParams } = new URL(left[0] as string)
		expect([searchParams.has('id_token_hint'), searchParams.has('state')]).toEqual([true, true])
		expect(all.map(tab => tab.status()).sort()).toEqual(['redirecting', 'unauthenticated', 'unauthenticated', 'unauthenticated'])
		expect(all.flatMap(tab => tab.eventsOf('ended'))).toEqual(all.map(() => expect.objectContaining({ reason })))
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('shows what is left to do where the provider is out of reach, and retry() does it (I6)', async () => {
		const { world, first } = await tabs(1, { session: { idle: { ...idle, signOutAt: 'provider' } } })
		await world.time.advance(5 * MINUTE)
		const reloaded = world.open()
		first.crash()
		world.network.setDown(true)
		await world.time.advance(11 * MINUTE)
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle', error: { code: 'sign_out_incomplete' } })
		world.network.setDown(false)
		await soon(world, reloaded.retry)
		expect(reloaded.visited.at(-1)).toContain('/end-session')
	})

	it("leaves the provider's session alone by default", async () => {
		const { world, all } = await tabs(2)
		await world.time.advance(11 * MINUTE)
		expect(all.flatMap(tab => tab.visited.filter(url => url.includes('/end-session')))).toEqual([])
		expect(world.record()?.end?.reason).toBe('idle')
	})
})

describe('stay()', () => {
	it('can be said ten times and more, and each gives the whole time again (WCAG 2.2 SC 2.2.1)', async () => {
		const { world, first, all } = await tabs(2)
		for (let times = 0; times < 12; times++) {
			await warned(world, all)
			expect(await soon(world, first.stay)).toBe(true)
			expect(warnings(all)).toEqual([undefined, undefined])
		}
	})

	it('is too late past the deadline', async () => {
		const { world, first } = await tabs(1)
		world.time.sleep(11 * MINUTE)
		expect(await soon(world, first.stay)).toBe(false)
	})
})

describe('a machine that slept past the deadline', () => {
	it('shows nothing from the first mouse move on, and that move ends the session without waiting for a timer (I4)', async () => {
		const { world, first } = await tabs(1)
		world.time.sleep(11 * MINUTE)
		first.act()
		expect(first.status()).toBe('checking')
		await world.time.advance(50)
		expect(first.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('goes on where another tab had been active up to a moment ago (I5)', async () => {
		const { world, all } = await tabs(2)
		const [frozen, active] = all as [TestTab, TestTab]
		frozen.freeze()
		for (let minute = 0; minute < 20; minute++) {
			active.act()
			await world.time.advance(MINUTE)
		}
		frozen.resume()
		expect(frozen.status()).toBe('checking')
		frozen.act()
		await world.time.advance(50)
		expect(frozen.status()).toBe('authenticated')
		expect(frozen.eventsOf('warned')).toEqual([])
	})
})
