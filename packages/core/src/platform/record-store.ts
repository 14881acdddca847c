// The session record in IndexedDB, through idb-keyval over our own opening of the database: with durability, bounded, and never in the way of others.
import { promisifyRequest } from 'idb-keyval'
import { SessionError } from '../errors.ts'
import type { RecordStore } from './ports.ts'

const STORE = 'sessions'
/** ms a transaction may take before it is given up. */
const LIMIT_MS = 5000

/** How a browser refuses a page any database, or has none: Chromium says `UnknownError` where cookies are blocked. May be passing trouble too. */
const REFUSED = /^(Security|InvalidState|NotSupported|Unknown|Type)Error$/

type Durable = Pick<RecordStore, 'read' | 'update'>
type Change = (current: unknown) => unknown

/**
 * @param loadMemory this page's memory instead, once the first opening is refused twice; rejects where there may be a record all the same
 * @param factory the page's own, unless it has been given another; looked at with each use, for that may throw
 */
export function createRecordStore(name: string, loadMemory: () => Promise<Durable>, factory = () => globalThis.indexedDB): RecordStore {
	let database: Promise<IDBDatabase> | undefined
	let memory: Promise<Durable> | undefined
	let opened = false
	const underWay = new Set<() => void>()

	/** Makes the next use open the database anew. */
	function drop(connection: typeof database) {
		if (connection === database) database = undefined
		connection?.then(
			db => db.close(),
			() => {},
		)
	}

	async function open(version?: number): Promise<IDBDatabase> {
		const request = factory().open('tabsession', version)
		request.onupgradeneeded = () => request.result.createObjectStore(STORE)
		const result = await promisifyRequest(request)
		opened = true
		// Never stand in the way of an application that deletes the site's databases; reopen at the next use.
		result.onclose = result.onversionchange = () => {
			result.close()
			database = undefined
		}
		if (result.objectStoreNames.contains(STORE)) return result
		// Something else has made a database of this name.
		result.close()
		return open(result.version + 1)
	}

	/**
	 * Runs one transaction; given up after the limit, so that nothing waits for a database that does not answer. A connection can be dead
	 * without an event (WebKit): a transaction that fails costs the connection, and is repeated once if it has changed nothing.
	 */
	function bounded(durability: IDBTransactionDurability, change?: Change): Promise<unknown> {
		return new Promise((resolve, reject) => {
			let transaction: IDBTransaction | undefined
			let connection: typeof database
			let isLate = false
			let hasRun = false
			const abort = () => {
				isLate = true
				try {
					transaction?.abort()
				} catch {} // over already
			}
			const fail = (cause?: unknown) => reject(new SessionError('storage_unavailable', { cause }))
			const timer = setTimeout(() => {
				// A database that hangs while it opens is asked anew.
				drop(connection)
				fail()
				abort()
			}, LIMIT_MS)
			underWay.add(abort)
			const run = async () => {
				connection = database ??= open()
				const db = await connection
				if (isLate) throw new Error('given up')
				transaction = db.transaction(STORE, change ? 'readwrite' : 'readonly', { durability })
				const records = transaction.objectStore(STORE)
				const current = await promisifyRequest<unknown>(records.get(name))
				if (!change) return current
				hasRun = true
				records.put(change(current) ?? current, name)
				return promisifyRequest(transaction)
			}
			const attempt = () =>
				run().catch(error => {
					if (!isLate) drop(connection)
					throw error
				})
			attempt()
				.catch(error => (isLate || hasRun ? fail(error) : attempt()))
				.then(resolve, fail)
				.finally(() => {
					clearTimeout(timer)
					underWay.delete(abort)
				})
		})
	}

	/** One transaction in IndexedDB, or in this page's memory if IndexedDB is refused from the start. A refusal after a success is trouble (I6). */
	async function transact(durability: IDBTransactionDurability, change?: Change): Promise<unknown> {
		try {
			if (!memory) return await bounded(durability, change)
		} catch (error) {
			if (opened || !REFUSED.test(((error as Error).cause as Error | undefined)?.name ?? '')) throw error
		}
		memory ??= loadMemory()
		memory.catch(() => {
			memory = undefined
		})
		const store = await memory
		return change ? store.update(change, true) : store.read()
	}

	return {
		get inMemory() {
			return !!memory
		},
		read: () => transact('default'),
		update: (change, strict) => transact(strict ? 'strict' : 'relaxed', change) as Promise<void>,
		interrupt() {
			for (const abort of underWay) abort()
		},
	}
}
