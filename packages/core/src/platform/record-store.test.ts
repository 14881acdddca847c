import { IDBDatabase as FakeDatabase, IDBObjectStore as FakeObjectStore, IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionError } from '../errors.ts'
import { createRecordStore } from './record-store.ts'

const unexpected = () => Promise.reject(new Error('memory was not to be used'))
const open = (name = 'shop') => createRecordStore(name, unexpected)
const add = (current: unknown) => ((current as number | undefined) ?? 0) + 1
const trouble = expect.objectContaining({ name: 'SessionError', code: 'storage_unavailable', retryable: true })

/** A request that is never answered. */
const silence = {}

afterEach(() => {
	vi.unstubAllGlobals()
	vi.restoreAllMocks()
	vi.useRealTimers()
})

describe('with IndexedDB', () => {
	beforeEach(() => {
		vi.stubGlobal('indexedDB', new IDBFactory())
	})

	it('has nothing at first', async () => {
		expect(await open().read()).toBeUndefined()
	})

	it('shows one tab what another has stored', async () => {
		const [tabA, tabB] = [open(), open()]
		await tabA.update(() => ({ revision: 1 }), true)
		expect(await tabB.read()).toEqual({ revision: 1 })
	})

	it('keeps the records of other names apart', async () => {
		await open('shop').update(() => 'of the shop', true)
		expect(await open('admin').read()).toBeUndefined()
	})

	it('gives a change what is stored now', async () => {
		const change = vi.fn(() => undefined)
		await open().update(() => 'before', true)
		await open().update(change, false)
		expect(change.mock.calls).toEqual([['before']])
	})

	it('loses no change of two tabs that make them at once: each is one transaction (I1, I2)', async () => {
		const tabs = [open(), open()]
		await Promise.all(Array.from({ length: 40 }, (_, index) => tabs[index % 2]?.update(add, index % 3 === 0)))
		expect(await open().read()).toBe(40)
	})

	it('lets only one of two tabs take what can be taken once (I1)', async () => {
		const taken: string[] = []
		const take = (tab: string) => (current: unknown) => {
			if (current) return undefined
			taken.push(tab)
			return tab
		}
		await Promise.all([open().update(take('a'), true), open().update(take('b'), true)])
		expect(taken).toEqual([await open().read()])
	})

	it('leaves the value alone if the change gives none', async () => {
		await open().update(() => 'before', true)
		await open().update(() => undefined, true)
		expect(await open().read()).toBe('before')
	})

	it('leaves the value alone if the change throws, and says so', async () => {
		await open().update(() => 'before', true)
		const failing = open().update(() => {
			throw new Error('a mistake')
		}, true)
		await expect(failing).rejects.toEqual(trouble)
		expect(await open().read()).toBe('before')
	})

	it.each([
		{ what: 'a strict update', run: () => open().update(add, true), durability: 'strict', mode: 'readwrite' },
		{ what: 'a relaxed update', run: () => open().update(add, false), durability: 'relaxed', mode: 'readwrite' },
		{ what: 'a read', run: () => open().read(), durability: 'default', mode: 'readonly' },
	])('asks for $durability durability in $what (I7)', async ({ run, durability, mode }) => {
		const transaction = vi.spyOn(FakeDatabase.prototype, 'transaction')
		await run()
		expect(transaction.mock.calls.at(-1)).toEqual(['sessions', mode, { durability }])
	})

	it('opens the database once', async () => {
		const opening = vi.spyOn(indexedDB, 'open')
		const store = open()
		await Promise.all([store.read(), store.update(add, true), store.read()])
		await store.read()
		expect(opening.mock.calls).toEqual([['tabsession', undefined]])
	})

	it('does not stand in the way of an application that deletes the database, and opens it anew', async () => {
		const store = open()
		await store.update(() => 'before', true)
		const deleted = await new Promise(resolve => {
			const deletion = indexedDB.deleteDatabase('tabsession')
			deletion.onsuccess = () => resolve('deleted')
			deletion.onblocked = () => resolve('blocked')
		})
		expect(deleted).toBe('deleted')
		expect(await store.read()).toBeUndefined()
		await store.update(() => 'after', true)
		expect(await store.read()).toBe('after')
	})

	it('opens the database anew after the browser has closed it', async () => {
		const transaction = vi.spyOn(FakeDatabase.prototype, 'transaction')
		const store = open()
		await store.update(() => 'before', true)
		const database = transaction.mock.contexts[0] as IDBDatabase
		database.close()
		database.onclose?.(new Event('close'))
		expect(await store.read()).toBe('before')
	})

	it('tries to open again after trouble, which is no reason for memory (I6)', async () => {
		const opening = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
			throw new DOMException('the disk is full', 'QuotaExceededError')
		})
		const store = open()
		await expect(store.read()).rejects.toEqual(trouble)
		expect(store.inMemory).toBe(false)
		opening.mockRestore()
		expect(await store.read()).toBeUndefined()
	})

	it.each(['SecurityError', 'InvalidStateError', 'NotSupportedError', 'UnknownError'])(
		'opens the database again at once where the first opening is refused with %s, and uses no memory then (I6)',
		async name => {
			vi.spyOn(indexedDB, 'open').mockImplementationOnce(() => {
				throw new DOMException('', name)
			})
			const store = open()
			expect(await store.read()).toBeUndefined()
			expect(store.inMemory).toBe(false)
		},
	)

	it.each(['SecurityError', 'UnknownError', 'InvalidStateError'])(
		'takes a refusal with %s after a success for trouble that passes (I6)',
		async name => {
			const store = open()
			await store.update(() => 'before', true)
			await new Promise(resolve => {
				indexedDB.deleteDatabase('tabsession').onsuccess = resolve
			})
			const opening = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
				throw new DOMException('', name)
			})
			await expect(store.update(add, true)).rejects.toEqual(trouble)
			opening.mockRestore()
			await store.update(add, true)
			expect(await store.read()).toBe(1)
		},
	)

	it.each([1, 7])('adds its object store to a database of its name that has none (version %s)', async version => {
		await new Promise<void>(resolve => {
			const opening = indexedDB.open('tabsession', version)
			opening.onsuccess = () => {
				opening.result.close()
				resolve()
			}
		})
		const [tabA, tabB] = [open(), open()]
		await Promise.all([tabA.update(add, true), tabB.update(add, true)])
		expect(await open().read()).toBe(2)
	})

	it('adds its object store though another page has that database open, which makes way', async () => {
		const other = await new Promise<IDBDatabase>(resolve => {
			const opening = indexedDB.open('tabsession', 1)
			opening.onsuccess = () => resolve(opening.result)
		})
		other.onversionchange = () => other.close()
		await open().update(() => 'kept', true)
		expect(await open().read()).toBe('kept')
	})

	it('does not go over to memory once it has opened, whatever is denied later', async () => {
		const store = open()
		await store.update(() => 'before', true)
		await new Promise(resolve => {
			indexedDB.deleteDatabase('tabsession').onsuccess = resolve
		})
		vi.spyOn(indexedDB, 'open').mockImplementation(() => {
			throw new DOMException('denied', 'SecurityError')
		})
		await expect(store.read()).rejects.toEqual(trouble)
		expect(store.inMemory).toBe(false)
	})
})

