// Interleavings of timeouts and alerts that have gone wrong once.
import { expect, it } from 'vitest'
import { endBySid } from '../src/local/end-by-sid.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'
import { HOUR, left, MINUTE, place, SECOND, signedIn, stray, told } from './alerts/place.ts'

const idle = { timeout: '10m', warnBefore: '60s' } as const

async function tabs(count: number, { session, ...options }: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: 5 * MINUTE, session: { idle, ...session }, ...options })
	const first = await world.signedIn()
	const others = Array.from({ length: count - 1 }, () => world.open())
	await world.time.advance(1000)
	return { world, first, all: [first, ...others] as TestTab[] }
}

const warnings = (all: readonly TestTab[]) =>
	all.map(tab => {
		const snapshot = tab.getSnapshot()
		return snapshot.status === 'authenticated' ? snapshot.warning : snapshot.status
	})

async function soon<T>(world: World, ask: () => Promise<T>): Promise<T> {
	const asked = ask()
	asked.catch(() => {})
	await world.time.advance(300)
	return asked
}

it('a page that froze on its way out after a timeout does not end the next session at the provider (I2, I8)', async () => {
	const { world, first } = await tabs(1, { session: { idle: { ...idle, signOutAt: 'provider' } } })
	first.crash()
	const tab = world.open()
	await world.time.advance(500)
	// It has not asked the provider for anything yet.
	world.network.watch(({ url, page }) => {
		if (url.pathname.endsWith('openid-configuration') && page.id === tab.page.id && world.record()?.end) tab.freeze()
		return () => {}
	})
	await world.time.advance(10 * MINUTE + 2000)
	expect([world.record()?.end?.reason, tab.page.isRunning()]).toEqual(['idle', false])
	await world.time.advance(HOUR)
	await world.signedIn()
	tab.resume()
	await world.time.advance(1000)
	expect(tab.visited.filter(url => url.includes('/end-session'))).toEqual([])
	expect(tab.status()).toBe('authenticated')
})

it('activity that the storage did not take is written once it does, though nobody moves any more (I5, I6)', async () => {
	const { world, first, all } = await tabs(2)
	await world.time.advance(8 * MINUTE)
	world.store.fail('full')
	first.act()
	await world.time.advance(5000)
	world.store.fail(undefined)
	await world.time.advance(2 * MINUTE)
	expect(warnings(all)).toEqual([undefined, undefined])
})

it("a tab that is opened is activity, though the key of storage: 'tabs' is still on its way (I5)", async () => {
	const { world, all } = await tabs(2, { session: { storage: 'tabs' } })
	await world.time.advance(8 * MINUTE)
	const third = world.open()
	await world.time.advance(90 * SECOND)
	expect(warnings([...all, third])).toEqual([undefined, undefined, undefined])
})

it.each([true, false])('activity before the record is read counts once it is (first frame: %s) (I5)', async firstFrame => {
	const { world, all } = await tabs(2, { session: { firstFrame } })
	await world.time.advance(8 * MINUTE)
	const third = world.open()
	third.reportActivity()
	await world.time.advance(90 * SECOND)
	expect(warnings([...all, third])).toEqual([undefined, undefined, undefined])
})

it.each([0, -5, 3600])('a `session_expiry` of %d, over before it is told, is no limit', async until => {
	const world = createWorld({ tells: () => ({ claims: { session_expiry: until } }) })
	const tab = await world.signedIn()
	expect(tab.status()).toBe('authenticated')
})

it('`stay()` signs in where a renewal gains no time, though it moves the moment of the warning', async () => {
	const end = Date.UTC(2026, 0, 1) / 1000 + 3600
	const tells = (now: number) => ({ response: { refresh_token_expires_in: end - now } })
	const world = createWorld({ session: { idle: false }, tells })
	const tab = await world.signedIn()
	await world.time.advance(56 * MINUTE)
	expect(warnings([tab])).toEqual(['lifetime'])
	expect(await soon(world, tab.stay)).toBe(true)
	expect(tab.visited.at(-1)).toContain('/authorize')
})

