// More interleavings that once broke an invariant: of pages that are put to sleep or stand still, of answers, keys and clocks. R1 to R63 are in `interleavings.test.ts`.
import { describe, expect, it } from 'vitest'
import type { Living, SessionRecord } from '../src/policy/record.ts'
import { createWorld, type OpenOptions, type TestTab, type World } from '../src/testing/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Renewed once ahead of time, since signing in is activity; then tokens of 60 s have expired. */
const EXPIRED = 125_000

const always = { session: { idle: false, lifetime: false } } as const

/** A tab that shows Alice, one that is opened beside it, and tokens that have expired. */
async function expiredTabs(openOptions: OpenOptions = {}) {
	const world = createWorld({ lifetimeMs: 60_000 })
	const tabA = await world.signedIn('alice')
	const tabB = world.open('/', openOptions)
	await world.time.advance(EXPIRED)
	world.provider.counts.refresh = 0
	return { world, tabA, tabB }
}

async function twoTabs(options = {}, openOptions: OpenOptions = {}) {
	const world = createWorld(options)
	const tabA = await world.signedIn('alice')
	const tabB = world.open('/', openOptions)
	await world.time.advance(300)
	return { world, tabA, tabB }
}

/** A tab on its way back from the provider, whose own session goes on meanwhile. */
async function onItsWayBack(world: World, sub = 'alice', tab: TestTab = world.open()) {
	await world.time.advance(300)
	void tab.signIn({ prompt: 'login' })
	await world.time.advance(300)
	const { state, code } = world.provider.signIn(sub, new URL(tab.visited.at(-1) as string))
	tab.crash()
	return { callback: `/signed-in?state=${state}&code=${code}`, ownNotes: tab.ownNotes }
}

/** Runs `task` right before the first transaction of the tab that would bring such a record. */
function beforeCommit({ platform: { store } }: TestTab, world: World, isMeant: (next: SessionRecord) => boolean, task: () => void) {
	const update = store.update
	const seen = { isDone: false }
	;(store as { update: typeof update }).update = (change, strict) => {
		const next = seen.isDone ? undefined : (change(world.record()) as SessionRecord | undefined)
		if (next && isMeant(next)) {
			seen.isDone = true
			task()
		}
		return update(change, strict)
	}
	return seen
}

/** What a sign-in of the same user in another tab commits: the session goes on with fresh tokens. */
function goOn(world: World) {
	const { living, ...record } = world.record() as SessionRecord
	if (!living) throw new Error('no session')
	const now = world.time.wall()
	world.store.set({
		...record,
		revision: record.revision + 1,
		living: {
			...living,
			generation: living.generation + 1,
			mainGeneration: living.generation + 1,
			issuedAt: now,
			expiresAt: now + 60_000,
			pending: undefined,
			intent: undefined,
		},
	})
}

/** Another version of the application raises the record's format, or takes it back. */
function reformat(world: World, format: number, part: Partial<SessionRecord> = {}) {
	const record = world.record() as SessionRecord
	world.store.set({ ...record, ...part, format, revision: record.revision + 1 })
	world.say({ revision: record.revision + 1 })
}

/** How many token requests leave from now on. */
function sends(world: World) {
	const counted = { tokens: 0, discovery: 0 }
	world.network.watch(({ url }) => {
		if (url.pathname === '/token') counted.tokens += 1
		if (url.pathname === '/.well-known/openid-configuration') counted.discovery += 1
		return () => {}
	})
	return counted
}

/** What has become of `work` by now. */
function watched<T>(work: Promise<T>) {
	const seen: { value?: T; code?: string } = {}
	work.then(
		value => {
			seen.value = value
		},
		error => {
			seen.code = error.code
		},
	)
	return seen
}

