// Interleavings that once broke an invariant: what another tab, a freeze, a failing chunk or storage, or the application does at an await.
import { describe, expect, it, vi } from 'vitest'
import { configure } from '../src/configure.ts'
import { SessionError } from '../src/errors.ts'
import { createRecordStore } from '../src/platform/record-store.ts'
import { createProtocol, type Protocol } from '../src/protocol/index.ts'
import { createWorld, type OpenOptions, type TestTab, type World } from '../src/testing/index.ts'

/** A world's `turn`, in which a tab can be asked for a token at every microtask. */
function inquisitive() {
	const out: string[] = []
	let asked: TestTab | undefined
	let turns = 0
	async function turn() {
		// What is asked makes events of its own, so it comes to an end.
		for (let microtask = 0; asked && turns > 0 && microtask < 20; microtask++) {
			asked.getAccessToken().then(
				token => out.push(token),
				() => {},
			)
			await null
		}
		turns -= 1
		await new Promise<void>(resolve => setImmediate(resolve))
	}
	/** Tokens handed out at any microtask after each of the next `events`. */
	async function handedOut(world: World, tab: TestTab, events = 30): Promise<string[]> {
		asked = tab
		turns = events
		await world.time.flush()
		return out
	}
	return { turn, handedOut }
}

async function twoTabs(options = {}, openOptions: OpenOptions = {}) {
	const world = createWorld(options)
	const tabA = await world.signedIn('alice')
	const tabB = world.open('/', openOptions)
	await world.time.advance(100)
	return { world, tabA, tabB }
}

async function atProvider(world: World, sub = 'alice', returnTo = '/cart') {
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes })
	await world.time.flush()
	await Promise.all([before.signIn({ returnTo, prompt: 'login' }), world.time.advance(100)])
	const { state, code } = world.provider.signIn(sub, new URL(before.visited.at(-1) as string))
	before.crash()
	return { ownNotes, callback: `/signed-in?state=${state}&code=${code}` }
}

const idle = { idle: { timeout: '10m', warnBefore: '60s' } } as const
const trouble = () => new SessionError('storage_unavailable')

const atEndSession = expect.stringMatching(/^https:\/\/id\.example\/end-session\?/)

describe('a stale read', () => {
	it('R1 (I1): a tab frozen between taking its turn and sending does not send a token that another has used', async () => {
		let isArmed = false
		let sleeper: TestTab | undefined
		const world = createWorld({ lifetimeMs: 60_000 })
		const first = await world.signedIn('alice')
		sleeper = world.open('/', {
			onUpdate: record => {
				if (isArmed && record?.living?.intent) {
					isArmed = false
					sleeper?.freeze()
				}
			},
		})
		await world.time.advance(120_000)
		world.provider.counts.refresh = 0
		isArmed = true
		sleeper.getAccessToken().catch(() => {})
		await world.time.advance(1000)
		expect(isArmed).toBe(false)
		first.getAccessToken().catch(() => {})
		await world.time.advance(120_000)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
		first.act()
		sleeper.resume()
		await world.time.advance(1000)
		expect(world.provider.counts).toMatchObject({ reuse: 0 })
		expect(first.status()).toBe('authenticated')
	})

	it('R2 (I2, I3): a read begun before the freeze does not make a woken tab hand out the token of an ended session', async () => {
		let isArmed = false
		let sleeper: TestTab | undefined
		const onRead = () => {
			if (!isArmed) return
			isArmed = false
			sleeper?.freeze()
		}
		const { turn, handedOut } = inquisitive()
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 600_000, turn }, { onRead })
		sleeper = tabB
		await Promise.all([tabB.getAccessToken(), world.time.flush()])
		isArmed = true
		world.say({ revision: -1 })
		await world.time.flush()
		expect(isArmed).toBe(false)
		void tabA.signOut({ at: 'device' })
		await world.time.advance(60_000)
		tabB.resume()
		expect(await handedOut(world, tabB)).toEqual([])
	})

	it('R3 (I3, P13): nor show the former user out of the back/forward cache', async () => {
		let isArmed = false
		let sleeper: TestTab | undefined
		const onRead = () => {
			if (!isArmed) return
			isArmed = false
			sleeper?.leave()
		}
		const { world, tabA, tabB } = await twoTabs({}, { onRead })
		sleeper = tabB
		isArmed = true
		world.say({ revision: -1 })
		await world.time.flush()
		expect(isArmed).toBe(false)
		void tabA.signOut({ at: 'device' })
		await world.time.advance(60_000)
		const seen: string[] = []
		tabB.subscribe(() => seen.push(tabB.status()))
		tabB.resume()
		await world.time.advance(1000)
		expect(seen).not.toContain('authenticated')
	})

	it('R4 (I3): a token being unsealed while the tab froze is not handed out at its wake without a look', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const { unseal } = tabB.platform
		const open = unseal.open
		let isOpening = false
		let go = () => {}
		;(unseal as { open: typeof open }).open = async (key, sealed) => {
			isOpening = true
			await new Promise<void>(resolve => {
				go = resolve
			})
			return open(key, sealed)
		}
		await world.time.advance(6000)
		const asked = tabB.getAccessToken().catch(error => error)
		await world.time.flush()
		expect(isOpening).toBe(true)
		tabB.freeze()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(3000)
		go() // the callbacks of a frozen page come at its wake
		tabB.resume()
		await world.time.flush()
		expect(await asked).toMatchObject({ code: 'not_authenticated' })
	})

	it('R5 (I2): stops handing out when the hint arrives, not when the read is done', async () => {
		const { turn, handedOut } = inquisitive()
		const { world, tabB } = await twoTabs({ turn })
		await Promise.all([tabB.getAccessToken(), world.time.flush()])
		const record = world.record()
		world.store.set({ ...record, revision: 99, living: undefined, end: { reason: 'signed-out', at: world.time.wall(), tab: 'x' } })
		world.say({ revision: 99 })
		expect(await handedOut(world, tabB)).toEqual([])
	})
})

