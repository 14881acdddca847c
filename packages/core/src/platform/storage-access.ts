// The origin's storage as a page has it that another site may have embedded: browsers then give it a partition of its own, where no session is.
import type { Reach } from './ports.ts'
import { createRecordStore } from './record-store.ts'

/** What `requestStorageAccess` gives for storage beyond cookies (Storage Access API; Chrome 125). Others take no notice of the wish. */
interface Handle {
	readonly indexedDB: IDBFactory
	readonly localStorage: Storage
	BroadcastChannel(name: string): BroadcastChannel
}

interface Embedded {
	requestStorageAccess?(wish: { [area in keyof Handle]: true }): Promise<Handle | undefined>
}

/** An end that could only be kept in this page's memory is none. */
const noMemory = () => Promise.reject(new Error('no IndexedDB'))

function attempt(task: () => void) {
	try {
		task()
	} catch {} // blocked: the tabs find the end by reading, and the hint is theirs to remove
}

const reach = (name: string, factory: () => IDBFactory, channel: () => BroadcastChannel, storage: () => Storage): Reach => ({
	store: createRecordStore(name, noMemory, factory),
	post: message =>
		attempt(() => {
			const open = channel()
			open.postMessage(message)
			open.close()
		}),
	hint: { clear: () => attempt(() => storage().removeItem(name)) },
})

/** This page's own: the real one, unless it is embedded by another site. */
export const ownReach = (name: string): Reach =>
	reach(
		name,
		() => globalThis.indexedDB,
		() => new BroadcastChannel(name),
		() => localStorage,
	)

/** The unpartitioned one, where the browser gives it without asking the user; `undefined` where it has none to give. Rejects if refused. */
export async function unpartitionedReach(name: string): Promise<Reach | undefined> {
	const handle = await (document as Embedded).requestStorageAccess?.({ indexedDB: true, BroadcastChannel: true, localStorage: true })
	return (
		handle &&
		reach(
			name,
			() => handle.indexedDB,
			() => handle.BroadcastChannel(name),
			() => handle.localStorage,
		)
	)
}
