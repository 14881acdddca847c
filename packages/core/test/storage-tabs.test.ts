// `storage: 'tabs'`: where the key of a session is, from sign-in until the session has ended in every tab.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const HOUR = 3_600_000

const inTabs = (options: WorldOptions = {}): WorldOptions => ({ ...options, session: { storage: 'tabs', ...options.session } })

/** A tab in which Alice signed in, and one that is opened beside it. */
async function twoTabs(options: WorldOptions = {}) {
	const world = createWorld(inTabs(options))
	const tabA = await world.signedIn('alice')
	const tabB = world.open()
	await world.time.advance(500)
	return { world, tabA, tabB }
}

const keysIn = ({ ownNotes }: TestTab) => Object.keys(JSON.parse(ownNotes.get('key') ?? '{}') as object)

/** A call whose outcome is looked at later. */
function watched<T>(call: Promise<T>) {
	const outcome: { value?: T; error?: { code?: string } } = {}
	call.then(
		value => {
			outcome.value = value
		},
		error => {
			outcome.error = error
		},
	)
	return outcome
}

/** Somebody copies an earlier record back into the database, and says so. */
async function putBack(world: World, record: SessionRecord | undefined) {
	const revision = (world.record()?.revision ?? 0) + 100
	world.store.set({ ...record, revision })
	world.say({ revision })
	await world.time.advance(2000)
}

/** Reads the record in a page loaded in the same tab. */
async function reload(world: World, { ownNotes }: TestTab, options: OpenOptions = {}) {
	const tab = world.open('/', { ownNotes, ...options })
	await world.time.advance(2000)
	return tab
}

async function expectNothingOpens(world: World, tab: TestTab, before: SessionRecord | undefined) {
	await putBack(world, before)
	expect(tab.status()).not.toBe('authenticated')
	const token = watched(tab.getAccessToken())
	await world.time.advance(12_000)
	expect(token.value).toBeUndefined()
	expect(token.error).toMatchObject({ code: 'not_authenticated' })
}

describe('the key of an ended session', () => {
	const ways: Record<string, (world: World, other: TestTab) => unknown> = {
		'the user signs out in another tab': (_world, other) => other.signOut({ at: 'device' }),
		'the idle timeout passes': (world, other) => {
			other.crash()
			world.time.sleep(HOUR)
		},
		'the provider ends the session through the front channel': world => {
			const record = world.record() as SessionRecord
			const end = { reason: 'signed-out-at-provider', at: world.time.wall(), tab: '' } as const
			world.store.set({ ...record, revision: record.revision + 1, ends: record.ends + 1, living: undefined, end })
		},
		'another user signs in': async (world, other) => {
			other.crash()
			await world.signedIn('bob')
		},
		'the site data are cleared': world => world.store.wipe(),
	}

	it.each(Object.entries(ways))('is removed from a tab that loads after %s (I2)', async (_name, happens) => {
		const { world, tabA, tabB } = await twoTabs()
		const before = world.record()
		tabB.crash()
		expect(keysIn(tabB)).toEqual([before?.id])
		void happens(world, tabA)
		await world.time.advance(2000)
		const loaded = await reload(world, tabB)
		expect(keysIn(tabB)).not.toContain(before?.id)
		tabA.crash()
		await expectNothingOpens(world, loaded, before)
		expect(tabB.ownNotes.has('hint')).toBe(false)
	})

	it.each(Object.entries(ways))('is removed without the lazy chunk after %s (I2)', async (_name, happens) => {
		const { world, tabA, tabB } = await twoTabs()
		const before = world.record()
		tabB.crash()
		void happens(world, tabA)
		await world.time.advance(2000)
		await reload(world, tabB, { chunk: () => Promise.reject(new TypeError('Failed to fetch dynamically imported module')) })
		expect(keysIn(tabB)).not.toContain(before?.id)
	})

	it('is removed in the tab that signs out, which opens nothing afterwards (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		const before = world.record()
		const token = watched(tabA.getAccessToken())
		await world.time.advance(100)
		expect(token.value).toBeDefined()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(keysIn(tabA)).toEqual([])
		await expectNothingOpens(world, tabA, before)
	})

	it('is removed in every open tab, none of which gives it to another afterwards (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const before = world.record()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect([keysIn(tabA), keysIn(tabB)]).toEqual([[], []])
		const later = world.open()
		await putBack(world, before)
		expect(later.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
		await expectNothingOpens(world, tabB, before)
	})

	it('is removed at the next load of a tab whose manager was disposed (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.dispose()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		await reload(world, tabB)
		expect(keysIn(tabB)).toEqual([])
	})

	it('is removed when a page comes back out of the back/forward cache (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const before = world.record()
		tabB.leave()
		void tabA.signOut({ at: 'device' })
		await world.time.advance(1000)
		tabB.resume()
		await world.time.advance(1000)
		expect(keysIn(tabB)).toEqual([])
		tabA.crash()
		await expectNothingOpens(world, tabB, before)
	})

	it('is not kept by a key search that was under way at the end (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		const before = world.record()
		const bytes = new Uint8Array((JSON.parse(tabA.ownNotes.get('key') ?? '') as Record<string, number[]>)[before?.id ?? ''] ?? [])
		tabA.freeze()
		const seeking = world.open()
		await world.time.advance(300)
		void seeking.signOut({ at: 'device' })
		world.say({ keyOf: before?.id, bytes })
		await world.time.advance(3000)
		expect(keysIn(seeking)).toEqual([])
		tabA.crash()
		await expectNothingOpens(world, seeking, before)
	})
})