describe('sign-out', () => {
	it('R6 (I2): ends the new session, though an earlier sign-out is unfinished', async () => {
		const { world, tabA } = await twoTabs()
		world.network.setDown(true)
		void tabA.signOut()
		await world.time.advance(500)
		expect(tabA.getSnapshot()).toMatchObject({ error: { code: 'sign_out_incomplete' } })
		world.network.setDown(false)
		await world.signedIn('alice')
		expect(tabA.status()).toBe('authenticated')
		void tabA.signOut({ at: 'device' })
		await world.time.advance(500)
		expect(tabA.status()).toBe('unauthenticated')
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
	})

	it('R7 (I8): revokes nothing once a new session has begun, and retry() does not end it', async () => {
		const { world, tabA } = await twoTabs()
		world.network.setDown(true)
		void tabA.signOut()
		await world.time.advance(500)
		world.network.setDown(false)
		await world.signedIn('alice')
		void tabA.retry()
		await world.time.advance(500)
		expect({ revoked: world.provider.counts.revoked, visited: tabA.visited }).toEqual({ revoked: [], visited: [] })
	})

	it('R8: shows, or rejects, where the chunk fails to load: never a silent "authenticated"', async () => {
		const { world, tabB } = await twoTabs({}, { chunk: async () => Promise.reject(new Error('404')) })
		const outcome = tabB.signOut({ at: 'device' }).then(
			() => 'resolved',
			() => 'rejected',
		)
		await world.time.advance(500)
		expect([await outcome, tabB.status()]).not.toEqual(['resolved', 'authenticated'])
	})

	it('R9 (P21): stays under way when a sign-in that it replaced fails (section 2: a sign-in cannot race a sign-out)', async () => {
		let fail: (() => void) | undefined
		const wrap = (protocol: Protocol): Protocol => ({
			...protocol,
			authorizationRequest: () =>
				new Promise((_resolve, reject) => {
					fail = () => reject(new SessionError('timeout'))
				}),
			endSessionUrl: () => new Promise(() => {}),
		})
		const { world, tabB } = await twoTabs({}, { wrap })
		tabB.signIn().catch(() => {})
		await world.time.flush()
		void tabB.signOut()
		await world.time.advance(100)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'redirecting', to: 'sign-out' })
		expect(fail).toBeDefined()
		fail?.()
		await world.time.flush()
		expect(tabB.getSnapshot()).toMatchObject({ status: 'redirecting', to: 'sign-out' })
	})

	it('R10: the same when the exchange that it waits for fails', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		await world.signedIn('alice')
		world.network.faults.push('cut')
		const tab = world.open(callback, { ownNotes })
		await world.time.flush()
		void tab.signOut()
		const seen: unknown[] = []
		tab.subscribe(() => seen.push(tab.getSnapshot().status))
		await world.time.advance(1000)
		expect(world.network.faults).toEqual([])
		expect(tab.visited).toEqual([atEndSession])
		expect(tab.getSnapshot()).toMatchObject({ status: 'redirecting', to: 'sign-out' })
	})
})

