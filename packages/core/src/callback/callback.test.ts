import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SignInResponse } from '../local/response.ts'
import { type CallbackOutcome, handleCallback } from './index.ts'

const NAME = 'tabsession:https://id.example:shop'
const QUERY = '?code=c1&state=s1&iss=https%3A%2F%2Fid.example&session_state=of-alice'

let notes: Map<string, string>
let words: Map<string, string>
let replaced: string[]
let shown: string[]
let close: ReturnType<typeof vi.fn>

/** A page at the redirect URI. */
function page({ search = QUERY, isFramed = false } = {}) {
	notes = new Map()
	words = new Map()
	replaced = []
	shown = []
	close = vi.fn()
	const storage = new Proxy({} as Record<string, string>, {
		ownKeys: () => [...notes.keys()],
		getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
		get: (_target, key) =>
			key === 'getItem'
				? (name: string) => notes.get(name) ?? null
				: key === 'setItem'
					? (name: string, text: string) => void notes.set(name, text)
					: undefined,
	})
	const own = {}
	vi.stubGlobal('window', own)
	vi.stubGlobal('parent', isFramed ? {} : own)
	vi.stubGlobal('sessionStorage', storage)
	vi.stubGlobal('localStorage', { setItem: (name: string, text: string) => void words.set(name, text) })
	vi.stubGlobal('location', { search, pathname: '/signed-in', replace: (url: string) => replaced.push(url) })
	vi.stubGlobal('history', { replaceState: (_state: unknown, _title: string, url: string) => shown.push(url) })
	vi.stubGlobal('close', close)
	vi.stubGlobal('indexedDB', new IDBFactory())
}

/** A page of the application that waits for `state`. @returns what it heard */
function waiting(state: string) {
	const heard: unknown[] = []
	const channel = new BroadcastChannel('tabsession:callback')
	channel.onmessage = ({ data }) => {
		heard.push(data)
		channel.postMessage({ taken: state })
	}
	channels.push(channel)
	return heard
}

const channels: BroadcastChannel[] = []

/** The sessions' database, with a record that remembers a sign-in. */
function remembering(state: string, returnTo: string): Promise<void> {
	return new Promise(resolve => {
		const request = indexedDB.open('tabsession')
		request.onupgradeneeded = () => request.result.createObjectStore('sessions')
		request.onsuccess = () => {
			const store = request.result.transaction('sessions', 'readwrite').objectStore('sessions')
			store.put({ requests: [] }, 'tabsession:https://id.example:another')
			store.put({ requests: [{ state, returnTo }] }, NAME).onsuccess = () => {
				request.result.close()
				resolve()
			}
		}
	})
}

/** What becomes of the response, once nobody can answer any more. */
async function outcome(): Promise<CallbackOutcome> {
	const handled = handleCallback()
	await vi.advanceTimersByTimeAsync(1000)
	return handled
}

beforeEach(() => {
	// The channel and the database run on.
	vi.useFakeTimers({ toFake: ['setTimeout'] })
	page()
})

afterEach(() => {
	vi.useRealTimers()
	vi.unstubAllGlobals()
	for (const channel of channels.splice(0)) channel.close()
})

const landing = () => JSON.parse(notes.get(`${NAME}:landing`) ?? '{}')

