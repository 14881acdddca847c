// After `dispose()` nothing waits, no timer is set and no chunk is loaded (I10).
import { describe, expect, it } from 'vitest'
import { configure } from '../src/configure.ts'
import { createTab } from '../src/local/tab.ts'
import { within } from '../src/remote/wait.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const ORDERS = 'https://app.example/api/orders'

const DISPOSED = expect.objectContaining({ code: 'disposed' })

/** What has become of a call by now. */
function watched<T>(call: Promise<T>) {
	const seen: { value?: T; error?: unknown } = {}
	call.then(
		value => {
			seen.value = value
		},
		error => {
			seen.error = error
		},
	)
	return seen
}

/** A tab of a world in which nobody is signed in. */
async function opened(options: WorldOptions = {}, openOptions: OpenOptions = {}) {
	const world = createWorld(options)
	const tab = world.open('/', openOptions)
	await world.time.advance(SECOND)
	return { world, tab }
}

/** The page's timers once every promise that can settle has settled. */
async function timersOf(world: World, { page }: TestTab) {
	await world.time.flush()
	return page.timers()
}

describe('after `dispose()`', () => {
	it.each<[string, (tab: TestTab) => unknown]>([
		['hold()', tab => tab.hold('upload')],
		['hold() and its release', tab => tab.hold('upload')()],
		['reportActivity()', tab => tab.reportActivity()],
		['getAccessToken()', tab => tab.getAccessToken().catch(() => {})],
		['fetch()', tab => tab.fetch(ORDERS).catch(() => {})],
		['requireSession()', tab => tab.requireSession().catch(() => {})],
		['signIn()', tab => tab.signIn().catch(() => {})],
		['signIn() in a popup', tab => tab.signIn({ method: 'popup' }).catch(() => {})],
		['signOut()', tab => tab.signOut().catch(() => {})],
		['renew()', tab => tab.renew().catch(() => {})],
		['retry()', tab => tab.retry().catch(() => {})],
		['stay()', tab => tab.stay().catch(() => {})],
		['start()', tab => tab.start().catch(() => {})],
		['subscribe()', tab => tab.subscribe(() => {})],
		['acceptUser()', tab => tab.acceptUser()],
	])('%s loads no chunk', async (_name, call) => {
		let loads = 0
		const world = createWorld()
		await world.signedIn()
		const tab = world.open('/', {
			idleMs: 10 * MINUTE,
			async chunk() {
				loads += 1
			},
		})
		await world.time.advance(SECOND)
		tab.dispose()
		call(tab)
		await world.time.advance(MINUTE)
		expect({ loads, popups: tab.popups.length }).toEqual({ loads: 0, popups: 0 })
		expect(await timersOf(world, tab)).toBe(0)
	})

	it('a hold is none', async () => {
		const { world, tab } = await opened()
		tab.dispose()
		const { revision } = world.record() ?? {}
		const release = tab.hold('upload')
		await world.time.advance(MINUTE)
		release()
		await world.time.advance(MINUTE)
		expect(world.record()?.revision).toBe(revision)
	})

	it.each<[string, WorldOptions]>([
		['a session with limits', {}],
		['a session monitor', { session: { sessionMonitor: true } }],
		['reports of alerts that wait', { session: { alerts: { endpoint: '/alerts' } } }],
		['a key that goes from tab to tab', { session: { storage: 'tabs' } }],
	])('no timer is set in a page with %s', async (_name, options) => {
		const world = createWorld(options)
		const tab = await world.signedIn()
		const other = world.open()
		tab.hold('upload')
		tab.act()
		await world.time.advance(10 * SECOND)
		expect(tab.page.timers()).toBeGreaterThan(0)
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
		await world.time.advance(5 * MINUTE)
		expect([tab.page.timers(), other.status()]).toEqual([0, 'authenticated'])
	})

	it('no timer is set in a page whose storage cannot be read', async () => {
		const { world, tab } = await opened()
		world.store.fail('unreadable')
		tab.show()
		await world.time.advance(100)
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
	})

	it('no timer is set in a page that has the provider confirm the time', async () => {
		const world = createWorld()
		const before = await world.signedIn('alice')
		before.crash()
		world.time.jump(-60 * MINUTE)
		world.network.faults.push('hang')
		const tab = world.open()
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('checking')
		tab.dispose()
		await world.time.advance(2 * MINUTE)
		expect(await timersOf(world, tab)).toBe(0)
	})

	it('no timer is set in a page that was about to be left', async () => {
		const { world, tab } = await opened()
		void tab.signIn()
		await world.time.advance(SECOND)
		expect(tab.visited).toHaveLength(1)
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
	})

	it('a renewal that waits for the lock of another tab leaves the queue and sends nothing (I1)', async () => {
		const world = createWorld({ lifetimeMs: MINUTE, session: { idle: false, lifetime: false } })
		const [tab, other] = [await world.signedIn(), world.open()]
		await world.time.advance(130 * SECOND)
		const { refresh } = world.provider.counts
		world.network.faults.push('hang')
		void tab.renew().catch(() => {})
		await world.time.advance(SECOND)
		const renewed = watched(other.renew())
		await world.time.advance(SECOND)
		other.dispose()
		await world.time.flush()
		expect(renewed.error).toEqual(DISPOSED)
		expect(await timersOf(world, other)).toBe(0)
		tab.crash()
		await world.time.advance(2 * MINUTE)
		expect(world.provider.counts.refresh).toBe(refresh + 1)
	})

	it('a renewal that has been sent stores and publishes its response (I7)', async () => {
		const world = createWorld({ lifetimeMs: 5 * MINUTE, latencyMs: 2 * SECOND, session: { idle: false, lifetime: false } })
		const { tab } = { tab: await signedInSlowly(world) }
		const renewed = watched(tab.renew())
		await world.time.advance(SECOND)
		tab.dispose()
		await world.time.flush()
		expect(renewed.error).toEqual(DISPOSED)
		world.store.fail('full')
		await world.time.advance(3 * SECOND)
		world.store.heal()
		await world.time.advance(3 * SECOND)
		expect(world.record()?.living).toMatchObject({ generation: 2, pending: undefined, intent: undefined })
		expect(await timersOf(world, tab)).toBe(0)
	})
})