describe('the lazy chunk fails to load', () => {
	const failing = (times: number) => {
		let left = times
		return async () => {
			if (left-- > 0) throw new Error('404')
		}
	}

	it("R11 (I6): storage 'tabs': is no reason to be signed out", async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const tab = await world.signedIn()
		tab.crash()
		const reloaded = world.open('/', { ownNotes: tab.ownNotes, chunk: failing(1) })
		await world.time.advance(60_000)
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'authenticated' })
	})

	it('R12 (I10): past a deadline: is tried again, start() resolves, `checking` is not for ever', async () => {
		const world = createWorld({ session: idle })
		const tab = await world.signedIn()
		tab.crash()
		await world.time.advance(11 * 60_000)
		const late = world.open('/', { chunk: failing(1) })
		let isStarted = false
		void late.start().then(() => {
			isStarted = true
		})
		await world.time.advance(5 * 60_000)
		expect({ status: late.status(), isStarted }).toEqual({ status: 'unauthenticated', isStarted: true })
	})

	it('R13 (I6): a 401 is still the 401 that the application would have had', async () => {
		const { world, tabB } = await twoTabs({}, { chunk: failing(100) })
		;(tabB.platform as { fetch: typeof fetch }).fetch = async () => new Response('', { status: 401 })
		const outcome = tabB.fetch('https://app.example/api/x').then(
			response => response.status,
			error => error.code,
		)
		await world.time.advance(500)
		expect(await outcome).toBe(401)
	})

	it('R14: a session that ended while it loaded leaves no unhandled rejection', async () => {
		const unhandled = vi.fn()
		const former = process.listeners('unhandledRejection')
		process.removeAllListeners('unhandledRejection')
		process.on('unhandledRejection', unhandled)
		let fail = () => {}
		const chunk = () =>
			new Promise<void>((_resolve, reject) => {
				fail = () => reject(new Error('404'))
			})
		const { world, tabA } = await twoTabs({}, { chunk })
		void tabA.signOut({ at: 'device' })
		await world.time.advance(100)
		fail()
		await world.time.advance(100)
		process.removeAllListeners('unhandledRejection')
		for (const listener of former) process.on('unhandledRejection', listener)
		expect(unhandled).not.toHaveBeenCalled()
	})

	it('R15: a slow one is composed once, however often its wait was given up', async () => {
		const world = createWorld()
		await world.signedIn()
		const tab = world.open('/', { chunk: () => new Promise(resolve => world.time.after(35_000, resolve)) })
		await world.time.advance(120_000)
		expect(tab.watchers()).toBe(1)
	})

	it('R16 (I6): memory mode recovers from it', async () => {
		let tries = 0
		const store = createRecordStore('x', async () => {
			tries += 1
			if (tries === 1) throw new SessionError('chunk_failed')
			return { read: async () => undefined, update: async () => {} }
		})
		await store.read().catch(() => {})
		await expect(store.read()).resolves.toBeUndefined()
	})
})

describe('retry()', () => {
	it('R17: does what the present snapshot tells of, not a sign-in that failed before another tab signed in', async () => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		world.network.setDown(true)
		await Promise.all([expect(tab.signIn()).rejects.toMatchObject({ code: 'network_error' }), world.time.advance(100)])
		world.network.setDown(false)
		await world.signedIn()
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', error: undefined })
		void tab.retry()
		await world.time.advance(100)
		expect(tab.visited).toEqual([])
	})
})

describe('quarantine (I9)', () => {
	it('R18: sends no request with Bob’s token when the network is back', async () => {
		const { world, tabA } = await twoTabs({ lifetimeMs: 60_000 })
		const bob = await world.signedIn('bob')
		expect(tabA.status()).toBe('user-changed')
		world.network.setDown(true)
		const refused = bob.renew().catch(error => error)
		await world.time.advance(1000)
		await refused
		expect(world.record()?.living?.failure).toBeDefined()
		bob.crash()
		world.network.setDown(false)
		world.provider.counts.refresh = 0
		// Each look of this world may swallow the next one (R44).
		tabA.show()
		await world.time.flush()
		tabA.online()
		await world.time.advance(5000)
		expect(world.provider.counts.refresh).toBe(0)
	})

	it('R19: is told of once, by one snapshot', async () => {
		const { world, tabA } = await twoTabs()
		await world.signedIn('bob')
		const before = tabA.getSnapshot()
		await world.time.advance(120_000)
		expect(tabA.eventsOf('userChanged')).toHaveLength(1)
		expect(tabA.getSnapshot()).toBe(before)
	})

	it('R20: a request that waits goes on under the session it was made for only', async () => {
		const { world, tabA } = await twoTabs()
		await world.time.advance(6000)
		tabA.on('userChanged', () => tabA.acceptUser())
		tabA.platform.channel.close()
		await world.signedIn('bob')
		expect(tabA.getSnapshot()).toMatchObject({ user: { sub: 'alice' } })
		await Promise.all([expect(tabA.getAccessToken()).rejects.toBeInstanceOf(SessionError), world.time.flush()])
	})
})

