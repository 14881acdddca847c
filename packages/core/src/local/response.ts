// What a page does before its first frame: takes the provider's response off the address bar, or remembers whom it showed.
import type { Config } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import type { User } from '../snapshot.ts'

/** OpenID Connect Core 3.1.2.5 and 3.1.2.6; `iss` of RFC 9207. */
export interface SignInResponse {
	readonly state: string
	readonly code: string
	readonly error: string
	readonly errorDescription: string
	readonly iss: string
	/** Where the sign-in of this tab wanted to go, if it was begun in this tab. */
	readonly returnTo: string | undefined
}

/** Reads a note that this package wrote; anything else is none. */
function parse<T>(note: string | undefined): Partial<T> {
	try {
		return JSON.parse(note ?? '') ?? {}
	} catch {
		return {}
	}
}

/** ms for which a response is kept for a reload during its exchange; codes live no longer (RFC 6749 section 4.1.2). */
const KEPT_MS = 600_000

/** What this tab knows of the sign-in it began; the response is there until it is exchanged. */
interface Landing {
	readonly state: string
	readonly returnTo: string
	readonly response: SignInResponse
	readonly takenAt: number
}

/** The response of an address' query, if it has one. */
export function responseOf(query: URLSearchParams): Omit<SignInResponse, 'returnTo'> | undefined {
	const [state = '', code = '', error = '', errorDescription = '', iss = ''] = ['state', 'code', 'error', 'error_description', 'iss'].map(
		name => query.get(name) ?? '',
	)
	return state && (code || error) ? { state, code, error, errorDescription, iss } : undefined
}

/**
 * Takes the response before any router or analytics sees it. A reload during the exchange goes on with it.
 * @param isRouted whether the application takes the user to the page itself; else the address becomes that page at once
 * @param now ms in session time
 */
export function takeResponse(
	{ redirectUri }: Config,
	{ address, landing }: Platform,
	isRouted: boolean,
	now: number,
): SignInResponse | undefined {
	const { origin, pathname, searchParams } = new URL(address.href)
	const home = new URL(redirectUri)
	const note = parse<Landing>(landing.read())
	const found = origin === home.origin && pathname === home.pathname && responseOf(searchParams)
	if (!found) return now - (note.takenAt ?? 0) < KEPT_MS ? note.response : undefined
	const { state } = found
	const returnTo = note.state === state ? note.returnTo : undefined
	const response = { ...found, returnTo }
	address.replace((!isRouted && returnTo) || redirectUri)
	landing.write(JSON.stringify({ state, returnTo, response, takenAt: now }))
	return response
}

/** The user of the first-frame hint, if its deadline has not passed. */
export function hintedUser(note: string | undefined, now: number): User | undefined {
	// A session without deadlines has Infinity, which is null in JSON.
	const { user, until } = parse<{ user: User; until: number | null }>(note)
	return typeof user?.sub === 'string' && now < (until ?? Number.POSITIVE_INFINITY) ? user : undefined
}
