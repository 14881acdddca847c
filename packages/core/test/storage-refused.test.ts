// A browser that refuses storage and what goes with it, as where all cookies are blocked: each facility is missing, throws, rejects or hangs,
// alone and all together. The adapters of the platform are the real ones.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionError } from '../src/errors.ts'
import { createChannel } from '../src/platform/channel.ts'
import { locks } from '../src/platform/locks.ts'
import { createNote } from '../src/platform/note.ts'
import { createRecordStore } from '../src/platform/record-store.ts'
import { createWorld, type OpenOptions, type TabOptions, type TestTab, type World } from '../src/testing/index.ts'

type Way = 'missing' | 'throws' | 'rejects' | 'hangs'

const denied = (name = 'SecurityError') => new DOMException('denied', name)
const refuse = (): never => {
	throw denied()
}
const forever = new Promise<never>(() => {})

/** An IndexedDB that answers no page. */
const factories: Record<Way, IDBFactory | undefined> = {
	missing: undefined,
	throws: { open: refuse } as unknown as IDBFactory,
	rejects: {
		open() {
			const request = { error: denied('UnknownError'), onerror() {} }
			queueMicrotask(() => request.onerror())
			return request
		},
	} as unknown as IDBFactory,
	hangs: { open: () => ({}) } as unknown as IDBFactory,
}

const lockManagers: Record<Way, object> = {
	missing: {},
	throws: {
		get locks() {
			return refuse()
		},
	},
	rejects: { locks: { request: () => Promise.reject(denied()) } },
	hangs: { locks: { request: () => forever } },
}

/** A channel has no promise: one that `rejects` takes no message, one that `hangs` brings none. */
const channels: Record<Way, unknown> = {
	missing: undefined,
	throws: class {
		constructor() {
			refuse()
		}
	},
	rejects: class {
		postMessage = () => {
			throw denied('InvalidStateError')
		}
		close() {}
	},
	hangs: class {
		postMessage() {}
		close() {}
	},
}

/** Web storage has no promise either: one that `rejects` can be looked at and takes nothing, one that `hangs` forgets everything. */
const storages: Record<Way, object> = {
	missing: {},
	throws: {
		get localStorage() {
			return refuse()
		},
		get sessionStorage() {
			return refuse()
		},
	},
	rejects: { localStorage: storageThat(refuse), sessionStorage: storageThat(refuse) },
	hangs: { localStorage: storageThat(() => {}), sessionStorage: storageThat(() => {}) },
}

function storageThat(setItem: () => void) {
	return { getItem: () => null, setItem, removeItem() {} }
}

const facilities: Record<string, (way: Way) => TabOptions['ports']> = {
	IndexedDB: way => (_world, loadMemory) => ({ store: createRecordStore('session', loadMemory, () => factories[way] as IDBFactory) }),
	'web storage': way => () => {
		vi.stubGlobal('window', storages[way])
		const [hint, landing, stray] = [
			createNote('localStorage', 'session'),
			createNote('sessionStorage', 'session:landing'),
			createNote('localStorage', 'stray'),
		]
		return { hint, landing, stray, tabKey: createNote('sessionStorage', 'key'), requests: createNote('sessionStorage', 'requests') }
	},
	BroadcastChannel: way => () => {
		vi.stubGlobal('BroadcastChannel', channels[way])
		return { channel: createChannel('session') }
	},
	'Web Locks': way => () => {
		vi.stubGlobal('navigator', lockManagers[way])
		return { locks }
	},
	WebCrypto:
		way =>
		({ seal }) => {
			const refused = <T>(): Promise<T> =>
				way === 'throws' ? refuse() : way === 'hangs' ? forever : Promise.reject(denied('OperationError'))
			return {
				seal: { ...seal, importKey: refused, seal: refused },
				unseal: { supported: () => way !== 'missing', open: refused },
			}
		},
}

/** Every facility in the same way at once; WebCrypto is no storage. */
const everything =
	(way: Way): TabOptions['ports'] =>
	(world, loadMemory) =>
		Object.assign(
			{},
			...Object.entries(facilities)
				.filter(([name]) => name !== 'WebCrypto')
				.map(([, make]) => make(way)?.(world, loadMemory)),
		)

const WAYS: readonly Way[] = ['missing', 'throws', 'rejects', 'hangs']

/** Time passes for the world and for the adapters. */
async function pass(world: World, ms: number) {
	for (let left = ms; left > 0; left -= 250) {
		await world.time.advance(250)
		await vi.advanceTimersByTimeAsync(250)
	}
}