describe('deadlines (I4)', () => {
	it('R21: are checked by requireSession()', async () => {
		const { world, tabA } = await twoTabs({ session: idle })
		world.time.sleep(11 * 60_000)
		const outcome = tabA.requireSession().then(
			user => user.sub,
			error => error.code,
		)
		await world.time.flush()
		expect(await Promise.race([outcome, 'pending'])).not.toBe('alice')
	})

	it('R22: nothing is sent past them when the network comes back at the wake', async () => {
		const { world, tabA, tabB } = await twoTabs({ session: idle, lifetimeMs: 60_000 })
		tabB.crash()
		world.network.setDown(true)
		const refused = tabA.renew().catch(error => error)
		await world.time.advance(1000)
		await refused
		world.network.setDown(false)
		world.provider.counts.refresh = 0
		tabA.show()
		await world.time.flush()
		world.time.sleep(20 * 60_000)
		tabA.online()
		expect(tabA.status()).toBe('checking')
		await world.time.advance(1000)
		expect(world.provider.counts.refresh).toBe(0)
	})
})

describe('dispose()', () => {
	it('R23: leaves no timers behind that look on and renew', async () => {
		let reads = 0
		const { world, tabB } = await twoTabs({}, { onRead: () => reads++ })
		void tabB.getAccessToken().catch(() => {})
		tabB.dispose()
		await world.time.advance(1000)
		reads = 0
		await world.time.advance(5 * 60_000)
		expect(reads).toBe(0)
	})

	it('R24: before the chunk is there, too', async () => {
		let reads = 0
		const world = createWorld()
		await world.signedIn()
		const tab = world.open('/', { onRead: () => reads++ })
		await world.time.flush()
		tab.dispose()
		await world.time.advance(1000)
		reads = 0
		await world.time.advance(5 * 60_000)
		expect(reads).toBe(0)
	})

	it('R25: nor a prefetch that is tried for ever', async () => {
		let loads = 0
		const world = createWorld()
		await world.signedIn()
		const tab = world.open('/', {
			chunk: async () => {
				loads += 1
				await new Promise(resolve => world.time.after(1000, resolve as () => void))
				throw new Error('404')
			},
		})
		await world.time.advance(500)
		tab.dispose()
		await world.time.advance(2000)
		loads = 0
		await world.time.advance(60_000)
		expect(loads).toBe(0)
	})

	it('R26: while the storage is in trouble', async () => {
		let updates = 0
		const { world, tabB } = await twoTabs()
		const { store } = tabB.platform
		const read = store.read
		;(store as { read: typeof read }).read = () => {
			updates += 1
			return read()
		}
		world.store.fail('unreadable')
		tabB.show()
		await world.time.advance(100)
		tabB.dispose()
		updates = 0
		await world.time.advance(10_000)
		expect(updates).toBe(0)
	})
})