describe('a page that is put to sleep', () => {
	it('R64 (I2, I10): in the middle of a commit undoes it, so that other tabs commit at once, and makes it when it wakes', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const { store } = tabB.platform
		const update = store.update
		;(store as { update: typeof update }).update = (change, strict) =>
			update(current => {
				const next = change(current)
				// The browser freezes the page before what it puts is written.
				if ((next as SessionRecord | undefined)?.end && tabB.page.isRunning()) {
					store.update = update
					tabB.freeze()
				}
				return next
			}, strict)
		void tabB.signOut({ at: 'device' })
		await world.time.advance(500)
		expect({ isRunning: tabB.page.isRunning(), end: world.record()?.end }).toEqual({ isRunning: false, end: undefined })
		const renewed = watched(tabA.renew())
		await world.time.advance(500)
		expect({ renewed, generation: world.record()?.living?.generation }).toEqual({ renewed: { value: undefined }, generation: 2 })
		tabB.resume()
		await world.time.advance(500)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
		expect([tabA.getSnapshot(), tabB.getSnapshot()]).toMatchObject([
			{ status: 'unauthenticated', error: undefined },
			{ status: 'unauthenticated', error: undefined },
		])
	})

	it('R65 (I3, I10): nor does a look that it was in the middle of stall another tab', async () => {
		let events = Number.POSITIVE_INFINITY
		let sleeper: TestTab | undefined
		async function turn() {
			events -= 1
			if (events === 0) sleeper?.freeze()
			await new Promise<void>(resolve => setImmediate(resolve))
		}
		const { world, tabA, tabB } = await twoTabs({ turn })
		sleeper = tabB
		tabB.show()
		// Its transaction has begun, and what it reads has not come.
		events = 2
		await world.time.flush()
		expect(tabB.page.isRunning()).toBe(false)
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
		tabB.resume()
		await world.time.advance(1000)
		expect(tabB.status()).toBe('unauthenticated')
	})

	it('R66 (I10): leaves the queue, and is not granted a lock that others wait for', async () => {
		const world = createWorld({ lifetimeMs: 60_000 })
		const tabA = await world.signedIn('alice')
		const [tabB, tabC] = [world.open(), world.open()]
		await world.time.advance(EXPIRED)
		world.network.faults.push({ status: 503, body: '' })
		tabA.getAccessToken().catch(() => {})
		await world.time.flush()
		tabB.getAccessToken().catch(() => {})
		await world.time.flush()
		tabB.freeze()
		// The failure, and its back-off.
		await world.time.advance(3000)
		expect(world.network.faults).toEqual([])
		const token = watched(tabC.getAccessToken())
		await world.time.advance(1000)
		expect(token).toEqual({ value: expect.stringMatching(/^access-/) })
		tabB.resume()
		const late = watched(tabB.getAccessToken())
		await world.time.advance(1000)
		expect(late).toEqual(token)
	})

	it('R67 (I10): while it holds the lock of one generation keeps nobody from the next', async () => {
		const { world, tabA, tabB } = await expiredTabs()
		world.network.faults.push('cut')
		tabA.getAccessToken().catch(() => {})
		await world.time.flush()
		expect(world.record()?.living?.intent).toMatchObject({ locked: true })
		tabA.freeze()
		tabB.getAccessToken().catch(() => {})
		await world.time.advance(45_000)
		expect(world.provider.counts.refresh).toBe(1)
		await world.time.advance(EXPIRED)
		const token = watched(tabB.getAccessToken())
		await world.time.advance(1000)
		expect(token).toEqual({ value: expect.stringMatching(/^access-/) })
	})
})

describe('a turn', () => {
	/** A tab stands still between its intent and its send, and runs again after `ms`, in which another tab waits for it. */
	async function standingStill(how: 'hang' | 'freeze', ms: number) {
		const holding: { tab?: TestTab; isArmed: boolean } = { isArmed: false }
		const { world, tabA, tabB } = await expiredTabs({
			onUpdate: record => {
				if (!holding.isArmed || !record?.living?.intent) return
				holding.isArmed = false
				holding.tab?.[how]()
			},
		})
		holding.tab = tabB
		holding.isArmed = true
		tabB.getAccessToken().catch(() => {})
		await world.time.advance(100)
		expect({ isArmed: holding.isArmed, intent: world.record()?.living?.intent }).toEqual({ isArmed: false, intent: expect.anything() })
		tabA.getAccessToken().catch(() => {})
		const counted = sends(world)
		// Whoever sends waits for its answer.
		world.network.faults.push('hang')
		await world.time.advance(ms)
		tabB.resume()
		await world.time.advance(4000)
		return counted.tokens
	}

	// 35 s after it began to wait the other tab takes over.
	it('R68 (I1): that is older than what a tab trusts is taken anew before the send, so that nobody takes over in the middle of it', async () => {
		expect(await standingStill('hang', 34_500)).toBe(1)
	})

	it('R69 (I1): nor of one that was taken before a sleep', async () => {
		expect(await standingStill('freeze', 34_500)).toBe(1)
	})

	it('R70 (I1): that another tab has taken over meanwhile is not used while that waits for its answer', async () => {
		expect(await standingStill('hang', 45_000)).toBe(1)
	})

	it('R88 (I1): nor after a sleep', async () => {
		expect(await standingStill('freeze', 45_000)).toBe(1)
	})
})

