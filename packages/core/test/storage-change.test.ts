// A deploy changes `storage` or `firstFrame`: the session goes on, and nothing is left where it must not be any more.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import { createWorld, type OpenOptions, type TestTab, type World } from '../src/testing/index.ts'

const TABS: OpenOptions = { options: { storage: 'tabs' } }
const DEVICE: OpenOptions = { options: { storage: 'device' } }

const keysIn = (notes: Map<string, string>) => Object.keys(JSON.parse(notes.get('key') ?? '{}') as object)

/** Whether the record has the key. */
const hasKey = (world: World) => !!world.record()?.living?.key

async function tokenOf(world: World, tab: TestTab) {
	const token = tab.getAccessToken().catch(error => error.code)
	await world.time.advance(1000)
	return token
}

/** A browser in which Alice signed in with `storage: 'device'`, and no tab is open. */
async function ofDevice(options = {}) {
	const world = createWorld(options)
	const tab = await world.signedIn('alice')
	const token = await tokenOf(world, tab)
	tab.crash()
	return { world, token, id: world.record()?.id as string }
}

/** A tab that Alice signed in in with `storage: 'tabs'`, and that is about to be reloaded. */
async function ofTabs(options = {}) {
	const world = createWorld({ ...options, session: { storage: 'tabs' } })
	const tab = await world.signedIn('alice')
	const token = await tokenOf(world, tab)
	tab.crash()
	return { world, token, id: world.record()?.id as string, ownNotes: tab.ownNotes }
}

async function open(world: World, options: OpenOptions) {
	const tab = world.open('/', options)
	await world.time.advance(2000)
	return tab
}

describe("a change of `storage` from 'device' to 'tabs'", () => {
	it('goes on with the session, and leaves neither the key nor the claims on the device', async () => {
		const { world, token, id } = await ofDevice()
		expect(world.localNotes.has('hint')).toBe(true)
		const tab = await open(world, TABS)
		expect(tab.status()).toBe('authenticated')
		expect(await tokenOf(world, tab)).toBe(token)
		expect(world.record()).toMatchObject({ id, living: { key: undefined } })
		expect(world.localNotes.has('hint')).toBe(false)
		expect(keysIn(tab.ownNotes)).toEqual([id])
		tab.crash()
		const reloaded = await open(world, { ...TABS, ownNotes: tab.ownNotes })
		expect(await tokenOf(world, reloaded)).toBe(token)
		reloaded.crash()
		expect((await open(world, TABS)).getSnapshot()).toMatchObject({ reason: 'key-unavailable' })
	})

	it('shows no other state on the way', async () => {
		const { world } = await ofDevice()
		const tab = world.open('/', TABS)
		const statuses: string[] = []
		tab.subscribe(() => statuses.push(tab.status()))
		await world.time.advance(3000)
		expect(statuses).toEqual(['authenticated'])
		expect(tab.events.map(({ type }) => type)).toEqual(['authenticated'])
	})

	it('is made once where several tabs load at the same time', async () => {
		const { world, token } = await ofDevice({ seed: 3 })
		const all = [world.open('/', TABS), world.open('/', TABS), world.open('/', TABS)]
		await world.time.advance(4000)
		expect(all.map(tab => tab.status())).toEqual(Array(3).fill('authenticated'))
		for (const tab of all) expect(await tokenOf(world, tab)).toBe(token)
		// Each has the same key, which outlives the others.
		for (const tab of all) tab.crash()
		for (const { ownNotes } of all) {
			const reloaded = await open(world, { ...TABS, ownNotes })
			expect(await tokenOf(world, reloaded)).toBe(token)
			reloaded.crash()
		}
	})

	it('keeps the session over a crash right before its commit, and right after', async () => {
		for (const isAfter of [false, true]) {
			const { world, token } = await ofDevice()
			const ownNotes = new Map<string, string>()
			const tab = world.open('/', { ...TABS, ownNotes })
			if (isAfter) tab.crashOnce(({ living }) => !!living && !living.key)
			else {
				const { store } = tab.platform
				const { update } = store
				;(store as { update: typeof update }).update = (change, strict) => {
					const next = change(world.record()) as SessionRecord | undefined
					if (next?.living && !next.living.key) tab.crash()
					return update(change, strict)
				}
			}
			await world.time.advance(2000)
			expect(tab.page.isGone()).toBe(true)
			expect(hasKey(world)).toBe(!isAfter)
			const reloaded = await open(world, { ...TABS, ownNotes })
			expect(await tokenOf(world, reloaded)).toBe(token)
			expect(world.record()?.living).toMatchObject({ key: undefined })
		}
	})

	it('is made later where the storage refuses it at first (I6)', async () => {
		const { world, id } = await ofDevice()
		world.store.fail('full')
		const tab = await open(world, TABS)
		expect(tab.status()).toBe('authenticated')
		expect(hasKey(world)).toBe(true)
		expect(keysIn(tab.ownNotes)).toEqual([])
		world.store.heal()
		await world.time.advance(60_000)
		expect(hasKey(world)).toBe(false)
		expect(keysIn(tab.ownNotes)).toEqual([id])
		expect(world.provider.introspect(String(await tokenOf(world, tab)))).toEqual({ sub: 'alice' })
	})

	it('is made though its commit is reported as failed', async () => {
		const { world, token, id } = await ofDevice()
		const tab = world.open('/', TABS)
		const { store } = tab.platform
		const { update } = store
		let isDone = false
		;(store as { update: typeof update }).update = (change, strict) => {
			const next = change(world.record()) as SessionRecord | undefined
			if (!isDone && next?.living && !next.living.key) {
				isDone = true
				world.store.doom('unreported')
			}
			return update(change, strict)
		}
		await world.time.advance(5000)
		expect([isDone, hasKey(world)]).toEqual([true, false])
		expect(keysIn(tab.ownNotes)).toEqual([id])
		expect(await tokenOf(world, tab)).toBe(token)
	})

	it('waits for a renewal under way, whose response is sealed under the old key (I7)', async () => {
		const { world } = await ofDevice({ lifetimeMs: 60_000 })
		const older = await open(world, DEVICE)
		await world.time.advance(125_000)
		older.crashOnce(({ living }) => !!living?.pending)
		void older.renew().catch(() => {})
		for (let ms = 0; ms < 2000 && !world.record()?.living?.pending; ms++) await world.time.advance(1)
		const tab = await open(world, TABS)
		await world.time.advance(40_000)
		expect(world.provider.introspect(String(await tokenOf(world, tab)))).toEqual({ sub: 'alice' })
		expect(hasKey(world)).toBe(false)
	})

	it('takes no session from a tab that is open with the former option', async () => {
		const { world, token } = await ofDevice()
		const older = await open(world, DEVICE)
		const tab = await open(world, TABS)
		older.focus()
		await world.time.advance(3000)
		expect([older.status(), tab.status()]).toEqual(['authenticated', 'authenticated'])
		expect(await tokenOf(world, older)).toBe(token)
		const revision = world.record()?.revision
		await world.time.advance(1000)
		// The two do not move the key back and forth.
		expect(hasKey(world)).toBe(false)
		expect(world.record()?.revision).toBe(revision)
		void tab.signOut({ at: 'device' })
		await world.time.advance(1000)
		expect(older.status()).toBe('unauthenticated')
	})

	it('is made by a sign-in that goes on with the session', async () => {
		const { world, id } = await ofDevice()
		const before = await open(world, DEVICE)
		void before.signIn({ prompt: 'login' })
		await world.time.advance(500)
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		before.crash()
		const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ...TABS, ownNotes: before.ownNotes })
		await world.time.advance(2000)
		expect(world.record()).toMatchObject({ id, living: { key: undefined } })
		tab.crash()
		expect((await open(world, { ...TABS, ownNotes: before.ownNotes })).status()).toBe('authenticated')
	})
})

