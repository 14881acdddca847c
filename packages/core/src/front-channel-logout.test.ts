import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { having } from '../test/fixtures.ts'
import { type FrontChannelLogoutOptions, handleFrontChannelLogout } from './front-channel-logout.ts'
import { createRecordStore } from './platform/record-store.ts'
import { FORMAT, recordName, type SessionRecord } from './policy/record.ts'

const options = { authority: 'https://id.example', clientId: 'shop' }
const name = recordName(options)
const unexpected = () => Promise.reject(new Error('memory was not to be used'))

/** Alice's session at the provider is `s1`; a key is no part of it here, for nothing is opened. */
const alices = having({ sid: 's1' })

/** What one storage partition of the origin has. */
function partition() {
	const factory = new IDBFactory()
	const store = createRecordStore(name, unexpected, () => factory)
	const items = new Map([[name, 'Alice'] as const])
	const posted: unknown[] = []
	const opened: string[] = []
	return {
		factory,
		store,
		items,
		posted,
		opened,
		localStorage: { removeItem: (item: string) => void items.delete(item) } as unknown as Storage,
		Channel: class {
			readonly postMessage = (message: unknown) => void posted.push(message)
			constructor(channelName: string) {
				opened.push(channelName)
			}
			close() {}
		},
		record: async () => (await store.read()) as SessionRecord,
	}
}

type Partition = ReturnType<typeof partition>

/** The page that the provider loads, in the partition that it has by itself. */
function embed({ factory, localStorage, Channel }: Partition, query: string, requestStorageAccess?: unknown) {
	vi.stubGlobal('window', { location: { href: `https://app.example/logged-out.html${query}` } })
	vi.stubGlobal('indexedDB', factory)
	vi.stubGlobal('localStorage', localStorage)
	vi.stubGlobal('BroadcastChannel', Channel)
	vi.stubGlobal('document', { requestStorageAccess })
}

const load = (more: Partial<FrontChannelLogoutOptions> = {}) => handleFrontChannelLogout({ ...options, ...more })

/** Gives the storage of `from`, as Chrome does. */
const giving = (from: Partition) =>
	vi.fn(async () => ({
		indexedDB: from.factory,
		localStorage: from.localStorage,
		BroadcastChannel: (channelName: string) => new from.Channel(channelName),
	}))

const MEANT = '?iss=https://id.example&sid=s1'

let real: Partition

beforeEach(async () => {
	real = partition()
	await real.store.update(() => alices, true)
})