/** What has become of a promise by now. */
function watched<T>(work: Promise<T>) {
	const seen: { value: T | undefined; error: SessionError | undefined; isOver: boolean } = {
		value: undefined,
		error: undefined,
		isOver: false,
	}
	work.then(
		value => Object.assign(seen, { value, isOver: true }),
		error => Object.assign(seen, { error, isOver: true }),
	)
	return seen
}

async function openWith(ports: TabOptions['ports'], { world = createWorld(), ...options }: OpenOptions & { world?: World } = {}) {
	const tab = world.open('/cart', { ...options, ports })
	const started = watched(tab.start())
	await pass(world, 15_000)
	return { world, tab, started }
}

/** The user signs in in a popup, whose callback page hands the response over. */
async function signInByPopup(world: World, tab: TestTab) {
	const signedIn = watched(tab.signIn({ method: 'popup' }))
	await pass(world, 2000)
	const { url } = tab.popups.at(-1) ?? {}
	if (url) world.handOver(world.provider.signIn('alice', new URL(url)))
	await pass(world, 3000)
	return signedIn
}

const isSessionError = (error: unknown) => error === undefined || error instanceof SessionError

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

describe.each(WAYS)('a facility of the browser that is there but refuses (%s)', way => {
	it.each(Object.keys(facilities))(
		'%s: start() settles, and no public method leaves a promise pending or a raw error (I10)',
		async name => {
			const { world, tab, started } = await openWith(facilities[name]?.(way))
			expect(started).toMatchObject({ isOver: true, error: undefined })
			expect(tab.status()).toBe('unauthenticated')
			const calls = {
				popup: await signInByPopup(world, tab),
				token: watched(tab.getAccessToken()),
				renewal: watched(tab.renew()),
				fetch: watched(tab.fetch('https://app.example/api/orders')),
				stay: watched(tab.stay()),
				retry: watched(tab.retry()),
			}
			await pass(world, 1000)
			// Where the sign-in is what is tried again, its user gives up.
			for (const popup of tab.popups) popup.leave()
			await pass(world, 90_000)
			const signOut = watched(tab.signOut())
			await pass(world, 60_000)
			for (const [call, { isOver, error }] of Object.entries({ ...calls, signOut })) {
				expect(isOver, call).toBe(true)
				expect(isSessionError(error), `${call}: ${error}`).toBe(true)
			}
			expect(isSessionError(tab.getSnapshot().error)).toBe(true)
		},
	)

	it.each(['web storage', 'BroadcastChannel', 'Web Locks'].filter(name => name !== 'Web Locks' || way !== 'hangs'))(
		'%s: a sign-in and all that follows work without it',
		async name => {
			const { world, tab } = await openWith(facilities[name]?.(way))
			expect(await signInByPopup(world, tab)).toMatchObject({ isOver: true, error: undefined })
			expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
			const renewal = watched(tab.renew())
			await pass(world, 3000)
			expect(renewal).toMatchObject({ isOver: true, error: undefined })
			expect(world.provider.counts.refresh).toBe(1)
			const response = watched(tab.fetch('https://app.example/api/orders'))
			await pass(world, 1000)
			expect(response.value?.status).toBe(200)
			void tab.signOut({ at: 'device' })
			await pass(world, 1000)
			expect(tab.status()).toBe('unauthenticated')
		},
	)
})

