// A wall clock that is wrong for a while: while a sign-in is begun, after a restart of the machine, or all the time.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import { clockSet } from '../src/policy/session-clock.ts'
import type { Protocol } from '../src/protocol/index.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** Time passes while no page is open and the machine may be off. */
async function closed(world: World, tabs: readonly TestTab[], ms: number) {
	for (const tab of tabs) tab.crash()
	world.time.sleep(ms)
	await world.time.flush()
}

/** A sign-in that the user cancels while the device's clock is `ms` ahead; then the clock is right again. */
async function cancelledWithClockAhead(world: World, ms: number) {
	world.time.jump(ms)
	const tab = world.open()
	await world.time.advance(200)
	void tab.signIn()
	await world.time.advance(200)
	const state = new URL(tab.visited.at(-1) as string).searchParams.get('state')
	tab.crash()
	const back = world.open(`/signed-in?state=${state}&error=access_denied`, { ownNotes: tab.ownNotes })
	await world.time.advance(300)
	back.crash()
	world.time.jump(-ms)
}

/** A tab in which Alice has signed in, of a world whose clock `ms` is ahead then. */
async function signedIn(options: WorldOptions = {}, ms = 0) {
	const world = createWorld(options)
	world.time.jump(ms)
	const tab = await world.signedIn('alice')
	return { world, tab }
}

/** What a call gives, as time passes. */
async function given<T>(world: World, call: Promise<T>, ms = 1000): Promise<T> {
	call.catch(() => {})
	await world.time.advance(ms)
	return call
}

const truth = (world: World) => world.time.rightWall()