describe('the key of a live session', () => {
	it('is kept where the record cannot be read (I6)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		tabA.crash()
		world.store.fail('unreadable')
		const loaded = world.open('/', { ownNotes: tabB.ownNotes })
		await world.time.advance(10_000)
		expect(keysIn(tabB)).toEqual([world.record()?.id])
		world.store.heal()
		await world.time.advance(3000)
		expect(loaded.status()).toBe('authenticated')
	})

	it('is kept where the record has a newer format, until that session ends (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		const record = world.record() as SessionRecord
		world.store.set({ ...record, format: record.format + 1, revision: record.revision + 1 })
		world.say({ revision: record.revision + 1 })
		await world.time.advance(500)
		expect(keysIn(tabA)).toEqual([record.id])
		void tabA.signOut({ at: 'device' })
		await world.time.advance(500)
		expect(keysIn(tabA)).toEqual([])
	})

	it('is kept while its first commit is under way, whatever is read meanwhile (I6)', async () => {
		const world = createWorld(inTabs())
		const tab = world.open()
		await world.time.advance(300)
		void tab.signIn()
		await world.time.advance(300)
		const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		const callback = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes })
		const { store } = callback.platform
		const { update } = store
		;(store as { update: typeof update }).update = async (change, strict) => {
			const next = change(world.record()) as SessionRecord | undefined
			// The page reads the record right before the session is in it.
			if (next?.living && !world.record()?.living) {
				callback.focus()
				await store.read()
				await world.time.flush()
			}
			return update(change, strict)
		}
		await world.time.advance(2000)
		expect(callback.status()).toBe('authenticated')
		expect(keysIn(callback)).toEqual([world.record()?.id])
		callback.crash()
		expect((await reload(world, callback)).status()).toBe('authenticated')
	})

	it('is kept through a first commit that is reported as failed but was made (I6, I7)', async () => {
		const world = createWorld(inTabs())
		const tab = world.open()
		await world.time.advance(300)
		void tab.signIn()
		await world.time.advance(300)
		const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		const callback = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes })
		world.store.watch(({ after }) => (after as SessionRecord).living && world.store.fail('unreadable'))
		await world.time.advance(30_000)
		world.store.heal()
		await world.time.advance(5000)
		expect(callback.status()).toBe('authenticated')
		expect(keysIn(callback)).toEqual([world.record()?.id])
	})
})

describe('the end of a session', () => {
	it('revokes the refresh token and names the ID token to the provider, though the key is gone by then (I2)', async () => {
		const { world, tabA } = await twoTabs()
		void tabA.signOut()
		await world.time.advance(1000)
		const url = new URL(tabA.visited.at(-1) as string)
		expect(url.searchParams.get('id_token_hint')).toBeTruthy()
		expect(world.provider.counts.revoked).toEqual([world.provider.grants[0]?.refreshToken])
		expect(world.record()?.end).not.toHaveProperty('revoked', false)
	})

	it('revokes the refresh token at a deadline too (I4)', async () => {
		const { world, tabA, tabB } = await twoTabs({ session: { storage: 'tabs', idle: { timeout: '2m' } } })
		tabB.crash()
		world.time.sleep(HOUR)
		tabA.focus()
		await world.time.advance(1000)
		expect(world.record()?.end?.reason).toBe('idle')
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('revokes a token response that arrives after it, though the key is gone (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 60_000 })
		await world.time.advance(125_000)
		void tabA.renew().catch(() => {})
		for (let ms = 0; ms < 2000 && !world.record()?.living?.intent; ms++) await world.time.advance(1)
		void tabB.signOut({ at: 'device' })
		await world.time.advance(3000)
		expect(world.record()?.end?.reason).toBe('signed-out')
		expect(world.provider.counts.revoked).toContain(world.provider.grants[0]?.refreshToken)
	})

	it('revokes the newest token where a response is stored but not published (I2, I7)', async () => {
		const { world, tabA, tabB } = await twoTabs({ lifetimeMs: 60_000 })
		await world.time.advance(125_000)
		tabA.crashOnce(({ living }) => !!living?.pending)
		void tabA.renew().catch(() => {})
		for (let ms = 0; ms < 2000 && !world.record()?.living?.pending; ms++) await world.time.advance(1)
		void tabB.signOut({ at: 'device' })
		await world.time.advance(3000)
		expect(world.provider.counts.revoked).toEqual([world.provider.grants[0]?.refreshToken])
	})

	it('by a tab without the key reports that nothing was revoked, in every tab (I8)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		tabA.freeze()
		const keyless = world.open()
		await world.time.advance(2000)
		expect(keyless.getSnapshot()).toMatchObject({ reason: 'key-unavailable' })
		void keyless.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(world.record()).toMatchObject({ end: { reason: 'signed-out', revoked: false }, living: undefined })
		tabA.resume()
		await world.time.advance(1000)
		expect(tabA.eventsOf('ended')).toEqual([expect.objectContaining({ reason: 'signed-out', revoked: false })])
		expect(world.provider.counts.revoked).toEqual([])
	})

	it('by a tab without the key ends the session at the provider too, without an ID token', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		tabA.crash()
		const keyless = world.open()
		await world.time.advance(2000)
		void keyless.signOut({ logoutHint: 'alice@example.com' })
		await world.time.advance(1000)
		const url = new URL(keyless.visited.at(-1) as string)
		expect(Object.fromEntries(url.searchParams)).toMatchObject({ client_id: 'app', logout_hint: 'alice@example.com' })
		expect(url.searchParams.has('id_token_hint')).toBe(false)
		expect(keyless.getSnapshot()).toMatchObject({ status: 'redirecting', to: 'sign-out' })
	})
})

