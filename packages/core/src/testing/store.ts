// The record's store as all tabs of an origin share it: serial transactions that take time, wait for frozen pages, and fail.
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

interface Transaction {
	readonly page: Page
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

export type Store = ReturnType<typeof createStore>

/**
 * @param delay ms that the next part of a transaction takes
 * @param reportDelay ms until the page gets to know of the next one that is over
 */
export function createStore(time: Time, delay: () => number, reportDelay: () => number) {
	const listeners: ((commit: Commit) => void)[] = []
	const queue: Transaction[] = []
	/** Those that are not over. */
	const open = new Set<Transaction>()
	let value: unknown
	/** Written with relaxed durability since the last strict write, and when. */
	let relaxed: { readonly value: unknown; readonly at: number }[] = []
	let durable: unknown
	let active: Transaction | undefined
	let trouble: StoreTrouble | undefined
	/** When something last went wrong, ms of the world's time. */
	let troubledAt = Number.NEGATIVE_INFINITY
	/** What becomes of the next writes: undone at their end, or done but reported as failed. */
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
			next = transaction.run(copy(value))
		} catch (error) {
			return finish(transaction, error)
		}
		if (next === undefined) return finish(transaction)
		// A page that is gone or frozen before this comes has written nothing.
		transaction.page.after(delay(), () => write(transaction, copy(next)))
	}

	function write(transaction: Transaction, next: unknown) {
		if (transaction.isOver) return
		const fate = writes.shift()
		if (fate === 'aborted') return finish(transaction, new Error(fate))
		const before = value
		value = next
		settle(next, transaction.strict)
		for (const listener of listeners) listener({ page: transaction.page, before, after: next, strict: transaction.strict })
		finish(transaction, fate && new Error(fate))
	}

	/** A strict write brings everything before it to the disk. */
	function settle(next: unknown, strict: boolean) {
		if (!strict) return void relaxed.push({ value: next, at: time.truth() })
		durable = next
		relaxed = []
	}

	/** What the page began is undone. */
	function forget(page: Page) {
		for (const transaction of open) if (transaction.page === page) finish(transaction, new Error('undone'))
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

	function transact(page: Page, isWrite: boolean, strict: boolean, run: Transaction['run']): Promise<void> {
		return new Promise((resolve, reject) => {
			const fail = (cause: unknown) => reject(new SessionError('storage_unavailable', { cause }))
			const transaction: Transaction = {
				page,
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

	return {
		/** The store as one page has it. */
		of(page: Page): RecordStore {
			page.atEnd(() => forget(page))
			return {
				inMemory: false,
				async read() {
					let found: unknown
					await transact(page, false, false, current => {
						found = current
					})
					return found
				},
				update: (change, strict) => transact(page, true, strict, current => change(current)),
				interrupt: () => forget(page),
			}
		},
		value: () => value,
		/** Another hand than the tabs' writes. */
		set(next: unknown) {
			value = copy(next)
			settle(value, true)
		},
		/** The user clears the site's data. */
		wipe() {
			value = undefined
			settle(value, true)
			if (active) finish(active, new Error('wiped'))
		},
		/** The machine loses its power: what was not on the disk yet is lost. */
		cutPower() {
			for (const write of relaxed) if (time.truth() - write.at >= FLUSH_MS) durable = write.value
			value = durable
			relaxed = []
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
		/** What becomes of the next write. */
		doom: (fate: 'aborted' | 'unreported') => void writes.push(fate),
		watch: (listener: (commit: Commit) => void) => void listeners.push(listener),
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