afterEach(() => {
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

describe('a front-channel logout', () => {
	it('ends the session by one commit, takes the hint of the first frame away, and tells every tab (I2, I3)', async () => {
		embed(real, MEANT)
		expect(await load()).toBe(true)
		const record = await real.record()
		expect(record).toMatchObject({ revision: 8, id: alices.id, living: undefined, end: { reason: 'signed-out-at-provider' } })
		expect(record.highTime).toBe(record.end?.at)
		expect(real.opened).toEqual([name])
		expect(real.posted).toEqual([{ revision: 8 }])
		expect(real.items.has(name)).toBe(false)
	})

	it.each([
		{ why: 'the issuer is another', query: '?iss=https://evil.example&sid=s1' },
		{ why: 'the issuer’s name only begins like ours', query: '?iss=https://id.example.evil.example&sid=s1' },
		{ why: 'the session is another', query: '?iss=https://id.example&sid=s2' },
		{ why: 'no session is named', query: '?iss=https://id.example' },
		{ why: 'the session’s name is empty', query: '?iss=https://id.example&sid=' },
		{ why: 'no issuer is named', query: '?sid=s1' },
		{ why: 'nothing is named', query: '' },
	])('does nothing if $why: anybody may load the page', async ({ query }) => {
		embed(real, query, giving(real))
		expect(await load()).toBe(false)
		expect(await real.record()).toEqual(alices)
		expect(real.posted).toEqual([])
		expect(real.items.has(name)).toBe(true)
	})

	it.each([
		{ authority: 'https://id.example/', iss: 'https://id.example', more: {} },
		{ authority: 'https://id.example', iss: 'https://id.example/', more: {} },
		{ authority: 'https://id.example', iss: 'https://sts.example/t1', more: { issuer: 'https://sts.example/t1' } },
		{ authority: 'https://id.example', iss: 'https://sts.example/t1', more: { issuer: (iss: string) => iss.endsWith('/t1') } },
	])('is of this provider: authority $authority, iss $iss', async ({ authority, iss, more }) => {
		const factory = new IDBFactory()
		await createRecordStore(recordName({ ...options, authority }), unexpected, () => factory).update(() => alices, true)
		embed({ ...real, factory }, `?iss=${iss}&sid=s1`)
		expect(await load({ authority, ...more })).toBe(true)
	})

	it.each([
		{ why: 'the issuer has another name of its own', issuer: 'https://sts.example' },
		{ why: 'the predicate refuses it', issuer: () => false },
		{
			why: 'the predicate fails',
			issuer: () => {
				throw new Error('of the application')
			},
		},
	])('is not of this provider if $why', async ({ issuer }) => {
		embed(real, MEANT)
		expect(await load({ issuer })).toBe(false)
		expect(await real.record()).toEqual(alices)
	})

	it.each([
		{ why: 'there has been none', record: undefined },
		{ why: 'it has ended, for its one reason (I8)', record: { ...alices, living: undefined, end: { reason: 'idle', at: 1, tab: 'a' } } },
		{ why: 'the provider named none at sign-in', record: having({}) },
		{ why: 'what is stored is no record', record: 'of another age' },
	])('ends no session if $why', async ({ record }) => {
		const other = partition()
		if (record) await other.store.update(() => record, true)
		embed(other, MEANT)
		expect(await load()).toBe(false)
		expect(await other.store.read()).toEqual(record)
	})

	it('ends a session of the next version of the application, of which all else is kept', async () => {
		const newer = { ...alices, format: FORMAT + 1, vault: 'of tomorrow' }
		await real.store.update(() => newer, true)
		embed(real, MEANT)
		expect(await load()).toBe(true)
		expect(await real.record()).toMatchObject({ format: FORMAT + 1, vault: 'of tomorrow', end: { reason: 'signed-out-at-provider' } })
	})

	it('never runs backwards: the end is no earlier than what the record has seen (I4)', async () => {
		embed(real, MEANT)
		vi.spyOn(Date, 'now').mockReturnValue(alices.highTime - 3_600_000)
		expect(await load()).toBe(true)
		expect((await real.record()).end?.at).toBe(alices.highTime)
	})

	it('does without a channel and without web storage: the tabs find the end by reading', async () => {
		embed(real, MEANT)
		const refuse = () => {
			throw new DOMException('', 'SecurityError')
		}
		vi.stubGlobal('localStorage', { removeItem: refuse })
		vi.stubGlobal('BroadcastChannel', undefined)
		expect(await load()).toBe(true)
		expect((await real.record()).end).toBeDefined()
	})

	it('does nothing where there is no page, or no IndexedDB', async () => {
		expect(await load()).toBe(false)
		embed(real, MEANT)
		vi.stubGlobal('indexedDB', undefined)
		expect(await load()).toBe(false)
	})
})

describe('in a page that another site embeds, whose storage is apart', () => {
	it('asks for the real storage, and ends the session there', async () => {
		const own = partition()
		const access = giving(real)
		embed(own, MEANT, access)
		expect(await load()).toBe(true)
		expect(access).toHaveBeenCalledExactlyOnceWith({ indexedDB: true, BroadcastChannel: true, localStorage: true })
		expect((await real.record()).end).toMatchObject({ reason: 'signed-out-at-provider' })
		expect([real.posted, real.opened, own.posted]).toEqual([[{ revision: 8 }], [name], []])
		expect([real.items.has(name), own.items.has(name)]).toEqual([false, true])
	})

	it('asks too where the page’s own storage is denied', async () => {
		const denied = {
			open: () => {
				throw new DOMException('', 'SecurityError')
			},
		} as unknown as IDBFactory
		embed({ ...partition(), factory: denied }, MEANT, giving(real))
		expect(await load()).toBe(true)
	})

	it.each([
		{ why: 'it has no such thing', access: undefined },
		{ why: 'it refuses', access: () => Promise.reject(new DOMException('', 'NotAllowedError')) },
		{ why: 'it gives cookies only', access: async () => undefined },
		{
			why: 'it fails at once',
			access: () => {
				throw new TypeError('of another browser')
			},
		},
	])('leaves the session to its next renewal if $why', async ({ access }) => {
		embed(partition(), MEANT, access)
		expect(await load()).toBe(false)
		expect(await real.record()).toEqual(alices)
	})

	it('does not wait for ever for a browser that does not answer (I10)', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
		let handled: Promise<boolean> | undefined
		await new Promise<void>(asked => {
			embed(partition(), MEANT, () => {
				asked()
				return new Promise(() => {})
			})
			handled = load()
		})
		await vi.advanceTimersByTimeAsync(5000)
		expect(await handled).toBe(false)
	})
})