describe("a change of `storage` from 'tabs' to 'device'", () => {
	it('goes on with the session, and leaves neither the key nor the claims in the tab', async () => {
		const { world, token, id, ownNotes } = await ofTabs()
		const tab = await open(world, { ...DEVICE, ownNotes })
		expect(tab.status()).toBe('authenticated')
		expect(await tokenOf(world, tab)).toBe(token)
		expect(world.record()?.id).toBe(id)
		expect(hasKey(world)).toBe(true)
		expect([ownNotes.has('key'), ownNotes.has('hint')]).toEqual([false, false])
		tab.crash()
		expect(await tokenOf(world, await open(world, DEVICE))).toBe(token)
	})

	it('takes no session from a tab that is open with the former option', async () => {
		const { world, token, ownNotes } = await ofTabs()
		const older = await open(world, { ...TABS, ownNotes })
		const tab = await open(world, DEVICE)
		older.focus()
		await world.time.advance(3000)
		expect([await tokenOf(world, older), await tokenOf(world, tab)]).toEqual([token, token])
		expect(hasKey(world)).toBe(true)
	})
})

describe('the first-frame hint', () => {
	it('of earlier options is removed with `firstFrame: false`', async () => {
		const { world } = await ofDevice()
		expect(world.localNotes.has('hint')).toBe(true)
		const tab = world.open('/', { options: { firstFrame: false } })
		expect(tab.status()).toBe('loading')
		await world.time.advance(1000)
		expect(world.localNotes.has('hint')).toBe(false)
	})

	it('of the former user is not left where storage is full (I9)', async () => {
		const { world } = await ofDevice()
		const bob = await world.signedIn('bob')
		bob.crash()
		expect(world.localNotes.get('hint')).toContain('bob')
		world.localNotes.set('hint', (world.localNotes.get('hint') ?? '').replaceAll('bob', 'alice'))
		const full = await open(world, { isWebStorageFull: () => true })
		expect(full.getSnapshot()).toMatchObject({ status: 'user-changed' })
		expect(world.localNotes.has('hint')).toBe(false)
		full.crash()
		expect(world.open().status()).toBe('loading')
	})
})