describe('the callback page', () => {
	it('takes the response off the address bar before anything else, and boots no application (P19)', () => {
		void handleCallback()
		expect(shown).toEqual(['/signed-in'])
	})

	it('of a redirect loads the application on the page that the user wanted, with the response', async () => {
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo: '/cart?x=1' }))
		expect(await handleCallback()).toBe('landing')
		expect(replaced).toEqual(['/cart?x=1'])
		const response = {
			state: 's1',
			code: 'c1',
			error: '',
			errorDescription: '',
			iss: 'https://id.example',
			sessionState: 'of-alice',
			returnTo: '/cart?x=1',
		} satisfies Omit<SignInResponse, 'takenAt'>
		expect(landing()).toEqual({ state: 's1', returnTo: '/cart?x=1', response, takenAt: expect.any(Number) })
	})

	it.each(['//evil.example', 'https://evil.example', 'javascript:alert(1)'])('never leaves the origin: %s', async returnTo => {
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo }))
		await handleCallback()
		expect(replaced).toEqual(['/'])
	})

	it('of a popup hands over to the page that waits, and closes', async () => {
		const heard = waiting('s1')
		expect(await handleCallback()).toBe('handed-over')
		expect(heard).toEqual([{ callback: QUERY }])
		expect(close).toHaveBeenCalledOnce()
		expect([replaced, notes.size]).toEqual([[], 0])
	})

	it('of a frame hands over too, and never becomes the application', async () => {
		page({ isFramed: true })
		await remembering('s1', '/cart')
		expect(await outcome()).toBe('unclaimed')
		waiting('s1')
		expect(await handleCallback()).toBe('handed-over')
		expect(replaced).toEqual([])
	})

	it('becomes the application where whoever opened it is gone, or a link in a mail opened it', async () => {
		await remembering('s1', '/orders')
		expect(await outcome()).toBe('landing')
		expect(replaced).toEqual(['/orders'])
		expect(landing()).toMatchObject({ state: 's1', response: { code: 'c1' } })
	})

	it.each([
		{ what: 'of nobody’s sign-in', search: '?code=c&state=stranger' },
		{ what: 'without a response', search: '' },
	])('$what stays where it is, and makes no database', async ({ search }) => {
		page({ search })
		expect(await outcome()).toBe('unclaimed')
		expect([replaced, close.mock.calls]).toEqual([[], []])
		expect(await indexedDB.databases()).toEqual([])
	})

	it.each([
		{ what: 'no database at all', database: undefined },
		{
			what: 'a database that it may not open',
			database: {
				open: () => {
					throw new DOMException('', 'SecurityError')
				},
			},
		},
	])('with $what offers the way back, and does not fail', async ({ database }) => {
		vi.stubGlobal('indexedDB', database)
		expect(await outcome()).toBe('unclaimed')
	})

	it('beside a database of another make offers the way back, and does not fail', async () => {
		await new Promise(resolve => {
			const request = indexedDB.open('tabsession')
			request.onsuccess = () => {
				request.result.close()
				resolve(undefined)
			}
		})
		expect(await outcome()).toBe('unclaimed')
	})

	it('is taken by nobody who answers for another sign-in', async () => {
		waiting('s2')
		expect(await outcome()).toBe('unclaimed')
		expect(close).not.toHaveBeenCalled()
	})

	describe('leaves word for the application', () => {
		it('of a response to a sign-in that was never begun here', async () => {
			page({ search: '?code=theirs&state=stranger' })
			await remembering('s1', '/cart')
			expect(await outcome()).toBe('unclaimed')
			expect([...words]).toEqual([['tabsession:stray', '1']])
		})

		it('of one in a browser in which nobody has ever begun a sign-in', async () => {
			page({ search: '?code=theirs&state=stranger' })
			expect(await outcome()).toBe('unclaimed')
			expect([...words]).toEqual([['tabsession:stray', '1']])
			expect(await indexedDB.databases()).toEqual([])
		})

		it.each([
			{ what: 'the response is asked for', search: QUERY },
			{ what: 'it is no response', search: '?state=stranger' },
			{ what: 'it is in a frame', search: '?code=theirs&state=stranger', isFramed: true },
		])('not where $what', async ({ what: _, ...given }) => {
			page(given)
			await remembering('s1', '/cart')
			await outcome()
			expect(words.size).toBe(0)
		})

		it('not where nobody can know who asked', async () => {
			vi.stubGlobal('indexedDB', undefined)
			await outcome()
			expect(words.size).toBe(0)
		})

		it('if there is a place for it', async () => {
			page({ search: '?code=theirs&state=stranger' })
			await remembering('s1', '/cart')
			vi.stubGlobal('localStorage', undefined)
			expect(await outcome()).toBe('unclaimed')
		})
	})
})
