import type { Note, RecordStore } from './ports.ts'

/** One page's memory. Sign-ins under way are kept for the tab, or no redirect could ever come back; of anything else nothing is. */
export function createMemoryStore(requests?: Note): Pick<RecordStore, 'read' | 'update'> {
	let record: unknown
	try {
		record = JSON.parse(requests?.read() ?? '')
	} catch {} // nothing kept
	return {
		read: async () => record,
		async update(change) {
			record = change(record) ?? record
			const { format, revision, highTime, requests: begun } = (record ?? {}) as Record<string, unknown>
			requests?.write(JSON.stringify({ format, revision, highTime, requests: begun }))
		},
	}
}