it('a silent sign-in of a user who has authenticated elsewhere since is no older than that', async () => {
	const world = createWorld({ lifetimeMs: 5 * MINUTE, session: { idle: false, lifetime: { timeout: '2h' }, sso: 'iframe' } })
	const tab = await world.signedIn()
	await world.time.advance(30 * MINUTE)
	world.provider.revokeGrants()
	world.provider.setFrames('without cookies')
	await soon(world, tab.renew).catch(() => {})
	await world.time.advance(1000)
	expect(world.record()?.end?.reason).toBe('renewal-rejected')
	tab.crash()
	await world.time.advance(12 * HOUR)
	world.provider.setFrames('open')
	world.provider.setSession('alice')
	await world.time.advance(MINUTE)
	const next = world.open()
	await world.time.advance(1000)
	expect(next.status()).toBe('authenticated')
	expect(world.record()?.living?.startedAt).toBeLessThan(world.time.wall() - MINUTE)
})

it.each(['sign-in', 'authentication'] as const)(
	'a machine that sleeps between the tokens and their session: the lifetime counts from the %s',
	async from => {
		const world = createWorld({ lifetimeMs: 5 * MINUTE, session: { idle: false, lifetime: { timeout: '2h', from } } })
		let hasSlept = false
		world.store.watch(({ after }) => {
			if (hasSlept || !(after as ReturnType<World['record']>)?.requests.some(({ outcome }) => outcome === 'answered')) return
			hasSlept = true
			world.time.sleep(HOUR)
		})
		await world.signedIn()
		expect(hasSlept).toBe(true)
		expect(world.record()?.living?.startedAt).toBeLessThan(world.time.wall() - HOUR)
	},
)

it('storage that takes no writes keeps no warning back (I6)', async () => {
	const { world, first } = await tabs(1)
	world.store.fail('full')
	await world.time.advance(9 * MINUTE + 10_000)
	expect([warnings([first]), first.eventsOf('warned').length]).toEqual([['idle'], 1])
})

it('a warning by the own clock counts down to its end, and is told once, though the storage is back', async () => {
	const { world, first } = await tabs(1)
	world.store.fail('unreadable')
	await world.time.advance(9 * MINUTE + 2000)
	const { announced, idle: end } = first.getDeadlines()
	expect([warnings([first]), announced]).toEqual([['idle'], end])
	world.store.fail(undefined)
	await world.time.advance(5000)
	expect([warnings([first]), first.eventsOf('warned').length]).toEqual([['idle'], 1])
})

it('a warning is told once in a page that comes out of the back/forward cache', async () => {
	const { world, first } = await tabs(1)
	await world.time.advance(9 * MINUTE + 100)
	first.leave()
	await world.time.advance(5000)
	first.resume()
	await world.time.advance(100)
	expect([warnings([first]), first.eventsOf('warned').length]).toEqual([['idle'], 1])
})

it('the end of a session is not reported as that of the user whom a page in quarantine showed (I9)', async () => {
	const world = place({ session: { alerts: { endpoint: '/alerts', claims: ['sub'] } } })
	const alice = await signedIn(world, 'alice')
	const bob = await signedIn(world, 'bob')
	await world.time.advance(SECOND)
	expect(alice.status()).toBe('user-changed')
	bob.crash()
	const { store, hint, clock } = alice.platform
	void endBySid(world.record()?.living?.sid ?? '', { store, post: world.say, hint }, clock)
	await world.time.advance(MINUTE)
	expect(world.reports.flatMap(({ alerts }) => alerts)).toMatchObject([{ type: 'ended-early', user: { sub: 'bob' } }])
})

it('an alert leaves by a beacon once, however often its page is put to sleep', async () => {
	const world = place({ session: { alerts: { endpoint: '/alerts', rules: { 'unsolicited-callback': { within: '1s' } } } } })
	world.network.reportFaults.push({ status: 429, body: '', headers: { 'Retry-After': '3600' } })
	await stray(world)
	await world.time.advance(10 * SECOND)
	const tab = await stray(world)
	await world.time.advance(10 * SECOND)
	for (let times = 0; times < 5; times++) {
		tab.freeze()
		await world.time.advance(SECOND)
		tab.resume()
		await world.time.advance(SECOND)
	}
	expect(world.reports).toHaveLength(1)
})

it('a page that is frozen while its answer comes raises no alert of its clock', async () => {
	const world = place()
	const { request, ownNotes } = await left(world)
	const { state, code } = world.provider.signIn('alice', request)
	let page: TestTab | undefined
	world.network.watch(({ url }) => {
		if (url.pathname === '/token') page?.freeze()
		return () => {}
	})
	page = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
	await world.time.advance(10 * MINUTE)
	page.resume()
	await world.time.advance(SECOND)
	expect([page.status(), told(world)]).toEqual(['authenticated', []])
})