describe('an answer to a renewal', () => {
	it('R71 (I1, I7): that the storage does not take is kept, and secured before anything else is sent', async () => {
		const { world, tabA, tabB } = await expiredTabs()
		tabB.crash()
		tabA.getAccessToken().catch(() => {})
		while (!world.record()?.living?.intent) await world.time.advance(1)
		await world.time.advance(10)
		world.store.fail('unreadable')
		await world.time.advance(12_000)
		world.store.fail(undefined)
		await world.time.advance(5000)
		const token = watched(tabA.getAccessToken())
		await world.time.advance(5000)
		expect(token).toEqual({ value: expect.stringMatching(/^access-/) })
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})

	it('R72 (I4): is as old as its request: one that waited in a frozen page is not handed out for fresh', async () => {
		const world = createWorld({ lifetimeMs: 10_000 })
		const tab = await world.signedIn('alice')
		await world.time.advance(25_000)
		const before = world.provider.counts.refresh
		tab.getAccessToken().catch(() => {})
		await world.time.advance(30)
		expect(world.provider.counts.refresh).toBe(before + 1)
		tab.freeze()
		await world.time.advance(12_000)
		tab.resume()
		await world.time.advance(100)
		const token = watched(tab.getAccessToken())
		await world.time.advance(1000)
		expect(token.value).toMatch(/^access-/)
		expect(world.provider.introspect(token.value as string)).toEqual({ sub: 'alice' })
	})

	it('R73 (I8): that was stored when the session ended is revoked once, by whoever ended it', async () => {
		const sender: { tab?: TestTab; isArmed: boolean } = { isArmed: false }
		const { world, tabA, tabB } = await expiredTabs({
			onUpdate: record => {
				if (!sender.isArmed || !record?.living?.pending) return
				sender.isArmed = false
				sender.tab?.freeze()
			},
		})
		sender.tab = tabB
		sender.isArmed = true
		tabB.getAccessToken().catch(() => {})
		await world.time.advance(200)
		expect(sender.isArmed).toBe(false)
		void tabA.signOut({ at: 'device' })
		await world.time.advance(200)
		tabB.resume()
		await world.time.advance(1000)
		expect(world.provider.counts.revoked).toEqual([expect.stringMatching(/^refresh-/)])
	})

	/** An answer that a crashed tab has stored, and two tabs that cannot reach the provider to check it. */
	async function unchecked() {
		const { world, tabA, tabB } = await expiredTabs()
		tabA.crashOnce(record => !!record.living?.pending)
		tabA.getAccessToken().catch(() => {})
		await world.time.advance(200)
		expect(world.record()?.living?.pending).toBeDefined()
		tabB.crash()
		world.network.setDown(true)
		const counted = sends(world)
		return { world, counted, tabs: [world.open(), world.open()] }
	}

	it('R74 (I6): that cannot be checked while the discovery document is out of reach is a failure for all tabs, and published later', async () => {
		const { world, tabs } = await unchecked()
		await world.time.advance(60_000)
		expect(tabs.map(tab => tab.getSnapshot())).toMatchObject([{ renewal: 'retrying' }, { renewal: 'retrying' }])
		expect(world.record()?.living?.failure).toMatchObject({ code: expect.stringMatching(/network|discovery/) })
		world.network.setDown(false)
		await world.time.advance(60_000)
		expect(tabs.map(tab => tab.getSnapshot())).toMatchObject([{ renewal: 'ok' }, { renewal: 'ok' }])
		// What is sent since then is the token of the answer.
		expect(world.provider.counts.reuse).toBe(0)
	})

	it('R89 (I6): and waits in the back-off of all tabs, at the second failure too', async () => {
		const { world, counted } = await unchecked()
		await world.time.advance(60_000)
		expect(world.record()?.living?.failure?.count).toBeGreaterThan(3)
		// Twice in each try: 1, 2, 4 … s apart, whichever tab it is.
		expect(counted.discovery).toBeLessThan(20)
	})
})

describe('a token being opened', () => {
	it('R75 (I2): is not handed out if the hint of an end comes during the look that follows it', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 600_000 })
		await world.time.advance(10_000)
		const { store, unseal } = tabB.platform
		const { read } = store
		const { open } = unseal
		let opened = () => {}
		;(unseal as { open: typeof open }).open = async (key, sealed) => {
			await new Promise<void>(resolve => {
				opened = resolve
			})
			return open(key, sealed)
		}
		const token = watched(tabB.getAccessToken())
		await world.time.flush()
		const looks: (() => void)[] = []
		;(store as { read: typeof read }).read = async () => {
			const value = await read()
			await new Promise<void>(resolve => looks.push(resolve))
			return value
		}
		// Any hint takes the trust away while the token is being opened.
		world.say({ revision: -1 })
		opened()
		await world.time.flush()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(10)
		expect({ end: world.record()?.end, token, looks: looks.length }).toMatchObject({ end: { reason: 'signed-out' }, token: {}, looks: 2 })
		for (let at = 0; at < looks.length; at++) {
			looks[at]?.()
			await world.time.advance(10)
		}
		expect(token).toEqual({ code: 'not_authenticated' })
	})
})