describe('trouble with the storage', () => {
	it('R27: is asked about once a second, however many asked for tokens meanwhile', async () => {
		let reads = 0
		const { world, tabB } = await twoTabs()
		const { store } = tabB.platform
		const read = store.read
		;(store as { read: typeof read }).read = () => {
			reads += 1
			return read()
		}
		world.store.fail('unreadable')
		for (let call = 0; call < 100; call++) {
			tabB.getAccessToken().catch(() => {})
			await world.time.advance(107)
		}
		reads = 0
		await world.time.advance(10_000)
		expect(reads).toBeLessThan(15)
	})

	it('R28: is one snapshot, not one a second', async () => {
		const world = createWorld()
		const tab = world.open()
		const { store } = tab.platform
		;(store as { read: typeof store.read }).read = async () => {
			throw trouble()
		}
		await world.time.advance(7000)
		const before = tab.getSnapshot()
		expect(before).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		await world.time.advance(3000)
		expect(tab.getSnapshot()).toBe(before)
	})

	it('R29 (I1 for codes): a code is not sent again after its token response has arrived, and the sign-in is not lost', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		const tab = world.open(callback, { ownNotes })
		// The token request leaves after the discovery.
		await world.time.advance(60)
		world.store.fail('unreadable')
		await world.time.advance(200)
		expect(world.provider.counts.code).toBe(1)
		world.store.fail(undefined)
		await world.time.advance(3000)
		if (tab.status() !== 'authenticated') void tab.retry()
		await world.time.advance(1000)
		expect(world.provider.counts.code).toBe(1)
		expect(tab.status()).toBe('authenticated')
	})

	it('R30 (I7): an answer whose commit was made, though the transaction seemed to fail, is published', async () => {
		let isArmed = false
		const { world, tabB } = await twoTabs(
			{ lifetimeMs: 60_000 },
			{
				onUpdate: record => {
					if (!isArmed || !record?.living?.pending) return
					isArmed = false
					throw trouble()
				},
			},
		)
		await world.time.advance(120_000)
		isArmed = true
		const token = tabB.getAccessToken().catch(error => error)
		await world.time.advance(9000)
		expect(isArmed).toBe(false)
		expect(await token).toMatch(/^access-/)
	})
})

describe('sign-in', () => {
	it('R31 (I10): does not spin when a newer application takes the record during the exchange', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		let reads = 0
		const tab: TestTab = world.open(callback, {
			ownNotes,
			onRead: () => {
				reads += 1
				if (reads > 500) tab.crash()
			},
		})
		await world.time.flush()
		world.store.set({ ...world.record(), format: 2, revision: 99 })
		await world.time.advance(300)
		expect(reads).toBeLessThan(50)
	})

	it('R32: works with a provider that sends no iss in its response (RFC 9207 is optional)', async () => {
		const config = configure({ authority: 'https://id.example', clientId: 'shop', redirectUri: '/signed-in' }, 'https://app.example/')
		const fetch = async () =>
			Response.json({
				issuer: 'https://id.example',
				authorization_endpoint: 'https://id.example/authorize',
				token_endpoint: 'https://id.example/token',
			})
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		let iss: unknown = 'not asked'
		world.open(callback, {
			ownNotes,
			wrap: protocol => ({
				...protocol,
				isOwnIssuer: async given => {
					iss = given
					return true
				},
			}),
		})
		await world.time.advance(200)
		const protocol = createProtocol(config, { ...world.open().platform, fetch: fetch as typeof globalThis.fetch }, () => 0)
		await expect(protocol.isOwnIssuer(iss as string)).resolves.toBe(true)
	})

	it('R33: does not load the page again when redirectUri is the root, which memory mode would not survive', async () => {
		const world = createWorld({ session: { redirectUri: '/' } })
		const { ownNotes, callback } = await atProvider(world)
		const tab = world.open(callback.replace('/signed-in', '/'), { ownNotes })
		expect(tab.href).toBe('https://app.example/cart')
		await world.time.advance(200)
		expect(tab.visited).toEqual([])
	})
})

describe('events', () => {
	it('R34: `authenticated` is told after a reload with the first-frame hint', async () => {
		const world = createWorld()
		await world.signedIn()
		const reloaded = world.open()
		await world.time.advance(100)
		expect(reloaded.eventsOf('authenticated')).toHaveLength(1)
	})

	it('R35: `authenticated` is told once a session', async () => {
		const { world, tabA } = await twoTabs()
		await Promise.all([tabA.signIn(), world.time.advance(100)])
		await world.time.advance(11_000)
		expect(tabA.status()).toBe('authenticated')
		expect(tabA.eventsOf('authenticated')).toHaveLength(1)
	})

	it('R36: and for a new session of the same user that followed an end unseen', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.freeze()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		await world.signedIn('alice')
		const before = tabB.eventsOf('authenticated').length
		tabB.resume()
		await world.time.advance(1000)
		expect(tabB.eventsOf('ended')).toHaveLength(1)
		expect(tabB.eventsOf('authenticated')).toHaveLength(before + 1)
	})

	it('R37: a page that signs Bob in over Alice’s session tells of no end by another tab', async () => {
		const { world } = await twoTabs()
		const bob = await world.signedIn('bob')
		expect(bob.eventsOf('ended')).toEqual([])
	})

	it('R38 (I2, I8): the reason is the one of the last session, whatever ended here before', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 60_000 })
		world.provider.endSessions()
		tabA.renew().catch(() => {})
		await world.time.advance(1000)
		expect(tabB.getSnapshot()).toMatchObject({ reason: 'renewal-rejected' })
		tabB.freeze()
		const again = await world.signedIn('alice')
		void again.signOut({ at: 'device' })
		await world.time.advance(1000)
		tabB.resume()
		await world.time.advance(1000)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out' })
	})
})