describe('a clock that was a year ahead during an earlier sign-in', () => {
	it('does not keep the next session from being idle while the browser is closed (I4)', async () => {
		const world = createWorld()
		await cancelledWithClockAhead(world, YEAR)
		const tab = await world.signedIn('alice')
		expect(tab.status()).toBe('authenticated')
		expect(Math.abs((world.record()?.highTime ?? 0) - truth(world))).toBeLessThan(MINUTE)
		await closed(world, [tab], 20 * DAY)
		const later = world.open()
		await world.time.advance(500)
		expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('does not make tokens of the next session last for a year (I4)', async () => {
		const world = createWorld({ session: { idle: false, lifetime: false } })
		await cancelledWithClockAhead(world, YEAR)
		const tab = await world.signedIn('alice')
		await world.time.advance(HOUR)
		expect(world.provider.introspect(await given(world, tab.getAccessToken()))).toMatchObject({ sub: 'alice' })
	})

	it('is left by pages that were open then, once a session has begun in another (I3, I4)', async () => {
		const world = createWorld()
		world.time.jump(YEAR)
		const open = world.open()
		await world.time.advance(200)
		void open.signIn()
		await world.time.advance(11_000)
		world.time.jump(-YEAR)
		const tab = await world.signedIn('alice')
		await world.time.advance(500)
		for (const each of [open, tab]) {
			expect(each.status()).toBe('authenticated')
			expect(Math.abs(each.getDeadlines().now - truth(world))).toBeLessThan(MINUTE)
		}
		await given(world, open.stay())
		await given(world, open.renew())
		expect(Math.abs((world.record()?.highTime ?? 0) - truth(world))).toBeLessThan(MINUTE)
		await world.time.advance(31 * MINUTE)
		for (const each of [open, tab]) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('makes no redirect loop of unattended sign-ins (I6)', async () => {
		const world = createWorld({ session: { loopGuard: { attempts: 1, within: '30s' } } })
		world.time.jump(YEAR)
		const before = world.open()
		await world.time.advance(200)
		void before.requireSession().catch(() => {})
		await world.time.advance(200)
		before.crash()
		world.time.jump(-YEAR)
		const tab = await world.signedIn('alice')
		await world.time.advance(MINUTE)
		await given(world, tab.signOut({ at: 'device' }))
		void tab.requireSession().catch(() => {})
		await world.time.advance(500)
		expect(tab.status()).toBe('redirecting')
	})

	it('lets go of what was held then after as long as was asked for (I5)', async () => {
		const world = createWorld({ session: { idle: { timeout: '3m' } } })
		world.time.jump(YEAR)
		const open = world.open()
		await world.time.advance(200)
		open.hold('upload', { atMost: '4m' })
		world.time.jump(-YEAR)
		const tab = await world.signedIn('alice')
		await world.time.advance(5 * MINUTE)
		expect(tab.status()).toBe('authenticated')
		await world.time.advance(3 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('leaves alerts of their own time', async () => {
		const world = createWorld()
		await cancelledWithClockAhead(world, YEAR)
		const tab = await world.signedIn('alice')
		await world.time.advance(MINUTE)
		world.provider.endSessions()
		await given(world, tab.renew()).catch(() => {})
		expect(tab.getAlerts().map(({ type }) => type)).toContain('ended-early')
	})
})

describe('a clock that is set back by less than 5 minutes', () => {
	it.each(['idle', 'lifetime'] as const)('costs the next session nothing of its %s in pages that were open before (I4)', async limit => {
		const { world, tab } = await signedIn({ session: { idle: false, lifetime: false, [limit]: { timeout: '2m' } } })
		await world.time.advance(MINUTE)
		void tab.signOut({ at: 'device' })
		await world.time.advance(500)
		world.time.jump(-4 * MINUTE)
		const next = await world.signedIn('alice')
		tab.focus()
		await world.time.advance(MINUTE)
		for (const each of [tab, next]) expect(each.status()).toBe('authenticated')
		await world.time.advance(MINUTE)
		for (const each of [tab, next]) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: limit })
	})
})

describe('activity in a page that doubts the time', () => {
	it.each([
		{ what: 'the record is right, and the clock was set back', aheadMs: 0, setMs: -HOUR, closedMs: 20 * MINUTE },
		{ what: 'the record is ahead, and the clock was set right', aheadMs: 20 * MINUTE, setMs: -20 * MINUTE, closedMs: 5 * MINUTE },
	])('counts when it happened, by the clock that the provider confirms, where $what (I5)', async ({ aheadMs, setMs, closedMs }) => {
		const { world, tab } = await signedIn()
		world.time.jump(aheadMs)
		// A clock that is set forward in an open page is followed.
		await world.time.advance(MINUTE)
		tab.act()
		await world.time.advance(1000)
		world.time.jump(setMs)
		await closed(world, [tab], closedMs)
		const next = world.open()
		await world.time.advance(2000)
		expect(next.status()).toBe('authenticated')
		const { lastActivity = 0 } = world.record()?.living ?? {}
		const agoMs = next.getDeadlines().now - lastActivity
		expect(agoMs).toBeLessThanOrEqual(2000)
		expect(agoMs).toBeGreaterThanOrEqual(0)
	})
})

describe('a clock that is wrong at the sign-in', () => {
	it.each([
		{ what: '10 minutes ahead', ms: 10 * MINUTE },
		{ what: '10 minutes behind', ms: -10 * MINUTE },
		{ what: 'a year ahead', ms: YEAR },
		{ what: '56 years behind', ms: -56 * YEAR },
	])('$what, refuses no sign-in, raises an alert, and the session keeps the time of the provider (I4)', async ({ ms }) => {
		const { world, tab } = await signedIn({}, ms)
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(tab.getAlerts()).toMatchObject([{ type: 'clock-off' }])
		expect(Math.abs(tab.getDeadlines().now - truth(world))).toBeLessThan(10_000)
		expect(world.record()?.skewMs).toBeGreaterThan(ms - 10_000)
		expect(world.record()?.skewMs).toBeLessThan(ms + 10_000)
	})

	it.each([10 * MINUTE, -10 * MINUTE, YEAR, -56 * YEAR])('and stays wrong by %d ms: pages load and renew as ever (I4)', async ms => {
		const { world, tab } = await signedIn({}, ms)
		tab.crash()
		await world.time.advance(1000)
		world.provider.counts.refresh = 0
		const next = world.open()
		await world.time.advance(500)
		expect(next.status()).toBe('authenticated')
		expect(world.provider.counts.refresh).toBe(0)
		await closed(world, [next], 20 * MINUTE)
		const later = world.open()
		await world.time.advance(500)
		expect(later.status()).toBe('authenticated')
		// Up to its deadline, a clock that is behind is taken for one that was set right meanwhile.
		await closed(world, [later], 20 * DAY)
		const last = world.open()
		await world.time.advance(500)
		expect(last.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it.each([10 * MINUTE, -10 * MINUTE, YEAR, -56 * YEAR])('and is set right from %d ms in an open page costs no session (I4)', async ms => {
		const { world, tab } = await signedIn({}, ms)
		await world.time.advance(MINUTE)
		world.time.setRight()
		await world.time.advance(MINUTE)
		tab.act()
		expect(tab.status()).toBe('authenticated')
		expect(Math.abs(tab.getDeadlines().now - truth(world))).toBeLessThan(10_000)
		const beside = world.open()
		await world.time.advance(500)
		expect(beside.status()).toBe('authenticated')
		await closed(world, [tab, beside], 31 * MINUTE)
		const later = world.open()
		await world.time.advance(500)
		expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it.each([YEAR, 10 * DAY])(
		'and is set right from %d ms ahead while the browser is closed for 20 days: the session is idle (I4)',
		async ms => {
			const { world, tab } = await signedIn({}, ms)
			tab.crash()
			world.time.setRight()
			await closed(world, [], 20 * DAY)
			const later = world.open()
			await world.time.advance(1000)
			expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		},
	)
})

describe('session time that is far behind the provider, though the clock is not behind the record', () => {
	it('goes forward at the next renewal, where a clock that was ahead at the sign-in was set right since (I4)', async () => {
		const { world, tab } = await signedIn({}, HOUR)
		await world.time.advance(1000)
		tab.crash()
		world.time.setRight()
		await closed(world, [], HOUR + 10 * MINUTE)
		const later = world.open()
		await world.time.advance(1000)
		void later.renew().catch(() => {})
		await world.time.advance(1000)
		expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		expect(world.record()?.skewMs).toBe(0)
	})

	it('goes forward at the next renewal, where the clock was set back to just after the last commit (I4)', async () => {
		const { world, tab } = await signedIn()
		await closed(world, [tab], 15 * HOUR)
		world.time.jump(-15 * HOUR + MINUTE)
		const later = world.open()
		await world.time.advance(1000)
		void later.renew().catch(() => {})
		await world.time.advance(1000)
		expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it.each([-12 * HOUR, YEAR])(
		'stays where a clock that was off by %d ms is set right as a token response waits for the storage (I6)',
		async ms => {
			const { world, tab } = await signedIn({ lifetimeMs: HOUR, session: { idle: false, lifetime: false } })
			await world.time.advance(1000)
			const { startedAt } = world.record()?.living ?? {}
			world.time.jump(ms)
			world.store.watch(({ after }) => {
				if ((after as SessionRecord).living?.pending) world.store.doom('aborted')
			})
			void tab.renew().catch(() => {})
			await world.time.advance(500)
			world.time.setRight()
			await world.time.advance(3000)
			expect(world.record()?.living).toMatchObject({ generation: 2, pending: undefined, startedAt })
		},
	)
})

describe('a page that loads with a clock that is behind', () => {
	/** All tabs are closed, the machine restarts with its clock set back. */
	async function restarted(options: WorldOptions = {}, { backMs = 56 * YEAR, closedMs = MINUTE } = {}) {
		const { world, tab } = await signedIn(options)
		await closed(world, [tab], closedMs)
		world.time.jump(-backMs)
		world.provider.counts.refresh = 0
		return world
	}

	it('hands out nothing until a renewal has confirmed the time, and the session goes on (I4)', async () => {
		const world = await restarted()
		const tab = world.open()
		const asked = tab.getAccessToken()
		await world.time.advance(20)
		expect(tab.status()).toBe('checking')
		await world.time.advance(300)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.introspect(await asked)).toMatchObject({ sub: 'alice' })
		expect(world.provider.counts.refresh).toBe(1)
		expect(Math.abs(tab.getDeadlines().now - truth(world))).toBeLessThan(10_000)
	})

	it('is not asked for again by the next page, nor by the one that finds the clock set right (I4)', async () => {
		const world = await restarted()
		world.open()
		await world.time.advance(300)
		const [second] = [world.open()]
		await world.time.advance(300)
		expect(second?.status()).toBe('authenticated')
		world.time.setRight()
		const third = world.open()
		await world.time.advance(300)
		expect(third.status()).toBe('authenticated')
		expect(second?.status()).toBe('authenticated')
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('asks once, however many pages load together (I1)', async () => {
		const world = await restarted()
		const tabs = [1, 2, 3, 4].map(() => world.open())
		await world.time.advance(1000)
		expect(tabs.map(tab => tab.status())).toEqual(tabs.map(() => 'authenticated'))
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('ends the session if a deadline has passed by the confirmed time (I4)', async () => {
		const world = await restarted({}, { closedMs: 20 * DAY })
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		expect(Math.abs((world.record()?.end?.at ?? 0) - truth(world))).toBeLessThan(10_000)
	})

	it('is checking while the provider is out of reach, and ends the session by the confirmed time only (I4, I6)', async () => {
		const world = await restarted({ session: { idle: { timeout: '4m' } } })
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(5 * MINUTE)
		expect(tab.status()).toBe('checking')
		await expect(given(world, tab.getAccessToken(), MINUTE)).rejects.toMatchObject({ code: 'timeout' })
		world.network.setDown(false)
		tab.act()
		tab.online()
		await world.time.advance(2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('lets no wait hang while the provider is out of reach (I10)', async () => {
		const world = await restarted()
		world.network.setDown(true)
		const tab = world.open()
		expect(await given(world, tab.manager.start(), 20_000)).toMatchObject({ status: 'checking' })
		await expect(given(world, tab.requireSession(), 20_000)).rejects.toMatchObject({ code: 'renewal_failed' })
	})

	it('goes on once the provider is back in time (I6)', async () => {
		const world = await restarted()
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(10 * MINUTE)
		expect(tab.status()).toBe('checking')
		world.network.setDown(false)
		await world.time.advance(70_000)
		expect(tab.status()).toBe('authenticated')
	})

	it('ends the session if the provider refuses (I6)', async () => {
		const world = await restarted()
		world.provider.revokeGrants()
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})

	it('has the time confirmed by a silent sign-in where there is no refresh token (I4)', async () => {
		const world = await restarted({ rotation: 'none', session: { sso: 'iframe' } })
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.code).toBe(2)
	})

	it('offers a sign-in where nothing can confirm the time, and the session is not lost by it (I6)', async () => {
		const world = await restarted({ rotation: 'none', lifetimeMs: 4 * HOUR })
		const { id } = world.record() as SessionRecord
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_in_required' } })
		await expect(given(world, tab.getAccessToken())).rejects.toMatchObject({ code: 'sign_in_required' })
		expect(world.record()?.living).toBeDefined()
		void tab.signIn()
		await world.time.advance(300)
		const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes })
		await world.time.advance(500)
		expect(back.status()).toBe('authenticated')
		expect(world.record()?.id).toBe(id)
		// No page after it asks again.
		const next = world.open()
		await world.time.advance(500)
		expect(next.status()).toBe('authenticated')
	})

	it('takes a renewal without an ID token for no confirmation, and does not renew on and on (I4)', async () => {
		const world = await restarted()
		const wrap = (protocol: Protocol): Protocol => ({
			...protocol,
			async refresh(...asked) {
				const answer = await protocol.refresh(...asked)
				return { ...answer, response: { ...answer.response, id_token: undefined } }
			},
		})
		const tab = world.open('/', { wrap })
		await world.time.advance(5 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_in_required' } })
		expect(world.provider.counts.refresh).toBe(2)
		expect(world.record()?.living).toBeDefined()
	})

	it('shows the session once the clock is set right before the renewal has come (I4)', async () => {
		const world = await restarted()
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(1000)
		world.time.setRight()
		world.network.setDown(false)
		tab.online()
		await world.time.advance(2000)
		expect(tab.status()).toBe('authenticated')
	})

	it('leaves pages that know the time as they are (I3)', async () => {
		const { world, tab } = await signedIn()
		world.time.jump(-HOUR)
		const late = world.open()
		await world.time.advance(10)
		expect(tab.status()).toBe('authenticated')
		await world.time.advance(500)
		for (const each of [tab, late]) {
			expect(each.status()).toBe('authenticated')
			expect(Math.abs(each.getDeadlines().now - truth(world))).toBeLessThan(10_000)
		}
	})

	it('is followed by no more than 5 minutes back: such a page loads as ever (I4)', async () => {
		const world = await restarted({}, { backMs: 4 * MINUTE + MINUTE, closedMs: MINUTE })
		const tab = world.open()
		await world.time.advance(300)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.refresh).toBe(0)
	})

	it('repairs the record of an older version whose clock was a year ahead (I4)', async () => {
		const { world, tab } = await signedIn()
		await closed(world, [tab], MINUTE)
		const { clockSetAt: _, skewMs: __, ...record } = world.record() as SessionRecord
		const living = record.living as NonNullable<SessionRecord['living']>
		const ahead = (time: number) => time + YEAR
		const older = {
			...record,
			revision: record.revision + 1,
			highTime: ahead(record.highTime),
			living: {
				...living,
				startedAt: ahead(living.startedAt),
				lastActivity: ahead(living.lastActivity),
				issuedAt: ahead(living.issuedAt),
				expiresAt: ahead(living.expiresAt),
			},
		}
		const writer = world.open()
		void writer.platform.store.update(() => older, false)
		await world.time.advance(10)
		writer.crash()
		const next = world.open()
		await world.time.advance(500)
		expect(next.status()).toBe('authenticated')
		expect(Math.abs((world.record()?.highTime ?? 0) - truth(world))).toBeLessThan(MINUTE)
		await closed(world, [next], 31 * MINUTE)
		const last = world.open()
		await world.time.advance(500)
		expect(last.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
	})

	it('is set once where two tabs sign in together: the second goes by the clock that the first has set (I4, I6)', async () => {
		const { world, tab } = await signedIn({ rotation: 'none', lifetimeMs: 4 * HOUR })
		tab.crash()
		const { living, ...rest } = world.record() as SessionRecord & { living: NonNullable<SessionRecord['living']> }
		const { startedAt, lastActivity, issuedAt, expiresAt } = living
		const ahead = { startedAt: startedAt + YEAR, lastActivity: lastActivity + YEAR, issuedAt: issuedAt + YEAR, expiresAt: expiresAt + YEAR }
		world.store.set({ ...rest, highTime: rest.highTime + YEAR, living: { ...living, ...ahead } })
		const next = world.open()
		await world.time.advance(1000)
		expect(next.getSnapshot()).toMatchObject({ error: { code: 'sign_in_required' } })
		void next.signIn()
		await world.time.advance(300)
		const { state, code } = world.provider.signIn('alice', new URL(next.visited.at(-1) as string))
		next.crash()
		world.store.watch(({ after }) => {
			const request = (after as SessionRecord).requests.find(each => each.state === state)
			if (request?.outcome === 'answered') world.store.doom('aborted')
		})
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: next.ownNotes })
		await world.time.advance(500)
		// Between the two tries of this tab another one goes on with the session.
		const record = world.record() as SessionRecord
		expect(record.clockSetAt).toBe(rest.clockSetAt)
		world.store.set({ ...clockSet(record, { skewMs: 0, byMs: -YEAR }, back.getDeadlines().now), revision: record.revision + 1 })
		await world.time.advance(2000)
		expect(back.status()).toBe('authenticated')
		expect(Math.abs(back.getDeadlines().now - truth(world))).toBeLessThan(MINUTE)
		expect(world.record()?.id).toBe(rest.id)
	})
})

/** A page that leaves for the provider, comes back with a response after `msAway`, and exchanges it. */
async function sentAway(world: World, tab: TestTab): Promise<string> {
	void tab.signIn()
	await world.time.advance(1500)
	const url = new URL(tab.visited.at(-1) as string)
	const { code } = world.provider.signIn('alice', url)
	tab.crash()
	return `/signed-in?state=${url.searchParams.get('state')}&code=${code}`
}

describe('a session clock that is set while a page has a token response in its hands', () => {
	it('gives the tokens of that response their right age (I4)', async () => {
		for (let ms = 0; ms < 60; ms += 4) {
			const world = createWorld({ session: { lifetime: { timeout: '1h' } } })
			await cancelledWithClockAhead(world, YEAR)
			const [one, other] = [world.open(), world.open()]
			await world.time.advance(500)
			const paths = [await sentAway(world, one), await sentAway(world, other)] as const
			world.open(paths[0], { ownNotes: one.ownNotes })
			await world.time.advance(ms)
			world.open(paths[1], { ownNotes: other.ownNotes })
			await world.time.advance(2000)
			const { startedAt = 0, issuedAt = 0, expiresAt = 0 } = world.record()?.living ?? {}
			for (const at of [startedAt, issuedAt]) expect(Math.abs(at - truth(world))).toBeLessThan(10_000)
			expect(expiresAt - truth(world)).toBeLessThan(10 * MINUTE)
		}
	})

	it('is not set a second time by it (I4)', async () => {
		for (let ms = 0; ms < 80; ms += 2) {
			const { world, tab } = await signedIn({ session: { idle: false } })
			const path = await sentAway(world, tab)
			world.time.jump(-3 * HOUR)
			await closed(world, [], 2 * HOUR)
			world.open('/')
			await world.time.advance(ms)
			world.open(path, { ownNotes: tab.ownNotes })
			await world.time.advance(2000)
			expect(world.record()?.living?.generation).toBeGreaterThan(2)
			expect(Math.abs((world.record()?.highTime ?? 0) - truth(world))).toBeLessThan(10_000)
		}
	})

	it('raises no second alert of what was noted by the former clock (I8)', async () => {
		for (let seed = 1; seed < 30; seed++) {
			const world = createWorld({ seed, storeMs: 20 })
			world.time.jump(YEAR)
			const [one, other] = [world.open(), world.open()]
			await world.time.advance(500)
			const paths = [await sentAway(world, one), await sentAway(world, other)] as const
			const first = world.open(paths[0], { ownNotes: one.ownNotes })
			world.open(paths[1], { ownNotes: other.ownNotes })
			await world.time.advance(3000)
			expect(first.getAlerts().map(({ type }) => type)).toEqual(['clock-off'])
		}
	})

	it('is set by what the response told of the wall clock, though that is set right before it is published (I4)', async () => {
		const { world, tab } = await signedIn({ session: { idle: false, lifetime: false } })
		world.time.jump(YEAR)
		await world.time.advance(MINUTE)
		let isSetRight = false
		world.store.watch(({ after }) => {
			if (isSetRight || !(after as SessionRecord).living?.pending) return
			isSetRight = true
			world.time.jump(-YEAR)
		})
		await given(world, tab.renew())
		expect(isSetRight).toBe(true)
		expect(Math.abs((world.record()?.highTime ?? 0) - truth(world))).toBeLessThan(MINUTE)
	})

	it.each(['a renewal', 'a sign-in'])('counts a sleep in the age of the tokens of %s, though the page did not (I4)', async what => {
		const { world, tab } = await signedIn({ session: { idle: false } })
		const path = what === 'a sign-in' ? await sentAway(world, tab) : '/'
		world.time.jump(-5 * HOUR)
		await closed(world, [tab], 10 * MINUTE)
		let hasSlept = false
		world.store.watch(({ after }) => {
			const { living, requests } = after as SessionRecord
			const isAnswered = what === 'a sign-in' ? requests.some(({ outcome }) => outcome === 'answered') : living?.pending
			if (hasSlept || !isAnswered) return
			hasSlept = true
			world.time.sleep(2 * HOUR)
		})
		const next = world.open(path, { ownNotes: tab.ownNotes })
		const issued: number[] = []
		world.store.watch(({ after }) => issued.push((after as SessionRecord).living?.issuedAt ?? 0))
		const askedAt = truth(world)
		await world.time.advance(2000)
		expect(hasSlept).toBe(true)
		expect(next.status()).toBe('authenticated')
		expect(issued.every(at => at < askedAt + MINUTE || at > askedAt + 2 * HOUR - MINUTE)).toBe(true)
		// A sleep cannot be told from a clock that was set forward: the time is confirmed by another renewal.
		if (what === 'a sign-in') expect(issued.some(at => Math.abs(at - askedAt) < MINUTE)).toBe(true)
		else expect(world.provider.counts.refresh).toBe(2)
	})
})

describe('a page that doubts the time while it completes a sign-in', () => {
	it('has the time confirmed by that, and does not renew beside it (I1)', async () => {
		const { world, tab } = await signedIn({ latencyMs: 200, session: { idle: false } })
		const path = await sentAway(world, tab)
		world.time.jump(-HOUR)
		const next = world.open(path, { ownNotes: tab.ownNotes })
		await world.time.advance(300)
		next.focus()
		await world.time.advance(3000)
		expect(next.status()).toBe('authenticated')
		expect(world.provider.counts.refresh).toBe(0)
		expect(Math.abs(next.getDeadlines().now - truth(world))).toBeLessThan(10_000)
	})
})
