// The store as all tabs of an origin share it: serial transactions that take time, wait for frozen pages, and fail. It has the record, and the
// ledger of alerts beside it.
import { SessionError } from '../errors.ts'
import type { RecordStore } from '../platform/ports.ts'
import type { Page } from './page.ts'
import type { Time } from './time.ts'

/** ms after which a page gives up on a transaction, as `platform/record-store.ts` does. */
const LIMIT_MS = 5000
/** ms for which a frozen page's open transaction holds up all others (measured in Chromium). */
const STALL_MS = 60_000
/** ms of a transaction that is in trouble: its page stands still. */
const SLOW_MS = 1000
/** ms after which the disk has what was written with relaxed durability. */
const FLUSH_MS = 20_000

/** What a store can suffer. `full`: no writes. `unreadable`: neither. `blocked`: no answer. */
export type StoreTrouble = 'full' | 'unreadable' | 'blocked'

export interface Commit {
	readonly page: Page
	readonly before: unknown
	readonly after: unknown
	readonly strict: boolean
}

/** One value of the store. */
interface Cell {
	value: unknown
	/** Written with relaxed durability since the last strict write, and when. */
	relaxed: { readonly value: unknown; readonly at: number }[]
	durable: unknown
}

interface Transaction {
	readonly page: Page
	readonly cell: Cell
	/** Runs in the page; the new value, or `undefined` to leave the old one. */
	readonly run: (value: unknown) => unknown
	readonly strict: boolean
	readonly isWrite: boolean
	readonly done: (error?: unknown) => void
	isOver: boolean
	/** When its turn came, ms of the world's time. */
	beganAt: number
	cancelStall(): void
}

type Asked = Pick<Transaction, 'page' | 'cell' | 'isWrite' | 'strict' | 'run'>

const blankCell = (): Cell => ({ value: undefined, relaxed: [], durable: undefined })

export type Store = ReturnType<typeof createStore>

/**
 * @param delay ms that the next part of a transaction takes
 * @param reportDelay ms until the page gets to know of the next one that is over
 */
