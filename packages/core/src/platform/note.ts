import type { Note } from './ports.ts'

/** One entry of web storage. Blocked or full storage throws on any access: then there is no note. */
export function createNote(area: 'localStorage' | 'sessionStorage', name: string): Note {
	const attempt = <T>(access: (storage: Storage) => T): T | undefined => {
		try {
			return access(window[area])
		} catch {
			return undefined
		}
	}
	return {
		read: () => attempt(storage => storage.getItem(name)) ?? undefined,
		write: text => attempt(storage => storage.setItem(name, text)),
		clear: () => attempt(storage => storage.removeItem(name)),
	}
}