describe('a sign-out during a sign-in of the same page', () => {
	it('R76 (I2): ends what there is before it waits, though the page is closed meanwhile', async () => {
		const world = createWorld()
		const other = await world.signedIn('alice')
		const { callback, ownNotes } = await onItsWayBack(world)
		world.network.faults.push('hang')
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(1000)
		void tab.signOut()
		await world.time.advance(1000)
		tab.close()
		await world.time.advance(1000)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
		expect(other.status()).toBe('unauthenticated')
	})

	it('R77 (I2): ends what the sign-in begins, too, and revokes it', async () => {
		const world = createWorld()
		const other = await world.signedIn('alice')
		const { callback, ownNotes } = await onItsWayBack(world)
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(60)
		// The code is on its way.
		void tab.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(world.provider.counts.code).toBe(2)
		expect(world.record()?.end).toMatchObject({ reason: 'signed-out' })
		expect([tab.status(), other.status()]).toEqual(['unauthenticated', 'unauthenticated'])
		expect(world.provider.grants.at(-1)).toMatchObject({ isRevoked: true })
	})
})

describe('a call that is answered with 401', () => {
	it('R98 (I4): is not replayed with the token of another tab that has expired meanwhile', async () => {
		const world = createWorld({ lifetimeMs: 60_000, latencyMs: 100, ...always })
		const tabA = await world.signedIn('alice')
		await world.time.advance(10_000)
		const tabB = world.open()
		await world.time.advance(10_000)
		const stale: boolean[] = []
		world.network.watch(({ authorization }) => {
			if (authorization) stale.push(!world.provider.introspect(authorization.replace('Bearer ', '')))
			return () => {}
		})
		void tabA.renew()
		await world.time.advance(60)
		const answer = watched(tabB.fetch('https://app.example/api/orders').then(({ status }) => status))
		await world.time.advance(10)
		// Both the call and the renewal are on their way.
		world.time.sleep(70_000)
		await world.time.advance(5000)
		expect(answer).toEqual({ value: 200 })
		expect(stale).toEqual([false, false])
	})
})

describe('a token that is being opened', () => {
	it('R101 (I4): is renewed where it has expired by the time it is open', async () => {
		const world = createWorld({ lifetimeMs: 60_000, ...always })
		const tab = await world.signedIn('alice')
		// Renewed once ahead, for signing in is activity; not again, for there was none since.
		await world.time.advance(50_000)
		const { issuedAt = 0 } = world.record()?.living ?? {}
		await world.time.advance(issuedAt + 56_000 - world.time.wall())
		const { open } = tab.platform.unseal
		let sleepMs = 4500
		Object.assign(tab.platform.unseal, {
			open(...given: Parameters<typeof open>) {
				world.time.sleep(sleepMs)
				sleepMs = 0
				return open(...given)
			},
		})
		const before = world.provider.counts.refresh
		const given = watched(tab.getAccessToken())
		await world.time.advance(1000)
		expect(world.provider.introspect(String((given as { value?: unknown }).value))).toEqual({ sub: 'alice' })
		expect(world.provider.counts.refresh).toBe(before + 1)
	})
})

describe('a page whose lazy chunk comes late', () => {
	function lateChunk() {
		let isThere = false
		return {
			arrive() {
				isThere = true
			},
			async chunk() {
				await null
				if (!isThere) throw new TypeError('Failed to fetch dynamically imported module')
			},
		}
	}

	it('R95 (I3): shows no session that has ended meanwhile, though no hint told of it', async () => {
		const world = createWorld({ session: { storage: 'tabs', idle: false, lifetime: false } })
		const tab = await world.signedIn('alice')
		const { arrive, chunk } = lateChunk()
		const copy = world.open('/', { ownNotes: new Map(tab.ownNotes), chunk })
		await world.time.advance(2000)
		expect(copy.status()).toBe('checking')
		world.store.set({ ...world.record(), living: undefined, end: { reason: 'signed-out', at: world.time.wall(), tab: 'x' } })
		arrive()
		const shown: string[] = []
		copy.subscribe(() => shown.push(copy.status()))
		await world.time.advance(20_000)
		expect(shown).toEqual(['unauthenticated'])
	})

	it('R99 (I10): has a token asked for in the first frame wait for the key', async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const tab = await world.signedIn('alice')
		const { arrive, chunk } = lateChunk()
		const copy = world.open('/', { ownNotes: new Map(tab.ownNotes), chunk })
		expect(copy.status()).toBe('authenticated')
		const token = watched(copy.getAccessToken())
		await world.time.advance(100)
		expect([copy.status(), token]).toEqual(['authenticated', {}])
		arrive()
		await world.time.advance(1500)
		expect(token).toEqual({ value: expect.stringContaining('access') })
	})

	it('R96 (I10): has the key as soon as the chunk is there', async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const tab = await world.signedIn('alice')
		const { arrive, chunk } = lateChunk()
		const copy = world.open('/', { ownNotes: new Map(tab.ownNotes), chunk })
		await world.time.advance(3000)
		arrive()
		await world.time.advance(1500)
		expect(copy.status()).toBe('authenticated')
	})
})

