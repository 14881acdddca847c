// Text of a server, without what was sent to it: some servers repeat the token that they refuse, whole or in part.
import { isRegistered } from './oauth-errors.ts'

/** Characters of a secret that are too many to be there by chance. */
const MIN_PIECE = 12

/** Characters that are kept of a server's text. */
const MAX_TEXT = 500

/** What stands for a secret. */
const REDACTED = '…'

/** In place of an error code that is none. */
export const UNKNOWN_ERROR = 'unknown'

/** An error code as providers use it. RFC 6749 section 5.2 allows more, in which a token could hide. */
const ERROR_CODE = /^[a-z][a-z_]{0,63}$/

/** One character, percent-encoded any number of times (RFC 3986 section 2.1) or not at all. */
const CHARACTER = /%(?:25)*([\da-f]{2})|[\s\S]/gi

/** A JWT (RFC 7519), whosever it is: its header begins with `{"`. */
const JWT = /eyJ[\w-]{9,}(?:\.[\w-]*)*/gi

/** Parameters and members that hold a secret (RFC 6749, RFC 7009, RFC 7521, RFC 7636, RFC 8693, OpenID Connect). */
const SECRET_NAMES = new Set(
	(
		'access_token refresh_token id_token id_token_hint token code code_verifier state nonce client_secret client_assertion assertion ' +
		'subject_token actor_token'
	).split(' '),
)

const secretsAmong = (entries: Iterable<readonly [string, unknown]>): string[] =>
	[...entries].filter(([name]) => SECRET_NAMES.has(name)).flatMap(([, value]) => (typeof value === 'string' && value ? [value] : []))

/** Returns what must not come back from a request: the secrets in its body and its proof of possession (RFC 9449). */
export function secretsOfRequest({ body, headers }: RequestInit): readonly string[] {
	const proof = new Headers(headers).get('DPoP')
	return [...(body instanceof URLSearchParams ? secretsAmong(body) : []), ...(proof ? [proof] : [])]
}

/** Returns the secrets among the members of a response. */
export const secretsOfResponse = (json: object): readonly string[] => secretsAmong(Object.entries(json))

interface Characters {
	/** Decoded, in lower case; one UTF-16 unit for each character of the text. */
	readonly decoded: string
	/** Where each begins in the text, and the end of the text. */
	readonly starts: readonly number[]
}

function charactersOf(text: string): Characters {
	const starts: number[] = []
	let decoded = ''
	for (const { 0: character, 1: code, index } of text.matchAll(CHARACTER)) {
		starts.push(index)
		const lower = (code ? String.fromCharCode(Number.parseInt(code, 16)) : character).toLowerCase()
		// A letter such as the Turkish capital I becomes two in lower case.
		decoded += lower.length === 1 ? lower : character[0]
	}
	return { decoded, starts: [...starts, text.length] }
}

/** All pieces of a secret that are long enough to tell something, or the whole of a short one. */
function piecesOf(secret: string): { readonly size: number; readonly pieces: ReadonlySet<string> } {
	const { decoded } = charactersOf(secret)
	const size = Math.min(MIN_PIECE, decoded.length)
	return { size, pieces: new Set(Array.from({ length: decoded.length - size + 1 }, (_, at) => decoded.slice(at, at + size))) }
}

/**
 * Returns what takes `secrets` out of a server's text, with pieces of 12 or more of their characters, in any case and percent-encoded or not; and JWTs,
 * control characters and what is beyond 500 characters.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
	const known = secrets.filter(Boolean).map(piecesOf)
	return text => {
		const shown = text.slice(0, 2 * MAX_TEXT)
		const { decoded, starts } = charactersOf(shown)
		const isSecret = Array.from({ length: decoded.length }, () => false)
		for (const { size, pieces } of known)
			for (let at = 0; at + size <= decoded.length; at++) if (pieces.has(decoded.slice(at, at + size))) isSecret.fill(true, at, at + size)
		let kept = ''
		for (let at = 0; at < decoded.length; at++) {
			if (!isSecret[at]) kept += shown.slice(starts[at], starts[at + 1])
			else if (!isSecret[at - 1]) kept += REDACTED
		}
		return kept
			.replace(JWT, REDACTED)
			.replace(/\p{Cc}+/gu, ' ')
			.slice(0, MAX_TEXT)
	}
}

/** Returns a server's text as `createRedactor` leaves it. */
export const redact = (text: string, secrets: readonly string[]): string => createRedactor(secrets)(text)

/** Returns the error code that a server sent; `unknown` where it is none, or holds a secret. */
export function errorCodeOf(given: unknown, secrets: readonly string[]): string {
	if (typeof given !== 'string') return UNKNOWN_ERROR
	if (isRegistered(given)) return given
	return ERROR_CODE.test(given) && redact(given, secrets) === given ? given : UNKNOWN_ERROR
}
