// @tabsession/core/callback: the page at the redirect URI, without the application. It hands the provider's response to whoever waits for it.

/** ms that the page which opened this window has to answer. */
const HAND_OVER_MS = 1000

/** What became of the response. */
export type CallbackOutcome =
	/** A page of the application has taken it: this window, if it is one, is closing. */
	| 'handed-over'
	/** The application is being loaded in this window, on the page that the user wanted. */
	| 'landing'
	/** Nobody in this browser asked for it, or there is none. */
	| 'unclaimed'

/**
 * Takes the provider's response (OpenID Connect Core 3.1.2.5) off the address bar of this page, and hands it over: to the page that opened
 * this popup or frame, or else to the application, which it loads in this window. Call it on a page of its own at the redirect URI.
 * @returns what became of it; never rejects. For `'unclaimed'` the page may offer a way back to the application.
 */
export async function handleCallback(): Promise<CallbackOutcome> {
	const { search, hash, origin, pathname } = location
	const isInQuery = new URLSearchParams(search).has('state')
	// A provider's mistake can bring the response in the fragment (`response_mode=fragment`).
	const query = new URLSearchParams(isInQuery ? search : hash.slice(1))
	const state = query.get('state')
	history.replaceState(null, '', origin + pathname)
	if (!state) return 'unclaimed'
	const isFramed = parent !== window
	const noted = isFramed ? undefined : noteOf(state)
	if (noted) return land(noted, state, query)
	const isTaken = await handOver(`?${query}`, state)
	if (isTaken) close()
	if (isTaken || isFramed) return isTaken ? 'handed-over' : 'unclaimed'
	// Whoever opened this window is gone, or it is another than the sign-in began in, as after a link in a mail.
	const begun = await begunAs(state)
	if (begun) return land(begun, state, query)
	if (begun === null && (query.has('code') || query.has('error'))) leaveWord()
	return 'unclaimed'
}

interface Begun {
	/** Of the session whose sign-in it is. */
	readonly name: string
	readonly returnTo: string
}

/** The sign-in that this tab left for. */
function noteOf(state: string): Begun | undefined {
	try {
		for (const key of Object.keys(sessionStorage)) {
			const name = /^(tabsession:.+):landing$/.exec(key)?.[1]
			const text = name && sessionStorage.getItem(key)
			// What is not JSON is none of ours.
			const note = text?.includes(state) ? JSON.parse(text) : undefined
			if (name && note?.state === state) return { name, returnTo: note.returnTo }
		}
	} catch {} // blocked storage holds no note
	return undefined
}

/** Loads the application where the user wanted to be; it finds the response in the note. */
function land({ name, returnTo }: Begun, state: string, query: URLSearchParams): CallbackOutcome {
	const param = (key: string) => query.get(key) ?? ''
	const error = param('error')
	const response = {
		state,
		code: param('code'),
		// The provider's own text, in which anything could be, is not stored.
		error: error && (/^[a-z][a-z_]{0,63}$/.test(error) ? error : 'unknown'),
		errorDescription: '',
		iss: param('iss'),
		sessionState: param('session_state'),
		returnTo,
	}
	const page = pageOf(returnTo)
	try {
		sessionStorage.setItem(`${name}:landing`, JSON.stringify({ state, returnTo, response, takenAt: Date.now() }))
	} catch {
		// Full or blocked storage: the application takes the response off its own address.
		query.set('arrived_at', location.pathname)
		page.hash = `${query}`
	}
	location.replace(page.href)
	return 'landing'
}

/** The page that was wanted; the folder of this one where that is none of this origin, or this page itself. */
function pageOf(returnTo: string): URL {
	const { origin, pathname } = location
	const home = new URL('.', origin + pathname.replace(/\/$/, ''))
	try {
		const page = new URL(returnTo, home)
		return page.href.startsWith(`${origin}/`) && page.pathname !== pathname ? page : home
	} catch {
		return home
	}
}

/**
 * Whether a page of the application has taken it. Where that page has a storage partition of its own, as in a frame of another site, no channel
 * reaches it, but its popup can.
 */
function handOver(callback: string, state: string): Promise<boolean> {
	const { origin } = location
	let channel: BroadcastChannel | undefined
	return new Promise<boolean>(resolve => {
		const hear = ({ data }: MessageEvent) => data?.taken === state && resolve(true)
		addEventListener('message', event => event.source === opener && event.origin === origin && hear(event))
		opener?.postMessage({ callback }, origin)
		setTimeout(resolve, HAND_OVER_MS, false)
		try {
			channel = new BroadcastChannel('tabsession:callback')
			channel.onmessage = hear
			channel.postMessage({ callback })
		} catch {} // blocked storage, or none
	}).finally(() => channel?.close())
}

/** A response to a sign-in that was never begun here (login CSRF): the application raises an alert for it, at its next look. */
function leaveWord() {
	try {
		localStorage.setItem('tabsession:stray', '1')
	} catch {}
}

/** The sign-in as the session record remembers it; `null` where no record does, `undefined` where that cannot be known. */
function begunAs(state: string): Promise<Begun | null | undefined> {
	return new Promise<Begun | null | undefined>((resolve, reject) => {
		setTimeout(resolve, HAND_OVER_MS)
		const request = indexedDB.open('tabsession')
		request.onerror = reject
		// There is no such database, and so no record: it is not for this page to make it.
		request.onupgradeneeded = () => {
			resolve(null)
			request.transaction?.abort()
		}
		request.onsuccess = () => {
			const database = request.result
			// A database that does not answer is not waited for.
			found(database, state)
				.then(resolve, reject)
				.finally(() => database.close())
		}
	}).catch(() => undefined)
}

/** Throws and rejects as the database does. */
async function found(database: IDBDatabase, state: string): Promise<Begun | null> {
	const request = database.transaction('sessions').objectStore('sessions').openCursor()
	const next = () =>
		new Promise<IDBCursorWithValue | null>((resolve, reject) => {
			request.onsuccess = () => resolve(request.result)
			request.onerror = reject
		})
	for (let cursor = await next(); cursor; cursor = await next()) {
		const { key, value } = cursor
		const begun = value?.requests?.find?.((one?: { state?: unknown }) => one?.state === state)
		if (begun) return { name: String(key), returnTo: String(begun.returnTo) }
		cursor.continue()
	}
	return null
}