export function createStore(time: Time, delay: () => number, reportDelay: () => number) {
	const listeners: ((commit: Commit) => void)[] = []
	const ledgerListeners: ((commit: Commit) => void)[] = []
	const queue: Transaction[] = []
	/** Those that are not over. */
	const open = new Set<Transaction>()
	const [record, ledger] = [blankCell(), blankCell()]
	let active: Transaction | undefined
	let trouble: StoreTrouble | undefined
	/** When something last went wrong, ms of the world's time. */
	let troubledAt = Number.NEGATIVE_INFINITY
	/** What becomes of the next writes of the record: undone at their end, or done but reported as failed. */
	const writes: ('aborted' | 'unreported')[] = []

	function finish(transaction: Transaction, error?: unknown) {
		if (transaction.isOver) return
		transaction.isOver = true
		open.delete(transaction)
		transaction.cancelStall()
		if (error || time.truth() - transaction.beganAt > SLOW_MS) troubledAt = time.truth()
		if (active === transaction) active = undefined
		transaction.done(error)
		proceed()
	}

	function proceed() {
		if (active || trouble === 'blocked') return
		active = queue.shift()
		while (active?.isOver) active = queue.shift()
		if (active) begin(active)
	}

	function begin(transaction: Transaction) {
		const { page } = transaction
		transaction.beganAt = time.truth()
		if (trouble === 'unreadable' || (trouble === 'full' && transaction.isWrite)) return finish(transaction, new Error(trouble))
		transaction.cancelStall = time.after(STALL_MS, () => finish(transaction, new Error('stalled')))
		page.after(delay(), () => read(transaction))
	}

	function read(transaction: Transaction) {
		if (transaction.isOver) return
		let next: unknown
		try {
			next = transaction.run(copy(transaction.cell.value))
		} catch (error) {
			return finish(transaction, error)
		}
		if (next === undefined) return finish(transaction)
		// A page that is gone or frozen before this comes has written nothing.
		transaction.page.after(delay(), () => write(transaction, copy(next)))
	}

	function write(transaction: Transaction, next: unknown) {
		if (transaction.isOver) return
		const { cell } = transaction
		const fate = cell === record ? writes.shift() : undefined
		if (fate === 'aborted') return finish(transaction, new Error(fate))
		const before = cell.value
		settle(cell, next, transaction.strict)
		for (const listener of cell === record ? listeners : ledgerListeners)
			listener({ page: transaction.page, before, after: next, strict: transaction.strict })
		finish(transaction, fate && new Error(fate))
	}

	/** A strict write brings everything before it to the disk. */
	function settle(cell: Cell, next: unknown, strict: boolean) {
		cell.value = next
		if (!strict) return void cell.relaxed.push({ value: next, at: time.truth() })
		cell.durable = next
		cell.relaxed = []
	}

	/** What the page began is undone; with one cell only. */
	function forget(page: Page, cell?: Cell) {
		for (const transaction of open)
			if (transaction.page === page && (cell ?? transaction.cell) === transaction.cell) finish(transaction, new Error('undone'))
	}

	/** A page's transactions begin, and it gets to know of them, in their order. */
	const inOrder = () => {
		const last = new WeakMap<Page, number>()
		return (page: Page, ms: number) => {
			const at = Math.max(time.elapsed() + ms, last.get(page) ?? 0)
			last.set(page, at)
			return at - time.elapsed()
		}
	}
	const beginning = inOrder()
	const reporting = inOrder()

	function transact({ page, cell, isWrite, strict, run }: Asked): Promise<void> {
		return new Promise((resolve, reject) => {
			const fail = (cause: unknown) => reject(new SessionError('storage_unavailable', { cause }))
			const transaction: Transaction = {
				page,
				cell,
				run,
				strict,
				isWrite,
				isOver: false,
				beganAt: Number.POSITIVE_INFINITY,
				cancelStall() {},
				// What the page is told has been so for a moment, and cannot be undone any more.
				done: error =>
					page.after(reporting(page, reportDelay()), () => {
						cancel()
						if (error) fail(error)
						else resolve()
					}),
			}
			const cancel = page.clock.after(LIMIT_MS, () => {
				finish(transaction, new Error('given up'))
				fail(new Error('given up'))
			})
			open.add(transaction)
			time.after(beginning(page, delay()), () => {
				// What still ran in a page that was killed begins nothing.
				if (transaction.isOver || page.isGone()) return
				queue.push(transaction)
				proceed()
			})
		})
	}

	/** One value as one page has it. */
	function view(page: Page, cell: Cell): RecordStore {
		page.atEnd(() => forget(page))
		return {
			inMemory: false,
			async read() {
				let found: unknown
				const run = (current: unknown) => {
					found = current
				}
				await transact({ page, cell, isWrite: false, strict: false, run })
				return found
			},
			update: (change, strict) => transact({ page, cell, isWrite: true, strict, run: change }),
			interrupt: () => forget(page, cell),
		}
	}

	return {
		/** The record as one page has it. */
		of: (page: Page): RecordStore => view(page, record),
		/** The ledger as one page has it. */
		ledgerOf: (page: Page): RecordStore => view(page, ledger),
		value: () => record.value,
		ledger: () => ledger.value,
		/** Another hand than the tabs' writes. */
		set: (next: unknown) => settle(record, copy(next), true),
		setLedger: (next: unknown) => settle(ledger, copy(next), true),
		/** The user clears the site's data. */
		wipe() {
			for (const cell of [record, ledger]) settle(cell, undefined, true)
			if (active) finish(active, new Error('wiped'))
		},
		/** The machine loses its power: what was not on the disk yet is lost. */
		cutPower() {
			for (const cell of [record, ledger]) {
				for (const write of cell.relaxed) if (time.truth() - write.at >= FLUSH_MS) cell.durable = write.value
				cell.value = cell.durable
				cell.relaxed = []
			}
		},
		fail(next: StoreTrouble | undefined) {
			if (trouble) troubledAt = time.truth()
			trouble = next
			proceed()
		},
		/** When something last went wrong, ms of the world's time. */
		troubledAt: () => (trouble || (active && !active.page.isRunning()) ? time.truth() : troubledAt),
		/** No more trouble, now or later. */
		heal() {
			writes.length = 0
			if (trouble) troubledAt = time.truth()
			trouble = undefined
			proceed()
		},
		/** What becomes of the next write of the record. */
		doom: (fate: 'aborted' | 'unreported') => void writes.push(fate),
		/** Told of every commit of the record. */
		watch: (listener: (commit: Commit) => void) => void listeners.push(listener),
		watchLedger: (listener: (commit: Commit) => void) => void ledgerListeners.push(listener),
	}
}

// Jest's jsdom has none, and the stories ask whether a key is one.
globalThis.CryptoKey ??= class CryptoKey {} as unknown as typeof globalThis.CryptoKey

/** The stand-in for a CryptoKey: the real class, which nobody can construct. */
export const fakeKey = Object.create(CryptoKey.prototype) as CryptoKey

/** As structured cloning does, but keeps the key's identity. */
function copy<T>(value: T): T {
	if (value instanceof CryptoKey || typeof value !== 'object' || value === null) return value
	if (Array.isArray(value)) return value.map(copy) as T
	const made: Record<string, unknown> = {}
	for (const key in value) made[key] = copy(value[key])
	return made as T
}