describe('interrupted, since the page is put to sleep (I3, I10)', () => {
	beforeEach(() => {
		vi.stubGlobal('indexedDB', new IDBFactory())
	})

	/** A page is frozen while its change is made: after the read, before what it puts is written. */
	const interrupted = (store: ReturnType<typeof open>, strict = true) =>
		store.update(() => {
			store.interrupt()
			return 'after'
		}, strict)

	it.each([true, false])('undoes the change that is under way, and says so (strict: %s)', async strict => {
		const store = open()
		await store.update(() => 'before', true)
		await expect(interrupted(store, strict)).rejects.toEqual(trouble)
		expect(await store.read()).toBe('before')
	})

	it('undoes a read that is under way', async () => {
		const transaction = vi.spyOn(FakeDatabase.prototype, 'transaction')
		const store = open()
		await store.read()
		const reading = store.read()
		await vi.waitFor(() => expect(transaction).toHaveBeenCalledTimes(2))
		store.interrupt()
		await expect(reading).rejects.toEqual(trouble)
	})

	it('undoes whatever is under way, the changes that wait for their turn too', async () => {
		const store = open()
		await store.update(() => 0, true)
		const work = [interrupted(store), store.update(add, true), store.read()]
		expect((await Promise.allSettled(work)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
		expect(await store.read()).toBe(0)
	})

	it('lets another tab at the record at once', async () => {
		const [frozen, other] = [open(), open()]
		await other.update(() => 0, true)
		const work = [interrupted(frozen).catch(() => {}), other.update(add, true)]
		await Promise.all(work)
		expect(await other.read()).toBe(1)
	})

	it('leaves alone what is over, and what another tab is at', async () => {
		const [frozen, other] = [open(), open()]
		await frozen.update(() => 0, true)
		await other.update(current => {
			frozen.interrupt()
			return add(current)
		}, true)
		expect(await frozen.read()).toBe(1)
	})

	it('works again afterwards, without opening the database anew', async () => {
		const opening = vi.spyOn(indexedDB, 'open')
		const store = open()
		await expect(interrupted(store)).rejects.toEqual(trouble)
		await store.update(() => 'again', true)
		expect(await store.read()).toBe('again')
		expect(opening).toHaveBeenCalledTimes(1)
	})
})

describe('with a connection that died without an event, as in WebKit', () => {
	beforeEach(() => {
		vi.stubGlobal('indexedDB', new IDBFactory())
	})

	const lost = () => new DOMException('Connection to Indexed Database server lost. Refresh the page to try again', 'UnknownError')

	/** From now on the connection that the store has fails: no transaction can be made (`throws`), or its requests fail (`rejects`). */
	async function withDeadConnection(how: 'throws' | 'rejects') {
		const make = FakeDatabase.prototype.transaction
		const transaction = vi.spyOn(FakeDatabase.prototype, 'transaction')
		const store = open()
		await store.update(() => 1, true)
		const [dead] = transaction.mock.contexts
		transaction.mockImplementation(function (this: InstanceType<typeof FakeDatabase>, ...args) {
			if (this !== dead) return make.apply(this, args)
			if (how === 'throws') throw lost()
			const request: { error: DOMException; onerror?: () => void } = { error: lost() }
			queueMicrotask(() => request.onerror?.())
			return { abort() {}, objectStore: () => ({ get: () => request }) } as never
		})
		return store
	}

	it.each(['throws', 'rejects'] as const)('opens the database anew and reads again (a request that %s)', async how => {
		const store = await withDeadConnection(how)
		expect(await store.read()).toBe(1)
	})

	it.each(['throws', 'rejects'] as const)(
		'opens the database anew and makes a change that was not begun (a request that %s)',
		async how => {
			const store = await withDeadConnection(how)
			await store.update(add, true)
			expect(await store.read()).toBe(2)
		},
	)

	it('repeats what several callers asked for at once, each change once', async () => {
		const store = await withDeadConnection('throws')
		await Promise.all([store.update(add, true), store.update(add, false), store.read(), store.update(add, true)])
		expect(await store.read()).toBe(4)
	})

	it('does not run a change a second time, since whether the first was made is unknown; the next use works (I1)', async () => {
		const store = open()
		await store.update(() => 1, true)
		const put = vi.spyOn(FakeObjectStore.prototype, 'put').mockImplementationOnce(() => {
			throw lost()
		})
		const change = vi.fn(add)
		await expect(store.update(change, true)).rejects.toEqual(trouble)
		expect(change).toHaveBeenCalledTimes(1)
		put.mockRestore()
		const opening = vi.spyOn(indexedDB, 'open')
		await store.update(change, true)
		expect(opening).toHaveBeenCalledTimes(1)
		expect(await store.read()).toBe(2)
	})

	it('gives up after the second failure, and tries again at the next use (I6)', async () => {
		const make = FakeDatabase.prototype.transaction
		const store = open()
		await store.update(() => 1, true)
		const transaction = vi.spyOn(FakeDatabase.prototype, 'transaction').mockImplementation(() => {
			throw lost()
		})
		await expect(store.read()).rejects.toEqual(trouble)
		expect(transaction).toHaveBeenCalledTimes(2)
		transaction.mockImplementation(make)
		expect(await store.read()).toBe(1)
		expect(store.inMemory).toBe(false)
	})

	it('leaves no connection behind that would stand in the way of an upgrade', async () => {
		const store = await withDeadConnection('throws')
		await store.read()
		const blocked = vi.fn()
		await new Promise(resolve => {
			const deletion = indexedDB.deleteDatabase('tabsession')
			deletion.onblocked = blocked
			deletion.onsuccess = resolve
		})
		expect(blocked).not.toHaveBeenCalled()
	})
})

describe('with a database that does not answer (I10)', () => {
	/** What has become of `work` by now. */
	async function watch(work: Promise<unknown>) {
		const seen = { settled: false }
		work.then(
			() => {},
			() => {
				seen.settled = true
			},
		)
		await vi.advanceTimersByTimeAsync(0)
		return seen
	}

	beforeEach(() => {
		vi.useFakeTimers()
	})

	it.each([
		{ what: 'read', run: () => open().read() },
		{ what: 'update', run: () => open().update(add, true) },
	])('gives up a $what after 5 s if it does not open', async ({ run }) => {
		vi.stubGlobal('indexedDB', { open: () => silence })
		const work = run()
		const seen = await watch(work)
		await vi.advanceTimersByTimeAsync(4999)
		expect(seen.settled).toBe(false)
		await vi.advanceTimersByTimeAsync(1)
		await expect(work).rejects.toEqual(trouble)
	})

	it('gives up a transaction after 5 s, and frees the other tabs of it', async () => {
		const transaction = { abort: vi.fn(), objectStore: () => ({ get: () => silence }) }
		const database = { transaction: () => transaction, objectStoreNames: { contains: () => true }, close: vi.fn() }
		const opening: { result: unknown; onsuccess?: () => void } = { result: database }
		vi.stubGlobal('indexedDB', { open: () => opening })
		const work = open().read()
		opening.onsuccess?.()
		const seen = await watch(work)
		await vi.advanceTimersByTimeAsync(4999)
		expect([seen.settled, transaction.abort.mock.calls.length]).toEqual([false, 0])
		await vi.advanceTimersByTimeAsync(1)
		await expect(work).rejects.toEqual(trouble)
		expect(transaction.abort).toHaveBeenCalledTimes(1)
	})

	it('leaves no timer behind once it has answered', async () => {
		vi.useRealTimers()
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
		vi.stubGlobal('indexedDB', {
			open: () => {
				throw new DOMException('', 'QuotaExceededError')
			},
		})
		await expect(open().read()).rejects.toEqual(trouble)
		await Promise.resolve()
		expect(vi.getTimerCount()).toBe(0)
	})
})

describe('without IndexedDB', () => {
	const memory = () => {
		let value: unknown
		return {
			read: vi.fn(async () => value),
			update: vi.fn(async (change: (current: unknown) => unknown) => {
				value = change(value) ?? value
			}),
		}
	}
	const failed = (error: Error) => ({
		open: () => {
			const request = { error, onerror: () => {} }
			queueMicrotask(() => request.onerror())
			return request
		},
	})
	const thrown = (name: string) => ({
		open: vi.fn(() => {
			throw new DOMException('', name)
		}),
	})

	it.each([
		{ why: 'there is none in this page', factory: undefined },
		{ why: 'the page may not have it, as in a sandboxed frame', factory: thrown('SecurityError') },
		{ why: 'the browser has none in a private window', factory: failed(new DOMException('', 'InvalidStateError')) },
		{ why: 'the browser does not support it here', factory: thrown('NotSupportedError') },
		{ why: 'all cookies are blocked, as Chromium has it', factory: failed(new DOMException('', 'UnknownError')) },
		{ why: 'the browser gives null for it, as Firefox may in frames of others', factory: null },
	])('uses this page’s memory if $why', async ({ factory }) => {
		if (factory !== undefined) vi.stubGlobal('indexedDB', factory)
		const store = createRecordStore('shop', async () => memory())
		expect(store.inMemory).toBe(false)
		await store.update(() => 'kept', true)
		expect(store.inMemory).toBe(true)
		expect(await store.read()).toBe('kept')
	})

	it('uses this page’s memory if even looking at it is refused', async () => {
		const refused = () => {
			throw new DOMException('', 'SecurityError')
		}
		const store = createRecordStore('shop', async () => memory(), refused)
		await store.update(() => 'kept', true)
		expect(await store.read()).toBe('kept')
	})

	it('uses no memory before the opening is refused twice', async () => {
		const factory = thrown('UnknownError')
		vi.stubGlobal('indexedDB', factory)
		const load = vi.fn(async () => {
			expect(factory.open).toHaveBeenCalledTimes(2)
			return memory()
		})
		await createRecordStore('shop', load).read()
		expect(load).toHaveBeenCalledTimes(1)
	})

	it('says what stands in the way of memory, and asks for IndexedDB again at the next use (I6)', async () => {
		vi.stubGlobal('indexedDB', thrown('UnknownError'))
		const why = new SessionError('storage_unavailable', { detail: 'refused' })
		const store = createRecordStore('shop', () => Promise.reject(why))
		await expect(store.read()).rejects.toBe(why)
		vi.stubGlobal('indexedDB', new IDBFactory())
		expect(await store.read()).toBeUndefined()
		expect(store.inMemory).toBe(false)
	})

	it('loads the memory once, and does not ask for IndexedDB again', async () => {
		const factory = thrown('SecurityError')
		vi.stubGlobal('indexedDB', factory)
		const load = vi.fn(async () => memory())
		const store = createRecordStore('shop', load)
		await Promise.all([store.read(), store.read(), store.update(add, true)])
		const asked = factory.open.mock.calls.length
		await store.read()
		expect(load).toHaveBeenCalledTimes(1)
		expect(factory.open).toHaveBeenCalledTimes(asked)
	})

	it('loads the memory again if it could not be loaded: a chunk that fails is trouble, not the end (I6)', async () => {
		vi.stubGlobal('indexedDB', thrown('SecurityError'))
		const load = vi.fn(async () => memory()).mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'))
		const store = createRecordStore('shop', load)
		await expect(store.read()).rejects.toThrow()
		expect(await store.read()).toBeUndefined()
	})

	it.each(['QuotaExceededError', 'AbortError', 'VersionError'])(
		'is not where IndexedDB is in trouble with %s: that may pass (I6)',
		async name => {
			vi.stubGlobal('indexedDB', failed(new DOMException('', name)))
			const store = open()
			await expect(store.read()).rejects.toEqual(trouble)
			expect(store.inMemory).toBe(false)
		},
	)
})