/** As `World.signedIn`, in a world whose requests take long. */
async function signedInSlowly(world: World) {
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes })
	await world.time.advance(SECOND)
	void before.signIn({ prompt: 'login' })
	await world.time.advance(10 * SECOND)
	const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
	before.crash()
	const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
	await world.time.advance(10 * SECOND)
	return tab
}

describe('`dispose()` settles every call that waits', () => {
	it.each<[string, (tab: TestTab) => Promise<unknown>, OpenOptions]>([
		['start() before the first frame of a prerendered page', tab => tab.start(), { shown: () => new Promise(() => {}) }],
		['a guard while the page is prerendered', tab => tab.requireSession(), { shown: () => new Promise(() => {}) }],
		['a guard whose chunk never comes', tab => tab.requireSession(), { chunk: () => new Promise(() => {}) }],
		['a sign-in in a popup', tab => tab.signIn({ method: 'popup' }), {}],
		['stay() whose chunk never comes', tab => tab.stay(), { chunk: () => new Promise(() => {}) }],
	])('%s', async (_name, call, openOptions) => {
		const { world, tab } = await opened({}, openOptions)
		const seen = watched(call(tab))
		await world.time.advance(SECOND)
		expect(seen).toEqual({})
		tab.dispose()
		await world.time.flush()
		expect(seen.error).toEqual(DISPOSED)
	})

	it('a guard that waits while the page is left', async () => {
		const { world, tab } = await opened()
		const seen = watched(tab.requireSession())
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('redirecting')
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
		expect(seen.error).toEqual(DISPOSED)
	})

	it('a sign-in in a popup, whose window it closes, with no timer left', async () => {
		const { world, tab } = await opened()
		const seen = watched(tab.signIn({ method: 'popup' }))
		await world.time.advance(SECOND)
		expect(tab.popups[0]?.url).toContain('/authorize')
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
		expect([seen.error, tab.popups[0]?.isClosed]).toEqual([DISPOSED, true])
	})

	it('a call that waits for the key of a session from another tab, with no timer left', async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const tab = await world.signedIn()
		tab.crash()
		const other = world.open()
		await world.time.advance(100)
		const seen = watched(other.getAccessToken())
		await world.time.flush()
		other.dispose()
		expect(await timersOf(world, other)).toBe(0)
		expect(seen.error).toEqual(DISPOSED)
	})

	it('a response that waits for the exchange of its `state` in another tab, with no timer left', async () => {
		const world = createWorld()
		const before = world.open()
		await world.time.advance(SECOND)
		void before.signIn()
		await world.time.advance(SECOND)
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		before.crash()
		world.network.faults.push('hang')
		const callback = `/signed-in?state=${state}&code=${code}`
		world.open(callback, { ownNotes: before.ownNotes })
		await world.time.advance(SECOND)
		const copy = world.open(callback, { ownNotes: new Map(before.ownNotes) })
		await world.time.advance(SECOND)
		const seen = watched(copy.getAccessToken())
		await world.time.flush()
		copy.dispose()
		expect(await timersOf(world, copy)).toBe(0)
		expect(seen.error).toEqual(DISPOSED)
	})

	it('a call that waits for its user, with no timer left', async () => {
		const world = createWorld({ lifetimeMs: MINUTE, session: { idle: false, lifetime: false, waitForSignIn: '5m' } })
		const tab = await world.signedIn()
		world.provider.revokeGrants()
		await world.time.advance(2 * MINUTE)
		const seen = watched(tab.fetch(ORDERS))
		await world.time.advance(10 * SECOND)
		expect([tab.status(), seen]).toEqual(['unauthenticated', {}])
		tab.dispose()
		expect(await timersOf(world, tab)).toBe(0)
		expect(seen.error).toEqual(DISPOSED)
	})
})

describe('a wait that is over', () => {
	async function tabOf() {
		const world = createWorld()
		const { platform } = world.open()
		const config = configure({ authority: 'https://id.example', clientId: 'app', redirectUri: '/signed-in' }, 'https://app.example/')
		return { world, tab: createTab(config, platform, () => {}) }
	}

	it.each<[string, (world: World, abort: AbortController) => void]>([
		['because its time is', world => void world.time.advance(SECOND)],
		['because its signal is aborted', (_world, abort) => abort.abort(new Error('aborted'))],
	])('%s looks at the snapshot no more', async (_name, finish) => {
		const { world, tab } = await tabOf()
		const abort = new AbortController()
		let looks = 0
		function test() {
			looks += 1
			return false
		}
		const seen = watched(within(tab, SECOND, test, 'test', abort.signal))
		expect(looks).toBe(1)
		finish(world, abort)
		await world.time.advance(2 * SECOND)
		expect(seen.error).toBeInstanceOf(Error)
		looks = 0
		tab.settle()
		expect(looks).toBe(0)
	})

	it('is not begun with a signal that is aborted already', async () => {
		const { tab } = await tabOf()
		let isStarted = false
		async function start() {
			isStarted = true
		}
		await expect(tab.live(start, AbortSignal.abort('why'))).rejects.toBe('why')
		expect(isStarted).toBe(false)
	})
})