describe('a sign-in that goes on with the session', () => {
	it('R94 (I4): begins a new one if the machine slept past the deadline right before its commit', async () => {
		const world = createWorld({ session: { idle: { timeout: '2m' } } })
		await world.signedIn('alice')
		const former = world.record()?.id
		const { callback, ownNotes } = await onItsWayBack(world)
		const tab = world.open(callback, { ownNotes })
		const begins = beforeCommit(
			tab,
			world,
			({ living }) => living?.generation === 2,
			() => world.time.sleep(HOUR),
		)
		await world.time.advance(1000)
		expect([begins, tab.status()]).toEqual([{ isDone: true }, 'authenticated'])
		expect(world.record()?.id).not.toBe(former)
	})
})

describe('tokens that are over', () => {
	it('R78 (I8): `expired` ends no session that a sign-in has gone on with in that moment', async () => {
		const world = createWorld({ lifetimeMs: 60_000, rotation: 'none' })
		const tab = await world.signedIn('alice')
		const ending = beforeCommit(
			tab,
			world,
			({ end }) => end?.reason === 'expired',
			() => goOn(world),
		)
		await world.time.advance(61_000)
		tab.getAccessToken().catch(() => {})
		await world.time.advance(1000)
		expect({ ending, end: world.record()?.end, status: tab.status() }).toEqual({
			ending: { isDone: true },
			end: undefined,
			status: 'authenticated',
		})
	})

	it('R79 (I8): nor does `invalid-tokens`', async () => {
		const world = createWorld({ lifetimeMs: 60_000 })
		const tab = await world.signedIn('alice')
		const ending = beforeCommit(
			tab,
			world,
			({ end }) => end?.reason === 'invalid-tokens',
			() => goOn(world),
		)
		world.provider.mistake('mallory')
		tab.renew().catch(() => {})
		await world.time.advance(1000)
		expect({ ending, end: world.record()?.end, status: tab.status() }).toEqual({
			ending: { isDone: true },
			end: undefined,
			status: 'authenticated',
		})
		expect(world.provider.counts.revoked).toEqual([])
	})
})

