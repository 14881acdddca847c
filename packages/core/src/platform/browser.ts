// The browser behind the kernel's ports.
import { address } from './address.ts'
import { createChannel } from './channel.ts'
import { clock, random } from './clock.ts'
import { lifecycle } from './lifecycle.ts'
import { createNote } from './note.ts'
import { popup } from './popup.ts'
import type { Platform, RecordStore } from './ports.ts'
import { createRecordStore } from './record-store.ts'
import { unseal } from './unseal.ts'

/** The page's address; `undefined` on a server. */
export const pageAddress = (): string | undefined => globalThis.window?.location?.href

export function createBrowserPlatform(
	name: string,
	storage: 'device' | 'tabs',
	loadMemory: () => Promise<Pick<RecordStore, 'read' | 'update'>>,
): Platform {
	return {
		clock,
		random,
		channel: createChannel(name),
		store: createRecordStore(name, loadMemory),
		unseal,
		hint: createNote(storage === 'tabs' ? 'sessionStorage' : 'localStorage', name),
		tabKey: createNote('sessionStorage', `${name}:key`),
		landing: createNote('sessionStorage', `${name}:landing`),
		lifecycle,
		address,
		popup,
		fetch: (...args) => fetch(...args),
	}
}
