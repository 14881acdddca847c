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

/**
 * Takes the response before any router or analytics sees it.
 * @param isRouted whether the application takes the user to the page itself; else the address becomes that page at once
 */
export function takeResponse({ redirectUri }: Config, { address, landing }: Platform, isRouted: boolean): SignInResponse | undefined {
	const { origin, pathname, searchParams } = new URL(address.href)
	const home = new URL(redirectUri)
	const param = (name: string) => searchParams.get(name) ?? ''
	const [state, code, error] = ['state', 'code', 'error'].map(param) as [string, string, string]
	if (origin !== home.origin || pathname !== home.pathname || !state || !(code || error)) return undefined
	const note = parse<{ state: string; returnTo: string }>(landing.read())
	const returnTo = note.state === state ? note.returnTo : undefined
	address.replace((!isRouted && returnTo) || redirectUri)
	return { state, code, error, errorDescription: param('error_description'), iss: param('iss'), returnTo }
}

/** The user of the first-frame hint, if its deadline has not passed. */
export function hintedUser(note: string | undefined, now: number): User | undefined {
	// A session without deadlines has Infinity, which is null in JSON.
	const { user, until } = parse<{ user: User; until: number | null }>(note)
	return typeof user?.sub === 'string' && now < (until ?? Number.POSITIVE_INFINITY) ? user : undefined
}