describe('the first frame', () => {
	it('shows no user whose session no open tab has the key of, on any load (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabA.crash()
		tabB.crash()
		const first = world.open()
		await world.time.advance(2000)
		expect(first.getSnapshot()).toMatchObject({ reason: 'key-unavailable' })
		expect(first.ownNotes.has('hint')).toBe(false)
		first.crash()
		const statuses: string[] = []
		const again = world.open('/', { ownNotes: first.ownNotes })
		statuses.push(again.status())
		again.subscribe(() => statuses.push(again.status()))
		const session = watched(again.requireSession())
		await world.time.advance(3000)
		expect(statuses).not.toContain('authenticated')
		expect(session.value).toBeUndefined()
		expect(again.events.map(({ type }) => type)).not.toContain('authenticated')
	})

	it('does not use a hint without the key, as of a page of an earlier version (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabA.crash()
		tabB.crash()
		const ownNotes = new Map([...tabA.ownNotes].filter(([name]) => name !== 'key'))
		expect(ownNotes.has('hint')).toBe(true)
		const tab = world.open('/', { ownNotes })
		expect(tab.status()).toBe('loading')
		await world.time.advance(2000)
		expect(ownNotes.has('hint')).toBe(false)
	})

	it('stops showing the user as soon as the record names a session that this tab has no key of (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabB.crash()
		tabA.crash()
		const other = await world.signedIn('bob')
		other.crash()
		const tab = world.open('/', { ownNotes: tabB.ownNotes })
		expect(tab.status()).toBe('authenticated')
		await world.time.flush()
		await world.time.advance(1)
		expect(tab.status()).not.toBe('authenticated')
	})

	it('shows the user over a reload of a tab that got the key from another', async () => {
		const { world, tabB } = await twoTabs()
		tabB.crash()
		const tab = world.open('/', { ownNotes: tabB.ownNotes })
		const statuses = [tab.status()]
		tab.subscribe(() => statuses.push(tab.status()))
		await world.time.advance(2000)
		expect(new Set(statuses)).toEqual(new Set(['authenticated']))
	})
})

describe('the event `authenticated`', () => {
	it('waits until the session can be opened', async () => {
		const { world, tabA, tabB } = await twoTabs()
		tabA.crash()
		// What is in the tab as its key opens nothing.
		tabB.ownNotes.set('key', JSON.stringify({ [world.record()?.id ?? '']: Array(32).fill(255) }))
		tabB.crash()
		const tab = await reload(world, tabB)
		expect(tab.getSnapshot()).toMatchObject({ reason: 'key-unavailable' })
		expect(tab.events.map(({ type }) => type)).not.toContain('authenticated')
		expect(keysIn(tab)).toEqual([])
	})

	it('is followed by `ended` where the session cannot be opened any more, and comes again once it can', async () => {
		const world = createWorld()
		const tab = await world.signedIn('alice')
		const record = world.record() as SessionRecord
		const told = () => tab.events.map(({ type }) => type).filter(type => type === 'authenticated' || type === 'ended')
		const write = async (next: SessionRecord) => {
			world.store.set({ ...next, revision: (world.record()?.revision ?? 0) + 1 })
			world.say({ revision: world.record()?.revision })
			await world.time.advance(2000)
		}
		expect(told()).toEqual(['authenticated'])
		await write({ ...record, living: { ...record.living, key: {} } as SessionRecord['living'] })
		expect(told()).toEqual(['authenticated', 'ended'])
		expect(tab.eventsOf('ended')).toEqual([expect.objectContaining({ reason: 'key-unavailable' })])
		await write(record)
		expect(told()).toEqual(['authenticated', 'ended', 'authenticated'])
		void tab.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(told()).toEqual(['authenticated', 'ended', 'authenticated', 'ended'])
	})
})