describe("storage: 'tabs'", () => {
	it('R39 (I3): a tab that found the holder frozen converges once that wakes', async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const holder = await world.signedIn()
		await world.time.advance(1000)
		holder.freeze()
		const other = world.open()
		await world.time.advance(3000)
		expect(other.getSnapshot()).toMatchObject({ reason: 'key-unavailable' })
		holder.resume()
		await world.time.advance(60_000)
		await Promise.all([other.retry(), world.time.advance(2000)])
		expect(other.status()).toBe('authenticated')
	})

	it('R40: a tab without the key does not read the record each second', async () => {
		const world = createWorld({ session: { storage: 'tabs' }, lifetimeMs: 60_000 })
		const holder = await world.signedIn()
		holder.crash()
		let reads = 0
		world.open('/', { onRead: () => reads++ })
		await world.time.advance(120_000)
		reads = 0
		await world.time.advance(60_000)
		expect(reads).toBeLessThan(10)
	})
})

describe('other waits and loops', () => {
	it('R41 (I6): a tab that backs off asks for nothing at all, the discovery document neither', async () => {
		let prepared = 0
		const { world, tabB } = await twoTabs(
			{ lifetimeMs: 60_000 },
			{
				wrap: protocol => ({
					...protocol,
					prepare: () => {
						prepared += 1
						return protocol.prepare()
					},
				}),
			},
		)
		await world.time.advance(120_000)
		world.network.setDown(true)
		prepared = 0
		for (let second = 0; second < 60; second++) {
			tabB.getAccessToken().catch(() => {})
			await world.time.advance(1000)
		}
		expect(prepared).toBeLessThan(10)
	})

	it('R42: a prerendered page touches nothing, though the application asks for a token', async () => {
		let reads = 0
		const world = createWorld()
		await world.signedIn()
		const tab = world.open('/', { shown: () => new Promise(() => {}), onRead: () => reads++ })
		tab.getAccessToken().catch(() => {})
		tab.requireSession().catch(() => {})
		await world.time.advance(500)
		expect({ reads, status: tab.status() }).toEqual({ reads: 0, status: 'loading' })
	})

	it('R43: a frozen lock holder is overtaken after request timeout + 5 s of waiting', async () => {
		const world = createWorld({ lifetimeMs: 60_000 })
		const holder = await world.signedIn('alice')
		const waiter = world.open()
		await world.time.advance(120_000)
		// The token request never reaches the provider.
		world.network.faults.push('cut')
		holder.getAccessToken().catch(() => {})
		await world.time.flush()
		expect({ intent: world.record()?.living?.intent, faults: world.network.faults }).toEqual({ intent: expect.anything(), faults: [] })
		holder.freeze()
		world.provider.counts.refresh = 0
		waiter.getAccessToken().catch(() => {})
		await world.time.advance(45_000)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('R44 (I3): the look of a wake is not lost where the tab froze while it committed an end', async () => {
		let tab: TestTab | undefined
		let isArmed = true
		const { world, tabA, tabB } = await twoTabs(
			{ session: idle },
			{
				onUpdate: record => {
					if (!isArmed || !record?.end) return
					isArmed = false
					tab?.freeze()
				},
			},
		)
		tab = tabB
		tabA.crash()
		await world.time.advance(11 * 60_000)
		expect(isArmed).toBe(false)
		await world.signedIn('alice')
		tabB.resume()
		await world.time.advance(5000)
		expect(tabB.status()).toBe('authenticated')
	})
})

describe('more ways in and out', () => {
	it('R45: a retry of a spent response that cannot reach the provider shows an error, not `redirecting` for ever', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		const dying = world.open(callback, { ownNotes })
		dying.crashOnce(record => record.requests.some(request => request.outcome === 'answered'))
		await world.time.advance(500)
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(500)
		expect(tab.getSnapshot()).toMatchObject({ error: { code: 'sign_in_interrupted' } })
		world.network.setDown(true)
		void tab.retry()
		await world.time.advance(60_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'network_error' } })
	})

	it('R46: a page that is signing out is not taken elsewhere by the end of the exchange', async () => {
		const world = createWorld()
		const { callback } = await atProvider(world)
		const tab = world.open(callback)
		await world.time.flush()
		void tab.signOut()
		await world.time.advance(500)
		expect(tab.visited).toEqual([atEndSession])
	})

	it('R47 (I8): a revocation that waits for the discovery document is dropped once a new session has begun', async () => {
		const order: string[] = []
		let discovered: (() => void) | undefined
		const wrap = (protocol: Protocol): Protocol => ({
			...protocol,
			prepare: () =>
				new Promise<void>(resolve => {
					discovered = resolve
				}),
			async revoke(token) {
				order.push(token)
			},
		})
		const { world, tabB } = await twoTabs({}, { wrap })
		void tabB.signOut({ at: 'device' })
		await world.time.advance(100)
		await world.signedIn('alice')
		expect(discovered).toBeDefined()
		discovered?.()
		await world.time.flush()
		expect(order).toEqual([])
	})

	it('R48: a page that was prerendered when it was built and shown when it was started takes its response', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		let calls = 0
		// subscribe() comes in the same task in this world: the first look is at construction.
		const tab = world.open(callback, { ownNotes, shown: () => (calls++ === 0 ? new Promise(() => {}) : undefined) })
		await world.time.advance(500)
		expect(tab.status()).toBe('authenticated')
	})

	it('R49: an access token without a refresh token is handed out until it expires', async () => {
		const world = createWorld({ lifetimeMs: 60_000 })
		const { ownNotes, callback } = await atProvider(world)
		const tab = world.open(callback, {
			ownNotes,
			wrap: protocol => ({ ...protocol, validate: async (...args) => ({ ...(await protocol.validate(...args)), renewable: false }) }),
		})
		await world.time.advance(58_500)
		await Promise.all([expect(tab.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
	})

	it('R50 (P22): a timer of a sign-in that bfcache undid does not undo the next one', async () => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		await Promise.all([tab.signIn(), world.time.advance(100)])
		tab.leave()
		await world.time.advance(5000)
		tab.resume()
		await world.time.flush()
		expect(tab.status()).toBe('unauthenticated')
		await Promise.all([tab.signIn(), world.time.advance(100)])
		await world.time.advance(6000)
		expect(tab.status()).toBe('redirecting')
	})

	it('R51: the same function can subscribe twice', async () => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		let calls = 0
		const listener = () => {
			calls += 1
		}
		tab.subscribe(listener)
		const stop = tab.subscribe(listener)
		stop()
		void tab.signIn()
		expect(calls).toBe(1)
	})

	it('R52: two tabs over a session of the same user that idled out: the reason is idle, not replaced', async () => {
		const { world, tabA, tabB } = await twoTabs({ session: idle })
		tabA.crash()
		tabB.freeze()
		const { ownNotes, callback } = await atProvider(world)
		await world.time.advance(11 * 60_000)
		world.open(callback, { ownNotes })
		await world.time.advance(500)
		tabB.resume()
		await world.time.advance(500)
		expect(tabB.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
	})

	it('R53: an error of the application’s listener to `ended` sees the end in the snapshot', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const seen: string[] = []
		tabB.on('ended', () => seen.push(tabB.status()))
		void tabA.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(seen).toEqual(['unauthenticated'])
	})

	it('R54: activity reported before the chunk is there counts', async () => {
		const world = createWorld({ session: idle })
		const first = await world.signedIn()
		first.crash()
		const tab = world.open('/', { chunk: () => new Promise(resolve => world.time.after(5000, resolve)) })
		tab.hide()
		const before = world.record()?.living?.lastActivity as number
		await world.time.advance(2000)
		tab.reportActivity()
		await world.time.advance(20_000)
		expect(world.record()?.living?.lastActivity).toBeGreaterThan(before)
	})

	it('R56 (P5): F5 during the exchange loses no sign-in, or says so', async () => {
		const world = createWorld()
		const { ownNotes, callback } = await atProvider(world)
		world.network.faults.push('cut')
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(60)
		// The token request is under way.
		expect(world.network.faults).toEqual([])
		tab.crash()
		const reloaded = world.open(new URL(tab.href).pathname, { ownNotes })
		await world.time.advance(1000)
		const snapshot = reloaded.getSnapshot()
		expect([snapshot.status, snapshot.error?.code]).not.toEqual(['unauthenticated', undefined])
	})

	it('R57: dispose() twice takes out nobody else', async () => {
		const { compose } = await import('../src/compose.ts')
		const config = configure({ authority: 'https://id.example', clientId: 'shop', redirectUri: '/signed-in' }, 'https://app.example/')
		const { platform } = createWorld().open()
		let disposals = 0
		const manager = compose(config, () => platform, {
			loadRemote: () => new Promise(() => {}),
			navigate: () => undefined,
			disposed: () => {
				disposals += 1
			},
		})
		manager.dispose()
		manager.dispose()
		expect(disposals).toBe(1)
	})
})