describe.each(WAYS.filter(way => way !== 'hangs'))('a browser that refuses all storage (%s)', way => {
	it('starts signed out in memory mode, and says so in one event', async () => {
		const { tab } = await openWith(everything(way))
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
		expect(tab.eventsOf('memoryMode')).toHaveLength(1)
	})

	it('signs in by popup, hands out tokens, renews and signs out', async () => {
		const { world, tab } = await openWith(everything(way))
		expect(await signInByPopup(world, tab)).toMatchObject({ isOver: true, error: undefined })
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		const renewal = watched(tab.renew())
		await pass(world, 3000)
		expect(renewal).toMatchObject({ isOver: true, error: undefined })
		const token = watched(tab.getAccessToken())
		await pass(world, 1000)
		expect(typeof token.value).toBe('string')
		void tab.signOut({ at: 'device' })
		await pass(world, 1000)
		expect(tab.status()).toBe('unauthenticated')
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('refuses a redirect sign-in before the page is left, since its verifier could not be kept, and names the popup', async () => {
		const { world, tab } = await openWith(everything(way))
		const signIn = watched(tab.signIn())
		await pass(world, 5000)
		expect(signIn.error).toMatchObject({ code: 'storage_unavailable', detail: expect.stringContaining('popup') })
		expect(tab.visited).toEqual([])
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		expect(await signInByPopup(world, tab)).toMatchObject({ isOver: true, error: undefined })
		expect(tab.status()).toBe('authenticated')
	})

	it('leaves for no silent sign-in either', async () => {
		const { tab, started } = await openWith(everything(way), { options: { sso: 'redirect' } })
		expect(started).toMatchObject({ isOver: true, error: undefined })
		expect(tab.visited).toEqual([])
		expect(tab.status()).toBe('unauthenticated')
	})
})

describe('a browser whose storage never answers', () => {
	it('shows trouble, uses no memory, and goes on once it answers (I6)', async () => {
		const { tab } = await openWith(everything('hangs'))
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable', retryable: true } })
		expect(tab.eventsOf('memoryMode')).toEqual([])
		expect(tab.platform.store.inMemory).toBe(false)
	})
})

describe('IndexedDB that is refused from the start, where the tab can keep notes', () => {
	const ports = facilities['IndexedDB']?.('rejects')

	it('signs in by redirect: the verifier is kept for the tab', async () => {
		const { world, tab } = await openWith(ports)
		void tab.signIn()
		await pass(world, 2000)
		const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ports, ownNotes: tab.ownNotes })
		await pass(world, 3000)
		expect(back.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		expect(back.eventsOf('memoryMode')).toHaveLength(1)
	})

	it.each(['device', 'tabs'] as const)(
		'leaves no first-frame hint and no key of a session that is gone with its page, which would keep the next page from memory (storage: %s)',
		async storage => {
			const { world, tab } = await openWith(ports, { options: { storage } })
			await signInByPopup(world, tab)
			expect(tab.status()).toBe('authenticated')
			expect([world.localNotes.get('hint'), tab.ownNotes.get('hint'), tab.ownNotes.get('key')]).toEqual([undefined, undefined, undefined])
			tab.crash()
			const reloaded = world.open('/', { ports, ownNotes: tab.ownNotes, options: { storage } })
			await pass(world, 3000)
			expect(reloaded.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
		},
	)
})

describe('a session whose IndexedDB is refused', () => {
	/** The tab's store is refused until `grant()`. */
	function refusable(world: World) {
		const state = { isRefused: true }
		const ports: TabOptions['ports'] = ({ store }, loadMemory) => {
			const refused = createRecordStore('session', loadMemory, () => factories.rejects as IDBFactory)
			const current = () => (state.isRefused ? refused : store)
			return {
				store: {
					get inMemory() {
						return current().inMemory
					},
					read: () => current().read(),
					update: (change, strict) => current().update(change, strict),
					interrupt: () => current().interrupt(),
				},
			}
		}
		return { world, ports, grant: () => Object.assign(state, { isRefused: false }) }
	}

	it('is trouble while its first-frame hint can be read, never absence, and goes on once it is granted (I6)', async () => {
		const { world, ports, grant } = refusable(createWorld())
		await world.signedIn('alice')
		const { tab } = await openWith(ports, { world })
		expect(tab.getSnapshot()).toMatchObject({ error: { code: 'storage_unavailable' } })
		expect(tab.eventsOf('memoryMode')).toEqual([])
		expect(tab.eventsOf('ended')).toEqual([])
		grant()
		await pass(world, 2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
	})

	it('is trouble for a tab with a key of it (storage: tabs)', async () => {
		const { world, ports, grant } = refusable(createWorld({ session: { storage: 'tabs', firstFrame: false } }))
		const first = await world.signedIn('alice')
		first.crash()
		const { tab } = await openWith(ports, { world, ownNotes: first.ownNotes })
		expect(tab.eventsOf('memoryMode')).toEqual([])
		grant()
		await pass(world, 2000)
		expect(tab.status()).toBe('authenticated')
	})

	it('is trouble for the response to a sign-in that IndexedDB remembers, which is exchanged once it is granted', async () => {
		const { world, ports, grant } = refusable(createWorld())
		const before = world.open('/cart')
		await pass(world, 500)
		void before.signIn()
		await pass(world, 500)
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		before.crash()
		const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ports, ownNotes: before.ownNotes })
		await pass(world, 3000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		expect(tab.eventsOf('memoryMode')).toEqual([])
		grant()
		void tab.retry()
		await pass(world, 3000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
	})

	it('is in memory where the hint is past its deadline or unreadable', async () => {
		for (const note of ['{"user":{"sub":"alice"},"until":1}', 'garbage', '7', '{"user":7,"until":null}']) {
			const world = createWorld()
			world.localNotes.set('hint', note)
			const { tab } = await openWith(facilities['IndexedDB']?.('rejects'), { world })
			expect(tab.eventsOf('memoryMode'), note).toHaveLength(1)
		}
	})
})
