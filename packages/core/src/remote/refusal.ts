// Which errors of the provider time does not cure, and what becomes of a renewal then.
import type { Living, Refusal } from '../policy/record.ts'
import { refusalBy } from '../policy/renewal.ts'
import { OAuthError } from '../protocol/http.ts'
import { type ErrorMeaning, meaningOf } from '../protocol/oauth-errors.ts'
import { UNKNOWN_ERROR } from '../protocol/redaction.ts'

/** Only an error code, of an authorization response or with a 4xx status, refuses a request; other text is a gateway's (I6). */
const isRefusalOfRequest = ({ code, status = 400 }: OAuthError): boolean => code !== UNKNOWN_ERROR && status >= 400 && status < 500

/** Whether the error is definite: then it counts, or is believed at once. */
const isDefinite: Readonly<Record<ErrorMeaning, (error: OAuthError) => boolean>> = {
	grant: () => true,
	interaction: () => true,
	request: isRefusalOfRequest,
	client: () => false,
	temporary: () => false,
	proof: () => false,
}

/** Whether the error is about what was asked for, and not about the session or the request. */
const isAboutTarget: Readonly<Record<ErrorMeaning, boolean>> = {
	grant: false,
	interaction: true,
	request: true,
	client: true,
	temporary: false,
	proof: false,
}

/** Returns the refusal that an error is, with what was counted before; `undefined` where time helps. */
export const refusalOf = (living: Living, error: unknown, now: number): Refusal | undefined =>
	error instanceof OAuthError && isDefinite[meaningOf(error.code)](error) ? refusalBy(living, error.code, now) : undefined

/** Returns whether only the user can help (OpenID Connect Core 3.1.2.6). */
export const needsUser = (error: unknown): boolean => error instanceof OAuthError && meaningOf(error.code) === 'interaction'

/** Returns whether the refresh token is never accepted again (RFC 6749 section 5.2). */
export const isGrantOver = (error: unknown): boolean => error instanceof OAuthError && meaningOf(error.code) === 'grant'

/** Returns whether the provider gives nothing for this API or scope (RFC 8707 section 2, RFC 6749 section 5.2); of the session that says nothing. */
export const isAboutWhatWasAsked = (error: unknown): error is OAuthError =>
	error instanceof OAuthError && isAboutTarget[meaningOf(error.code)]
