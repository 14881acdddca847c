// The session record in IndexedDB, through idb-keyval over our own opening of the database: with durability, bounded, and never in the way of others.
import { get, type UseStore, update } from 'idb-keyval'
import { SessionError } from '../errors.ts'
import type { RecordStore } from './ports.ts'

const STORE = 'sessions'
/** ms a transaction may take before it is given up. */
const LIMIT_MS = 5000

/** What browsers throw where a page may have no database at all, as against one that is in trouble. */
const DENIED = /^(SecurityError|InvalidStateError|NotSupportedError)$/

type Durable = Pick<RecordStore, 'read' | 'update'>

/**
 * @param loadMemory this page's memory instead, for a session born where IndexedDB is not to be had
 * @param factory the page's own, unless it has been given another; looked at with each use, for that may throw
 */
export function createRecordStore(name: string, loadMemory: () => Promise<Durable>, factory = () => globalThis.indexedDB): RecordStore {
	let database: Promise<IDBDatabase> | undefined
	let memory: Promise<Durable> | undefined
	let opened = false
	const underWay = new Set<() => void>()

	const forget = () => {
		database = undefined
	}

	const open = (): Promise<IDBDatabase> =>
		new Promise((resolve, reject) => {
			const request = factory().open('tabsession')
			request.onupgradeneeded = () => request.result.createObjectStore(STORE)
			request.onerror = () => reject(request.error)
			request.onsuccess = () => {
				opened = true
				const { result } = request
				result.onclose = forget
				// Never stand in the way of an application that deletes the site's databases; reopen at the next use.
				result.onversionchange = () => {
					result.close()
					forget()
				}
				resolve(result)
			}
		})

	/** Runs one transaction; given up after the limit, so that nothing waits for a database that does not answer. */
	function bounded<T>(durability: IDBTransactionDurability, run: (use: UseStore) => Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			let transaction: IDBTransaction | undefined
			let isLate = false
			const abort = () => {
				isLate = true
				try {
					transaction?.abort()
				} catch {} // over already
			}
			const fail = (cause?: unknown) => reject(new SessionError('storage_unavailable', { cause }))
			const timer = setTimeout(() => {
				// A database that hangs while it opens is asked anew.
				forget()
				fail()
				abort()
			}, LIMIT_MS)
			underWay.add(abort)
			const use: UseStore = async (mode, callback) => {
				database ??= open()
				database.catch(forget)
				const db = await database
				if (isLate) throw new Error('given up')
				transaction = db.transaction(STORE, mode, { durability })
				return callback(transaction.objectStore(STORE))
			}
			run(use)
				.then(resolve, fail)
				.finally(() => {
					clearTimeout(timer)
					underWay.delete(abort)
				})
		})
	}

	/** IndexedDB, unless this page cannot have it: then its own memory, from the first use on. */
	async function choose<T>(durable: () => Promise<T>, inMemory: (store: Durable) => Promise<T>): Promise<T> {
		try {
			if (!memory && factory()) return await durable()
		} catch (error) {
			const { name, cause } = error as Error & { cause?: Error }
			if (opened || !DENIED.test(cause?.name ?? name)) throw error
		}
		memory ??= loadMemory()
		memory.catch(() => {
			memory = undefined
		})
		return inMemory(await memory)
	}

	return {
		get inMemory() {
			return !!memory
		},
		read: () =>
			choose(
				() => bounded('default', use => get(name, use)),
				store => store.read(),
			),
		update: (change, strict) =>
			choose(
				() => bounded(strict ? 'strict' : 'relaxed', use => update(name, current => change(current) ?? current, use)),
				store => store.update(change, strict),
			),
		interrupt() {
			for (const abort of underWay) abort()
		},
	}
}
