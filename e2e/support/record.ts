// The session record in IndexedDB, as a test sees and spoils it.
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'

export const recordName = (demo: Demo, clientId: 'shop' | 'admin' = 'shop') => `tabsession:${demo.provider}:${clientId}`

/** What tests look at; see `policy/record.ts` of the core. */
export interface StoredRecord {
	readonly format: number
	readonly revision: number
	readonly id?: string
	readonly end?: { readonly reason: string }
	/** ms since the epoch */
	readonly silentBlockedUntil?: number
	readonly living?: {
		readonly generation: number
		readonly intent?: unknown
		readonly pending?: unknown
		readonly failure?: { readonly count: number }
	}
}

export const readRecord = (page: Page, demo: Demo, clientId?: 'shop' | 'admin'): Promise<StoredRecord | undefined> =>
	page.evaluate(
		name =>
			new Promise<StoredRecord | undefined>((resolve, reject) => {
				const opening = indexedDB.open('tabsession')
				// Where it has just been deleted: as the session makes it.
				opening.onupgradeneeded = () => opening.result.createObjectStore('sessions')
				opening.onerror = () => reject(opening.error)
				opening.onsuccess = () => {
					const database = opening.result
					const reading = database.transaction('sessions').objectStore('sessions').get(name)
					reading.onerror = () => reject(reading.error)
					reading.onsuccess = () => {
						database.close()
						// Ciphertext and key do not travel.
						resolve(reading.result && JSON.parse(JSON.stringify(reading.result)))
					}
				}
			}),
		recordName(demo, clientId),
	)

interface Spoiling {
	/** Put in the record's place; `undefined` keeps what is there. */
	readonly value?: unknown
	/** Merged into what is there, as a commit of its own. */
	readonly change?: Readonly<Record<string, unknown>>
	/** Whether the other tabs are told, as a commit would. */
	readonly hint?: boolean
}

/** Writes the record behind the session's back. */
export const spoilRecord = (page: Page, demo: Demo, spoiling: Spoiling): Promise<void> =>
	page.evaluate(
		({ name, spoiling: { value, change, hint } }) =>
			new Promise<void>((resolve, reject) => {
				const opening = indexedDB.open('tabsession')
				opening.onupgradeneeded = () => opening.result.createObjectStore('sessions')
				opening.onerror = () => reject(opening.error)
				opening.onsuccess = () => {
					const database = opening.result
					const transaction = database.transaction('sessions', 'readwrite')
					const store = transaction.objectStore('sessions')
					const reading = store.get(name)
					reading.onsuccess = () => {
						const made = value ?? { ...reading.result, ...change, revision: reading.result.revision + 1 }
						store.put(made, name)
						transaction.oncomplete = () => {
							database.close()
							const channel = new BroadcastChannel(name)
							if (hint) channel.postMessage({ revision: made.revision })
							channel.close()
							resolve()
						}
					}
					transaction.onerror = () => reject(transaction.error)
				}
			}),
		{ name: recordName(demo), spoiling },
	)