describe("the key of storage: 'tabs'", () => {
	const inTabs = { session: { storage: 'tabs' } } as const

	it('R80: is tried before it is kept: a forged one opens nothing and stays nowhere', async () => {
		const world = createWorld(inTabs)
		const holder = await world.signedIn('alice')
		holder.crash()
		const ownNotes = new Map<string, string>()
		const tab = world.open('/', { ownNotes })
		await world.time.advance(300)
		world.say({ keyOf: world.record()?.id, bytes: new Uint8Array(32).fill(9) })
		await world.time.advance(2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
		expect(ownNotes.get('key')).toBeUndefined()
	})

	it('R81: of a session that is about to begin is kept beside that of the one that is there, should it not begin', async () => {
		const world = createWorld(inTabs)
		const { callback, ownNotes } = await onItsWayBack(world, 'bob', await world.signedIn('alice'))
		const tab = world.open(callback, { ownNotes })
		const beginning = beforeCommit(tab, world, ({ sub }) => sub === 'bob', tab.crash)
		await world.time.advance(1000)
		expect({ beginning, sub: world.record()?.sub }).toEqual({ beginning: { isDone: true }, sub: 'alice' })
		const reloaded = world.open('/', { ownNotes })
		await world.time.advance(2000)
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
	})
})

describe('a page that is frozen as its turn is being taken', () => {
	it('R90 (I10): has that turn when it wakes, and does not wait for itself', async () => {
		const { world, tabA, tabB } = await expiredTabs({ isLockless: true })
		tabA.close()
		let isFrozen = false
		world.store.watch(({ page, after }) => {
			if (isFrozen || page !== tabB.page || !(after as SessionRecord).living?.intent) return
			isFrozen = true
			tabB.freeze()
		})
		void tabB.renew().catch(() => {})
		await world.time.advance(1000)
		expect([tabB.page.isRunning(), world.provider.counts.refresh]).toEqual([false, 0])
		tabB.resume()
		await world.time.advance(1000)
		expect([tabB.page.isRunning(), world.provider.counts.refresh]).toEqual([true, 1])
	})
})

describe('a page that is frozen with its renewal on the way', () => {
	it('R91 (I3): hands out a fresh token when it wakes, though what its renewal brought has expired too', async () => {
		const { world, tabA, tabB } = await expiredTabs()
		tabA.close()
		const token = watched(tabB.getAccessToken())
		await world.time.advance(60)
		tabB.freeze()
		await world.time.advance(100)
		expect([world.provider.counts.refresh, token]).toEqual([1, {}])
		world.time.sleep(70_000)
		tabB.resume()
		await world.time.advance(1000)
		expect(token).toEqual({ value: expect.stringContaining('access') })
		expect(world.provider.introspect((token as { value: string }).value)).toEqual({ sub: 'alice' })
	})
})

describe('a page that is frozen in its first frame', () => {
	it.each(['device', 'tabs'] as const)(
		'R92 (I4): shows nothing of the session when it wakes past the deadline (storage: %s)',
		async storage => {
			const world = createWorld({ session: { storage, idle: { timeout: '2m' } } })
			const tab = await world.signedIn('alice')
			const copy = world.open('/', { ownNotes: new Map([...tab.ownNotes].filter(([name]) => name !== 'key')) })
			// Beside the device's storage the record is read at once; a key is asked for.
			if (storage === 'tabs') await world.time.advance(5)
			expect(copy.status()).toBe('authenticated')
			copy.freeze()
			world.time.sleep(HOUR)
			copy.resume()
			expect(copy.status()).not.toBe('authenticated')
			await world.time.advance(1000)
			expect(copy.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		},
	)
})

describe('a page that the user came back to', () => {
	it('R93 (I10): leaves for the second sign-in, though the wait for the first departure ends meanwhile', async () => {
		const world = createWorld(always)
		const tab = world.open()
		await world.time.advance(300)
		void tab.signIn()
		for (let ms = 0; ms < 300 && tab.visited.length === 0; ms++) await world.time.advance(1)
		tab.leave()
		tab.resume()
		// 10 s after the departure a page that still runs was not left.
		await world.time.advance(9_990)
		world.store.fail('blocked')
		void tab.signIn().catch(() => {})
		await world.time.advance(20)
		world.store.heal()
		await world.time.advance(1000)
		expect(tab.visited).toHaveLength(2)
	})

	it('R97: shows the second sign-out until it leaves, though the wait for the first departure ends meanwhile', async () => {
		const world = createWorld(always)
		const tab = await world.signedIn('alice')
		const before = tab.visited.length
		void tab.signOut()
		for (let ms = 0; ms < 500 && tab.visited.length === before; ms++) await world.time.advance(1)
		tab.leave()
		tab.resume()
		// Signing in elsewhere takes 800 ms of the 10 s.
		await world.signedIn('alice')
		await world.time.advance(9_180)
		const shown: string[] = []
		tab.subscribe(() => shown.push(tab.status()))
		void tab.signOut()
		await world.time.advance(1000)
		expect(shown).toEqual(['redirecting'])
		expect(tab.visited).toHaveLength(before + 2)
	})
})

describe('a wall clock that is wrong by hours', () => {
	it.each([-2 * HOUR, 2 * HOUR])('R82 (I4, I6): since it was set by %i ms ends no session at the next renewal', async ms => {
		const world = createWorld({ lifetimeMs: 60_000, ...always })
		const tab = await world.signedIn('alice')
		await world.time.advance(10_000)
		world.time.jump(ms)
		await world.time.advance(10_000)
		const renewed = watched(tab.renew())
		await world.time.advance(1000)
		expect(renewed).toEqual({ value: undefined })
		expect(world.record()?.living?.generation).toBeGreaterThan(1)
		expect(tab.status()).toBe('authenticated')
	})

	it.each([-2 * HOUR, 2 * HOUR])('R83: is noticed at a sign-in, by %i ms, and does not refuse it', async ms => {
		const world = createWorld(always)
		world.time.jump(ms)
		const tab = await world.signedIn('alice')
		expect(tab.status()).toBe('authenticated')
		expect(Math.abs((world.record()?.skewMs ?? 0) - ms)).toBeLessThan(5000)
	})
})

describe('what is told and shown', () => {
	it('R84: `ended` of the old session comes before `authenticated` of the new one', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.freeze()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		await world.signedIn('alice')
		const before = tabB.events.length
		tabB.resume()
		await world.time.advance(1000)
		expect(tabB.events.slice(before).map(({ type }) => type)).toEqual(['ended', 'authenticated'])
	})

	it('R85: `update_required` is taken back when the record is of this version again, and told again if that passes', async () => {
		const { world } = await twoTabs()
		reformat(world, 2)
		const tab = world.open('/', { options: { firstFrame: false } })
		await world.time.advance(100)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'update_required' } })
		reformat(world, 1)
		await world.time.advance(100)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', error: undefined })
		reformat(world, 2)
		await world.time.advance(100)
		expect(tab.eventsOf('updateRequired')).toHaveLength(2)
	})

	it('R86: the first-frame hint of a newer version’s session is left alone by an older one, until its end', async () => {
		const { world } = await twoTabs()
		world.localNotes.set('hint', 'of tomorrow')
		reformat(world, 2)
		await world.time.advance(100)
		expect(world.localNotes.get('hint')).toBe('of tomorrow')
		reformat(world, 2, { living: undefined, end: { reason: 'signed-out', at: world.time.wall(), tab: 'x' } })
		await world.time.advance(100)
		expect(world.localNotes.get('hint')).toBeUndefined()
	})

	it('R87 (I3): a tab whose session was replaced shows the end of the later session, as all tabs do', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.freeze()
		const bob = await world.signedIn('bob')
		void bob.signOut({ at: 'device' })
		await world.time.advance(1000)
		tabB.resume()
		await world.time.advance(1000)
		expect([tabA, tabB].map(tab => tab.getSnapshot())).toMatchObject([{ reason: 'signed-out' }, { reason: 'signed-out' }])
		expect(tabB.eventsOf('ended')).toMatchObject([{ reason: 'replaced' }])
	})
})

