// A flood of messages on the channels, from a script of the same origin: it costs reads, never a session or a call. Judged by count.
import { describe, expect, it, vi } from 'vitest'
import { createMemoryStore } from '../src/platform/memory-store.ts'
import type { RecordStore } from '../src/platform/ports.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

/** Newer than any record. */
const FORGED = { revision: 1e9 }

async function signedIn(options: WorldOptions = {}) {
	const world = createWorld(options)
	const tab = await world.signedIn('alice')
	await world.time.advance(1000)
	return { world, tab }
}

/** How often a tab reads the record from now on, and how many of these reads are under way. */
function countReads({ platform: { store } }: TestTab) {
	const counted = { reads: 0, now: 0, most: 0 }
	const { read } = store
	;(store as { read: typeof read }).read = async () => {
		counted.reads += 1
		counted.now += 1
		counted.most = Math.max(counted.most, counted.now)
		try {
			return await read()
		} finally {
			counted.now -= 1
		}
	}
	return counted
}

/** 10 messages in each ms, until `isOver`. @returns ms that it took */
async function flood(world: World, isOver: () => boolean, mostMs: number, message: unknown = FORGED) {
	let ms = 0
	for (; ms < mostMs && !isOver(); ms++) {
		for (let count = 0; count < 10; count++) world.say(message)
		await world.time.advance(1)
	}
	return ms
}

describe('a flood of invalidation messages', () => {
	it.each([2, 1000])('that comes at one moment (%s messages) costs at most two reads', async count => {
		const { world, tab } = await signedIn()
		const counted = countReads(tab)
		for (let at = 0; at < count; at++) world.say(FORGED)
		await world.time.advance(10)
		expect(counted.reads).toBeLessThanOrEqual(2)
		expect(counted.most).toBe(1)
	})

	it('during a read costs exactly one more, which begins after it', async () => {
		const { world, tab } = await signedIn({ seed: 1, storeMs: 10 })
		const counted = countReads(tab)
		world.say(FORGED)
		while (counted.now === 0) await world.time.advance(0)
		for (let at = 0; at < 100; at++) world.say(FORGED)
		await world.time.advance(500)
		expect(counted).toMatchObject({ reads: 2, most: 1 })
	})

	it('that goes on keeps no call for a token waiting: it waits for a read that began after it, not for the end of the flood (I10)', async () => {
		const { world, tab } = await signedIn({ seed: 1, storeMs: 4, channelMs: 1 })
		const counted = countReads(tab)
		for (let calls = 0; calls < 5; calls++) {
			const token = vi.fn()
			const before = counted.reads
			tab.getAccessToken().then(token, token)
			await flood(world, () => token.mock.calls.length > 0, 2000)
			expect(token.mock.calls).toEqual([[expect.stringContaining('access-')]])
			expect(counted.reads - before).toBeLessThanOrEqual(8)
		}
		expect(counted.most).toBeLessThanOrEqual(2)
	})

	it('shares its reads between all calls that wait', async () => {
		const { world, tab } = await signedIn({ seed: 1, storeMs: 4, channelMs: 1 })
		const counted = countReads(tab)
		const token = vi.fn()
		for (let calls = 0; calls < 100; calls++) tab.getAccessToken().then(token, token)
		await flood(world, () => token.mock.calls.length === 100, 2000)
		expect(counted.reads).toBeLessThanOrEqual(8)
	})

	it('hides no sign-out: the tab stops handing out tokens (I2, I3)', async () => {
		const { world, tab } = await signedIn({ seed: 1, storeMs: 4, channelMs: 1 })
		const other = world.open('/')
		await world.time.advance(500)
		void other.signOut({ at: 'device' })
		await flood(world, () => tab.status() === 'unauthenticated', 2000)
		expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'signed-out', by: 'other-tab' }])
		const refused = expect(tab.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' })
		await world.time.advance(500)
		await refused
	})

	it('delays no renewal of an expired token', async () => {
		const { world, tab } = await signedIn({ seed: 1, storeMs: 4, channelMs: 1, session: { idle: false } })
		tab.hide()
		await world.time.advance(130_000)
		world.provider.counts.refresh = 0
		const token = vi.fn()
		tab.getAccessToken().then(token, token)
		await flood(world, () => token.mock.calls.length > 0, 5000)
		expect(token.mock.calls).toEqual([[expect.stringContaining('access-')]])
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
	})
})

describe('a flood of other messages', () => {
	it('that ask for a key is answered at intervals, and a tab that needs it still gets it (storage: tabs)', async () => {
		const { world, tab } = await signedIn({ session: { storage: 'tabs' } })
		const { id } = world.record() ?? {}
		const posted = world.messages.length
		await flood(world, () => false, 1000, { wantKey: id })
		expect(world.messages.slice(posted).filter(message => (message as { keyOf?: string }).keyOf === id).length).toBeLessThanOrEqual(7)
		const opened = world.open('/')
		await flood(world, () => opened.status() === 'authenticated', 1000, { wantKey: id })
		expect([tab.status(), opened.status()]).toEqual(['authenticated', 'authenticated'])
	})

	it('that bring forged keys is tried for a bounded number of them, each once', async () => {
		const world = createWorld({ session: { storage: 'tabs' } })
		const first = await world.signedIn('alice')
		first.freeze()
		const { id } = world.record() ?? {}
		const imported = vi.fn()
		const tab = world.open('/', {
			ports: ({ seal }) => ({
				seal: {
					...seal,
					importKey(raw) {
						imported(raw)
						return seal.importKey(raw)
					},
				},
			}),
		})
		await world.time.advance(100)
		for (let at = 0; at < 1000; at++) world.say({ keyOf: id, bytes: new Uint8Array(32).fill(200) })
		await world.time.advance(10)
		expect(imported).toHaveBeenCalledTimes(1)
		for (let at = 0; at < 5000; at++) {
			const bytes = new Uint8Array(32).fill(201)
			new DataView(bytes.buffer).setUint32(0, at)
			world.say({ keyOf: id, bytes })
		}
		await world.time.advance(10)
		expect(imported.mock.calls.length).toBeLessThanOrEqual(100)
		await world.time.advance(2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
	})

	it('about alerts costs a read of the audit log a second', async () => {
		const world = createWorld()
		const read = vi.fn(async () => undefined)
		const ledger: RecordStore = { ...createMemoryStore(), read, inMemory: true, interrupt() {} }
		world.open('/', { ledger })
		await world.time.advance(2000)
		read.mockClear()
		await flood(world, () => false, 3000, { alerts: 7 })
		expect(read.mock.calls.length).toBeLessThanOrEqual(6)
	})

	it.each([
		{ what: 'no object', message: 'text' },
		{ what: 'a revision that is no number', message: { revision: { of: 'another version' } } },
		{ what: 'a key that is wanted by no text', message: { wantKey: { toString: 7, valueOf: 7 } } },
		{ what: 'a key of no text', message: { keyOf: { toString: 7, valueOf: 7 }, bytes: new Uint8Array(32) } },
		{ what: 'alerts that are no number', message: { alerts: {} } },
		{ what: 'a monitor that never rests', message: { monitoring: 7, restMs: Number.NaN } },
	])('with $what changes nothing', async ({ message }) => {
		const { world, tab } = await signedIn({ session: { storage: 'tabs' } })
		await flood(world, () => false, 50, message)
		expect(tab.status()).toBe('authenticated')
		const [token] = await Promise.all([tab.getAccessToken(), world.time.advance(500)])
		expect(token).toContain('access-')
	})
})
