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
	/** The path at which it arrived; none where a callback page has handed it over. */
	readonly arrivedAt?: string
	/** Where the sign-in of this tab wanted to go, if it was begun in this tab. */
	readonly returnTo: string | undefined
	/** When the first page was loaded with it, ms by the wall clock: the session's own is not known then. */
	readonly takenAt: number | undefined
}

/** Reads a note that this package wrote; anything else is none. */
export function parseNote<T>(note: string | undefined): Partial<T> {
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
	readonly response?: SignInResponse | undefined
	readonly returnTo?: string | undefined
}

/** The response in the query or fragment of an address, if it has one. */
export function responseOf(params: URLSearchParams): Omit<SignInResponse, 'returnTo' | 'takenAt'> | undefined {
	const param = (name: string) => params.get(name) ?? ''
	const [state, code, error] = [param('state'), param('code'), param('error')]
	if (!state || !(code || error)) return undefined
	const errorDescription = error && param('error_description')
	const [iss, sessionState] = [param('iss'), param('session_state')]
	// Added by a callback page that could not keep the response for the application.
	return { state, code, error, errorDescription, iss, sessionState, arrivedAt: param('arrived_at') }
}

export const withoutSlash = (path: string) => path.replace(/\/$/, '')

/** Whether two paths are the same page: hosts add a slash to the end of a path, or take it away. */
export const isSamePath = (one: string, other: string): boolean => withoutSlash(one) === withoutSlash(other)

/**
 * Takes the response before any router or analytics sees it. A reload during the exchange goes on with it. The way back from a sign-out has
 * but the `state` that this tab sent (RP-Initiated Logout 1.0 section 3). What another client or the application itself asked for stays.
 * @param isRouted whether the application takes the user to the page itself; else the address becomes that page at once
 * @param now ms by the wall clock
 */
export function takeResponse(config: Config, { address, landing }: Platform, isRouted: boolean, now: number): Taken {
	const { origin, pathname, searchParams, hash } = new URL(address.href)
	const note = parseNote<Landing>(landing.read())
	const found = [searchParams, new URLSearchParams(hash.slice(1))]
		.map(responseOf)
		.find(each => each && (each.state === note.state || each.state.endsWith(config.stateSuffix)))
	const home = found ? config.redirectUri : config.postLogoutRedirectUri
	const isHome = isSamePath(pathname, new URL(home).pathname)
	const state = found?.state ?? searchParams.get('state')
	const returnTo = state && note.state === state ? note.returnTo : undefined
	if (!found && !(isHome && returnTo)) {
		const { response, takenAt } = note
		return response && typeof takenAt === 'number' && now - takenAt < KEPT_MS
			? { response: { ...response, takenAt }, returnTo: response.returnTo }
			: {}
	}
	address.replace((!isRouted && returnTo) || (isHome ? home : origin + pathname))
	const response = found && { ...found, arrivedAt: found.arrivedAt || pathname, returnTo, takenAt: now }
	// An error is not kept for a reload: its text is the provider's own, in which anything could be.
	landing.write(JSON.stringify({ state, returnTo, response: found?.error ? undefined : response, takenAt: now }))
	return { response, returnTo }
}

/** The user of the first-frame hint, if its deadline has not passed. */
export function hintedUser(note: string | undefined, now: number): User | undefined {
	// A session without deadlines has Infinity, which is null in JSON.
	const { user, until } = parseNote<{ user: User; until: number | null }>(note)
	const isCurrent = typeof until === 'number' ? now < until : until === null
	return typeof user?.sub === 'string' && isCurrent ? user : undefined
}