describe('activity in a page that does not know whether the session lives', () => {
	/** Alice left the second tab, was active in the first, and comes back when the deadline that the second knows of has passed. */
	async function cameBack(activeMs: number) {
		const { world, tabA, tabB } = await twoTabs()
		const since = world.record()?.living?.lastActivity as number
		tabB.freeze()
		await world.time.advance(activeMs)
		tabA.act()
		await world.time.advance(since + 31 * MINUTE - world.time.wall())
		tabB.resume()
		tabB.show()
		expect(tabB.status()).toBe('checking')
		const shownAt = world.time.wall()
		await world.time.advance(1000)
		return { world, tabB, shownAt }
	}

	it('R100 (I5): counts if it turns out that the session lives', async () => {
		const { world, tabB, shownAt } = await cameBack(20 * MINUTE)
		expect(tabB.status()).toBe('authenticated')
		expect(world.record()?.living?.lastActivity).toBe(shownAt)
	})

	it('R100 (I4): revives nothing if it turns out that the deadline has passed', async () => {
		const { world, tabB } = await cameBack(100)
		expect(tabB.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		expect(world.record()).toMatchObject({ living: undefined, end: { reason: 'idle' } })
	})
})

describe('a popup whose callback page boots the application', () => {
	/** Ends with the page that opened it seeing that the code was exchanged, before the session begins. */
	async function booted(options = {}) {
		const world = createWorld(options)
		const tab = world.open('/cart')
		await world.time.advance(100)
		const done = tab.signIn({ method: 'popup' }).then(
			() => 'signed in',
			error => error.code,
		)
		await world.time.advance(100)
		const [popup] = tab.popups
		const { state, code } = world.provider.signIn('alice', new URL(popup?.url as string))
		// Slow, as one whose chunk checks signatures.
		const inPopup = world.open(`/signed-in?state=${state}&code=${code}`, {
			wrap: protocol => ({
				...protocol,
				async validate(...args) {
					await new Promise<void>(resolve => inPopup.platform.clock.after(500, resolve))
					return protocol.validate(...args)
				},
			}),
		})
		return { world, tab, popup, inPopup, done }
	}

	it('R102 (I7): is not closed before the tokens that it was given are in the record', async () => {
		const { world, tab, popup, inPopup, done } = await booted()
		for (let ms = 0; ms < 2000 && !popup?.isClosed; ms += 10) await world.time.advance(10)
		inPopup.crash()
		await world.time.advance(1000)
		expect(await done).toBe('signed in')
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
	})

	it('R102 (I10): is waited for no longer than 5 s if nothing comes of it', async () => {
		const { world, popup, inPopup, done } = await booted()
		await world.time.advance(300)
		inPopup.crash()
		await world.time.advance(5000)
		expect([popup?.isClosed, await done]).toEqual([true, 'sign_in_interrupted'])
	})
})

describe('a silent sign-in that is answered after somebody has signed in', () => {
	it.each(['alice', 'bob'])('R103 (I5, I9): is no activity of %s, and changes nothing', async sub => {
		const world = createWorld({ session: { sso: 'redirect' } })
		const ownNotes = new Map<string, string>()
		const tab = world.open('/', { ownNotes })
		await world.time.advance(300)
		const request = new URL(tab.visited[0] as string)
		tab.crash()
		await world.signedIn(sub)
		await world.time.advance(5000)
		const { id, living } = world.record() as SessionRecord
		const { state, code } = world.provider.signIn('alice', request)
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		await world.time.advance(300)
		expect(back.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub } })
		expect(world.record()).toMatchObject({ id, living: { generation: 1, lastActivity: living?.lastActivity } })
	})
})

