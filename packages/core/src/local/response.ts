// What a page does before its first frame: takes the provider's response off the address bar, or remembers whom it showed.
import type { Config } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import type { User } from '../snapshot.ts'

/** OpenID Connect Core 3.1.2.5 and 3.1.2.6; `iss` of RFC 9207, `session_state` of Session Management 1.0 section 2. */
export interface SignInResponse {
	readonly state: string
	readonly code: string
	readonly error: string
	readonly errorDescription: string
	readonly iss: string
	readonly sessionState: string
	/** Where the sign-in of this tab wanted to go, if it was begun in this tab. */
	readonly returnTo: string | undefined
	/** When the first page was loaded with it, ms in session time. */
	readonly takenAt: number | undefined
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

/** What a page was loaded with, and where its user wants to go if this tab knows. */
export interface Taken {
	readonly response: SignInResponse | undefined
	readonly returnTo: string | undefined
}

/** The response of an address' query, if it has one. */
export function responseOf(query: URLSearchParams): Omit<SignInResponse, 'returnTo' | 'takenAt'> | undefined {
	const param = (name: string) => query.get(name) ?? ''
	const [state, code, error] = [param('state'), param('code'), param('error')]
	if (!state || !(code || error)) return undefined
	return { state, code, error, errorDescription: param('error_description'), iss: param('iss'), sessionState: param('session_state') }
}

/**
 * Takes the response before any router or analytics sees it. A reload during the exchange goes on with it. The way back from a sign-out has
 * but the `state` that this tab sent (RP-Initiated Logout 1.0 section 3).
 * @param isRouted whether the application takes the user to the page itself; else the address becomes that page at once
 * @param now ms in session time
 */
export function takeResponse(
	{ redirectUri, postLogoutRedirectUri }: Config,
	{ address, landing }: Platform,
	isRouted: boolean,
	now: number,
): Taken {
	const { origin, pathname, searchParams } = new URL(address.href)
	const note = parse<Landing>(landing.read())
	const found = responseOf(searchParams)
	const home = new URL(found ? redirectUri : postLogoutRedirectUri)
	const state = searchParams.get('state')
	const returnTo = state && note.state === state ? note.returnTo : undefined
	if (origin !== home.origin || pathname !== home.pathname || !(found || returnTo)) {
		const { response, takenAt } = note
		return response && takenAt && now - takenAt < KEPT_MS
			? { response: { ...response, takenAt }, returnTo: response.returnTo }
			: { response: undefined, returnTo: undefined }
	}
	address.replace((!isRouted && returnTo) || home.href)
	const response = found && { ...found, returnTo, takenAt: now }
	landing.write(JSON.stringify({ state, returnTo, response, takenAt: now }))
	return { response, returnTo }
}

/** The user of the first-frame hint, if its deadline has not passed. */
export function hintedUser(note: string | undefined, now: number): User | undefined {
	// A session without deadlines has Infinity, which is null in JSON.
	const { user, until } = parse<{ user: User; until: number | null }>(note)
	return typeof user?.sub === 'string' && now < (until ?? Number.POSITIVE_INFINITY) ? user : undefined
}