describe('while something else is told, read or committed', () => {
	it('R58: what a listener to `authenticated` does is not undone by the settling that told it', async () => {
		const world = createWorld()
		await world.signedIn()
		const tab: TestTab = world.open('/', {
			options: { firstFrame: false },
			wrap: protocol => ({ ...protocol, authorizationRequest: () => new Promise(() => {}) }),
		})
		const seen: string[] = []
		tab.on('authenticated', () => {
			seen.push(tab.status())
			// `start()` has long been called: signIn() takes effect in this task.
			tab.signIn().catch(() => {})
		})
		await world.time.flush()
		expect({ seen, now: tab.status() }).toEqual({ seen: ['authenticated'], now: 'redirecting' })
	})

	it('R59 (I2): a read that was under way when the hint came does not bring the trust back', async () => {
		const { turn, handedOut } = inquisitive()
		const { world, tabB } = await twoTabs({ turn })
		await Promise.all([tabB.getAccessToken(), world.time.flush()])
		const { store } = tabB.platform
		const read = store.read
		let go: (() => void) | undefined
		;(store as { read: typeof read }).read = async () => {
			const value = await read()
			await new Promise<void>(resolve => {
				go = resolve
			})
			return value
		}
		tabB.show()
		await world.time.flush()
		const record = world.record()
		world.store.set({ ...record, revision: 99, living: undefined, end: { reason: 'signed-out', at: world.time.wall(), tab: 'x' } })
		world.say({ revision: 99 })
		expect(go).toBeDefined()
		go?.()
		expect(await handedOut(world, tabB)).toEqual([])
	})

	it('R60: retry() finishes a sign-out that the storage stopped, after the record was read again', async () => {
		const { world, tabB } = await twoTabs()
		world.store.fail('unreadable')
		void tabB.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		world.store.fail(undefined)
		tabB.show()
		await world.time.advance(100)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		void tabB.retry()
		await world.time.advance(500)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
	})

	it('R63 (I2): a sign-out ends every tab though the lazy chunk cannot be loaded', async () => {
		const { world, tabA, tabB } = await twoTabs({}, { chunk: async () => Promise.reject(new Error('404')) })
		void tabB.signOut({ at: 'device' })
		await world.time.advance(100)
		expect([tabA.status(), tabB.status()]).toEqual(['unauthenticated', 'unauthenticated'])
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
	})

	it('R61 (I3): a hint that comes while the last look is being acted on is not lost', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 600_000 })
		const { store } = tabB.platform
		const read = store.read
		let go: (() => void) | undefined
		;(store as { read: typeof read }).read = async () => {
			const value = await read()
			if (!go) {
				await new Promise<void>(resolve => {
					go = resolve
				})
			}
			return value
		}
		world.network.setDown(true)
		tabA.renew().catch(() => {})
		await world.time.flush()
		// The first hint's look has seen the intent; the second hint tells of the failure.
		expect({ failure: world.record()?.living?.failure, go }).toEqual({ failure: undefined, go: expect.any(Function) })
		await world.time.advance(200)
		expect(world.record()?.living?.failure).toBeDefined()
		go?.()
		await world.time.flush()
		expect([tabA, tabB].map(tab => tab.getSnapshot())).toMatchObject([{ renewal: 'retrying' }, { renewal: 'retrying' }])
	})

	it('R62 (I3): nor one that comes while an end is being committed', async () => {
		const { world, tabA, tabB } = await twoTabs({ session: idle })
		tabA.crash()
		const { store } = tabB.platform
		const update = store.update
		let go = () => {}
		;(store as { update: typeof update }).update = async (change, strict) => {
			await update(change, strict)
			if (!world.record()?.end) return
			await new Promise<void>(resolve => {
				go = resolve
			})
		}
		await world.time.advance(10 * 60_000 + 500)
		expect(world.record()?.end).toMatchObject({ reason: 'idle' })
		// The transaction is over, its callback is not; another tab begins a session.
		await world.signedIn('alice')
		go()
		await world.time.advance(2000)
		expect(tabB.status()).toBe('authenticated')
	})
})