describe('a page that loads while the next version of the application is open (update-required)', () => {
	it('R104 (I3, I10): does not sign in silently over its session, and nothing is left uncaught', async () => {
		const world = createWorld({ session: { sso: 'iframe' } })
		await world.signedIn('alice')
		const frames: string[] = []
		world.watchFrames((_page, url) => {
			frames.push(url.pathname)
			return () => {}
		})
		// The session is of this version as the page reads it, and of the next once the chunk is there.
		const tab = world.open('/', {
			async chunk() {
				const next = world.open('/', { isNext: true })
				await new Promise<void>(resolve => tab.platform.clock.after(1000, resolve))
				next.act()
				await new Promise<void>(resolve => tab.platform.clock.after(1000, resolve))
			},
		})
		await world.time.advance(1000)
		world.provider.setSession('alice')
		await world.time.advance(5000)
		expect(world.record()).toMatchObject({ format: 2, living: { generation: 1 } })
		world.open()
		await world.time.advance(5000)
		expect([frames, world.provider.counts.code]).toEqual([[], 1])
	})
})

describe('a popup that is opened before the page has read that there is a session', () => {
	it('R105 (I2): does not undo the sign-out of another tab', async () => {
		const { world, tabA } = await twoTabs()
		const fresh = world.open()
		expect(fresh.status()).toBe('authenticated')
		const done = fresh.signIn({ method: 'popup', prompt: 'login' }).catch(error => error.code)
		await world.time.advance(200)
		void tabA.signOut({ at: 'device' })
		await world.time.advance(200)
		world.handOver(world.provider.signIn('alice', new URL(fresh.popups[0]?.url as string)))
		await world.time.advance(500)
		expect(await done).toBe('not_authenticated')
		expect([tabA, fresh].map(tab => tab.getSnapshot())).toMatchObject([{ reason: 'signed-out' }, { reason: 'signed-out' }])
	})
})

describe('a silent sign-in in the place of a renewal, whose turn goes while its frame answers', () => {
	it('R106 (I1): its code is not exchanged: what was known of the turn before the frame is old', async () => {
		const world = createWorld({ session: { sso: 'iframe' } })
		const tab = await world.signedIn()
		world.provider.revokeGrants()
		// A sign-in elsewhere has brought fresh tokens.
		world.watchFrames(() => () => {
			const record = world.record() as SessionRecord & { living: Living }
			const living = { ...record.living, generation: 2, mainGeneration: 2, intent: undefined, renewable: true }
			world.store.set({ ...record, revision: record.revision + 1, living })
		})
		void tab.renew().catch(() => {})
		await world.time.advance(1500)
		expect([world.record()?.living?.generation, world.provider.counts.code]).toEqual([2, 1])
	})
})

describe('a page that is frozen as it writes the session that its sign-in begins', () => {
	async function frozenAsItBegins() {
		const world = createWorld({ lifetimeMs: 60_000, session: always.session })
		const { callback, ownNotes } = await onItsWayBack(world)
		const tab = world.open(callback, { ownNotes })
		let isFrozen = false
		world.store.watch(({ page, after }) => {
			if (isFrozen || page !== tab.page || !(after as SessionRecord).living) return
			isFrozen = true
			tab.freeze()
		})
		await world.time.advance(1000)
		expect(isFrozen).toBe(true)
		const other = world.open()
		await world.time.advance(300)
		return { world, tab, other }
	}

	it('R107 (I1, I7): does not write it again over the tokens that another tab has renewed since', async () => {
		const { world, tab, other } = await frozenAsItBegins()
		await Promise.all([other.renew(), world.time.advance(1000)])
		tab.resume()
		await world.time.advance(1000)
		expect(world.record()?.living).toMatchObject({ generation: 2 })
		expect([tab, other].map(each => each.status())).toEqual(['authenticated', 'authenticated'])
		await Promise.all([tab.renew(), world.time.advance(1000)])
		expect(world.provider.counts).toMatchObject({ code: 1, refresh: 2, reuse: 0 })
	})

	it('R107 (I2): does not begin it again after another tab has signed out', async () => {
		const { world, tab, other } = await frozenAsItBegins()
		void other.signOut({ at: 'device' })
		await world.time.advance(500)
		tab.resume()
		await world.time.advance(1000)
		for (const each of [tab, other]) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out' })
		expect(world.record()?.living).toBeUndefined()
	})
})
