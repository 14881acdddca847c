import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SignInResponse } from '../local/response.ts'
import { type CallbackOutcome, handleCallback } from './index.ts'

const NAME = 'tabsession:https://id.example:shop'
const ORIGIN = 'https://app.example'
const QUERY = '?code=c1&state=s1&iss=https%3A%2F%2Fid.example&session_state=of-alice'

let notes: Map<string, string>
let words: Map<string, string>
let replaced: string[]
let shown: string[]
let close: ReturnType<typeof vi.fn>
let messages: EventTarget

/** A page at the redirect URI. */
function page({ search = QUERY, hash = '', pathname = '/signed-in', isFramed = false, isFull = false } = {}) {
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
					? (name: string, text: string) => {
							if (isFull) throw new DOMException('', 'QuotaExceededError')
							notes.set(name, text)
						}
					: undefined,
	})
	const own = {}
	vi.stubGlobal('window', own)
	vi.stubGlobal('parent', isFramed ? {} : own)
	vi.stubGlobal('sessionStorage', storage)
	vi.stubGlobal('localStorage', { setItem: (name: string, text: string) => void words.set(name, text) })
	const replace = (url: string) => replaced.push(url.replace(ORIGIN, ''))
	vi.stubGlobal('location', { search, hash, pathname, origin: ORIGIN, replace })
	vi.stubGlobal('opener', null)
	messages = new EventTarget()
	vi.stubGlobal('addEventListener', messages.addEventListener.bind(messages))
	vi.stubGlobal('history', { replaceState: (_state: unknown, _title: string, url: string) => shown.push(url.replace(ORIGIN, '')) })
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

	it.each([
		['access_denied', 'access_denied'],
		['weird refresh-token-123456', 'unknown'],
	])('stores no text of the provider but an error code: %s', async (given, error) => {
		page({ search: `?state=s1&error=${encodeURIComponent(given)}&error_description=refresh-token-123456` })
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo: '/cart' }))
		await handleCallback()
		expect(landing().response).toMatchObject({ state: 's1', error, errorDescription: '' })
		expect(notes.get(`${NAME}:landing`)).not.toContain('refresh-token')
	})

	it.each([
		'//evil.example',
		'https://evil.example',
		'/\\evil.example',
		'\\\\evil.example',
		'/\t/evil.example',
		'https://app.example@evil.example/',
		'https://app.example.evil.example/',
		'http://app.example/',
		'javascript:alert(1)',
		'data:text/html,x',
		'blob:https://app.example/0',
		'http://[',
	])('never leaves the origin: %j', async returnTo => {
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo }))
		await handleCallback()
		expect(replaced).toEqual(['/'])
	})

	it('stays on this origin with a path that begins with two slashes', async () => {
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo: '/.//evil.example' }))
		await handleCallback()
		expect(replaced).toEqual(['//evil.example'])
	})

	it.each([
		{ pathname: '/app/signed-in', returnTo: '//evil.example', lands: '/app/' },
		{ pathname: '/app/signed-in/', returnTo: '//evil.example', lands: '/app/' },
		{ pathname: '/app/signed-in', returnTo: '/app/signed-in?x=1', lands: '/app/' },
		{ pathname: '/signed-in/', returnTo: '/signed-in/', lands: '/' },
	])('at $pathname loads $lands in place of $returnTo', async ({ pathname, returnTo, lands }) => {
		page({ pathname })
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo }))
		await handleCallback()
		expect([shown, replaced]).toEqual([[pathname], [lands]])
	})

	it('takes the response off an address whose path begins with two slashes, which alone would be another host', async () => {
		const replaceState = vi.fn()
		page({ pathname: '//signed-in' })
		vi.stubGlobal('history', { replaceState })
		expect(await outcome()).toBe('unclaimed')
		expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', `${ORIGIN}//signed-in`)
	})

	it('takes a response in the fragment too (response_mode=fragment)', async () => {
		page({ search: '', hash: `#${QUERY.slice(1)}` })
		notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo: '/cart' }))
		expect(await handleCallback()).toBe('landing')
		expect([shown, replaced]).toEqual([['/signed-in'], ['/cart']])
		expect(landing()).toMatchObject({ state: 's1', response: { code: 'c1', iss: 'https://id.example' } })
	})

	describe('with full sessionStorage passes the response on in the fragment, for the application to take', () => {
		const PASSED_ON = `#${QUERY.slice(1)}&arrived_at=%2Fsigned-in`

		it('where the tab knows the sign-in', async () => {
			page({ isFull: true })
			notes.set(`${NAME}:landing`, JSON.stringify({ state: 's1', returnTo: '/cart?x=1#h' }))
			expect(await handleCallback()).toBe('landing')
			expect(replaced).toEqual([`/cart?x=1${PASSED_ON}`])
		})

		it('where only the session record knows it', async () => {
			page({ isFull: true })
			await remembering('s1', '/orders')
			expect(await outcome()).toBe('landing')
			expect(replaced).toEqual([`/orders${PASSED_ON}`])
		})
	})

	describe('in a popup whose opener has a storage partition of its own', () => {
		/** The page that opened this window, and what it hears. */
		function openedBy({ source = undefined as unknown, origin = ORIGIN } = {}) {
			const heard: unknown[] = []
			const opener = {
				postMessage(message: unknown, target: string) {
					heard.push([message, target])
					messages.dispatchEvent(Object.assign(new Event('message'), { source: source ?? opener, origin, data: { taken: 's1' } }))
				},
			}
			vi.stubGlobal('opener', opener)
			return heard
		}

		it('hands the response to the opener, which only this origin can read, and closes', async () => {
			const heard = openedBy()
			expect(await handleCallback()).toBe('handed-over')
			expect(heard).toEqual([[{ callback: QUERY }, ORIGIN]])
			expect(close).toHaveBeenCalledOnce()
		})

		it('does so where channels are blocked', async () => {
			openedBy()
			vi.stubGlobal(
				'BroadcastChannel',
				class {
					constructor() {
						throw new DOMException('', 'SecurityError')
					}
				},
			)
			expect(await handleCallback()).toBe('handed-over')
		})

		it.each([
			{ what: 'another window', answer: { source: {} } },
			{ what: 'another origin', answer: { origin: 'https://evil.example' } },
		])('believes no answer of $what', async ({ answer }) => {
			openedBy(answer)
			expect(await outcome()).toBe('unclaimed')
			expect(close).not.toHaveBeenCalled()
		})
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
