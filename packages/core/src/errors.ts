// One error class with a closed union of codes. The sentences are in the development build only.
// The testing entry imports this module's values from `@tabsession/core`, so none but those of the package's entry can be here.
import { explained, sentences } from './errors.sentences.ts'

export type SessionErrorCode =
	| 'invalid_option'
	| 'duplicate_manager'
	| 'disposed'
	| 'environment_unsupported'
	| 'storage_unavailable'
	| 'update_required'
	| 'chunk_failed'
	| 'discovery_failed'
	| 'network_error'
	| 'timeout'
	| 'provider_error'
	| 'client_refused'
	| 'access_denied'
	| 'state_mismatch'
	| 'redirect_uri_mismatch'
	| 'sign_in_interrupted'
	| 'sign_in_loop'
	| 'popup_blocked'
	| 'popup_closed'
	| 'id_token_invalid'
	| 'step_up_required'
	| 'not_authenticated'
	| 'redirecting'
	| 'user_changed'
	| 'renewal_failed'
	| 'sign_in_required'
	| 'sign_out_incomplete'

/** What an API wants of the user's authentication (RFC 9470 section 3). `stepUp()` and `signIn()` take it. */
export interface StepUpChallenge {
	/** One of these, the preferred first. */
	readonly acrValues: readonly string[] | undefined
	/** No longer ago than this, ms. */
	readonly maxAge: number | undefined
}

export interface SessionErrorDetails {
	/** What exactly: an option's name and value, an endpoint, a claim. Never a token. */
	readonly detail?: string | undefined
	readonly cause?: unknown
	/** The OAuth `error` code the provider sent (RFC 6749 section 4.1.2.1 and 5.2). */
	readonly oauthError?: string | undefined
	/** Of `step_up_required`. */
	readonly challenge?: StepUpChallenge | undefined
}

/** What trying again cannot help. */
const FINAL = /option|manager|disposed|unsupported|required|authenticated|redirecting|changed/

/** Every error this package throws or shows. It never carries a token. */
export class SessionError extends Error {
	declare readonly code: SessionErrorCode
	/** What to do about it (development build). */
	declare readonly hint: string | undefined
	/** The page that explains this code. */
	declare readonly docs: string
	/** Whether `retry()` can help. */
	declare readonly retryable: boolean
	declare readonly detail: string | undefined
	declare readonly oauthError: string | undefined
	/** What `step_up_required` asks for: `session.stepUp(error.challenge)`. */
	declare readonly challenge: StepUpChallenge | undefined

	constructor(code: SessionErrorCode, { detail, cause, oauthError, challenge }: SessionErrorDetails = {}) {
		const docs = `${__DOCS__}#${code}`
		super(`[${code}] ${__DEV__ ? explained(code, detail) : (detail ?? '')} docs: ${docs}`, { cause })
		const retryable = !FINAL.test(code)
		const hint = __DEV__ ? sentences[code][1] : undefined
		Object.assign(this, { name: 'SessionError', code, hint, docs, retryable, detail, oauthError, challenge })
	}
}
