import { afterEach, describe, expect, it, vi } from 'vitest'
import { createNote } from './note.ts'

/** As much of web storage as a note needs. */
function storage() {
	const items = new Map<string, string>()
	return {
		items,
		getItem: (name: string) => items.get(name) ?? null,
		setItem: (name: string, text: string) => void items.set(name, text),
		removeItem: (name: string) => void items.delete(name),
	}
}

const refusing = () => {
	throw new DOMException('', 'QuotaExceededError')
}

afterEach(() => {
	vi.unstubAllGlobals()
})

describe('a note', () => {
	it('is nothing before it is written and after it is cleared', () => {
		vi.stubGlobal('window', { localStorage: storage() })
		const note = createNote('localStorage', 'name')
		expect(note.read()).toBeUndefined()
		note.write('text')
		expect(note.read()).toBe('text')
		note.clear()
		expect(note.read()).toBeUndefined()
	})

	it('may be an empty text', () => {
		vi.stubGlobal('window', { localStorage: storage() })
		const note = createNote('localStorage', 'name')
		note.write('')
		expect(note.read()).toBe('')
	})

	it.each(['localStorage', 'sessionStorage'] as const)('is an entry of %s under its name, and of nothing else', area => {
		const [localStorage, sessionStorage] = [storage(), storage()]
		vi.stubGlobal('window', { localStorage, sessionStorage })
		createNote(area, 'name').write('text')
		const other = area === 'localStorage' ? sessionStorage : localStorage
		expect({ localStorage, sessionStorage }[area].items).toEqual(new Map([['name', 'text']]))
		expect(other.items.size).toBe(0)
	})

	it.each([
		{ where: 'storage is full or blocked', window: { localStorage: { getItem: refusing, setItem: refusing, removeItem: refusing } } },
		{
			where: 'storage may not even be looked at',
			window: {
				get localStorage() {
					return refusing()
				},
			},
		},
		{ where: 'there is no storage', window: { localStorage: null } },
	])('is not there, and throws nothing, where $where', ({ window }) => {
		vi.stubGlobal('window', window)
		const note = createNote('localStorage', 'name')
		expect(() => note.write('text')).not.toThrow()
		expect(() => note.clear()).not.toThrow()
		expect(note.read()).toBeUndefined()
	})

	it('touches no storage until it is used, so that a server can make one', () => {
		expect(() => createNote('localStorage', 'name')).not.toThrow()
	})
})
