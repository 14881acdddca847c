// The store as one page has it: with hooks at its callbacks, or as the next version of the application.
import type { RecordStore } from '../platform/ports.ts'
import { FORMAT, type SessionRecord } from '../policy/record.ts'

export interface StoreHooks {
	/** Runs between a read transaction and its callback. */
	readonly onRead?: (record: SessionRecord | undefined) => void
	/** Runs between a read-write transaction and its callback, and may fail it. */
	readonly onUpdate?: (record: SessionRecord | undefined) => void
}

/** Between a transaction and its callback: where a page freezes at the worst moment. */
export function hooked(base: RecordStore, enter: (task: () => void) => void, { onRead, onUpdate }: StoreHooks) {
	if (!onRead && !onUpdate) return base
	const running = () => new Promise<void>(resolve => enter(resolve))
	const hookedStore: RecordStore = {
		inMemory: false,
		async read() {
			const value = await base.read()
			onRead?.(value as SessionRecord)
			await running()
			return value
		},
		async update(change, strict) {
			let left: unknown
			await base.update(current => {
				const next = change(current)
				left = next ?? current
				return next
			}, strict)
			onUpdate?.(left as SessionRecord)
			await running()
		},
		interrupt: base.interrupt,
	}
	return hookedStore
}

/** A page of the next version reads both formats and writes its own, once no renewal is under way. */
export function ofNextVersion(base: RecordStore): RecordStore {
	const down = (value: unknown) => {
		const record = value as SessionRecord | undefined
		return record && record.format === FORMAT + 1 ? { ...record, format: FORMAT } : value
	}
	return {
		inMemory: false,
		read: async () => down(await base.read()),
		update: (change, strict) =>
			base.update(current => {
				const next = change(down(current)) as SessionRecord | undefined
				const { format = FORMAT } = (current ?? {}) as Partial<SessionRecord>
				// A renewal under way may be an older page's, which could not store its answer any more.
				const isUnderWay = next?.living?.intent || next?.living?.pending
				return next && { ...next, format: isUnderWay ? format : FORMAT + 1 }
			}, strict),
		interrupt: base.interrupt,
	}
}
