// HTTP to the provider: JSON in and out, a limit on time and size that covers the whole body, and errors that carry no token.
import { SessionError } from '../errors.ts'
import type { Platform } from '../platform/ports.ts'
import { meaningOf } from './oauth-errors.ts'
import { errorCodeOf, redact, secretsOfRequest, secretsOfResponse } from './redaction.ts'

const LARGEST_BYTES = 1_000_000

export interface OAuthErrorDetails {
	/** For a developer to read. */
	readonly description?: unknown
	/** What the provider must not be quoted with. */
	readonly secrets?: readonly string[]
	/** Of the HTTP response; `undefined` for an authorization response. */
	readonly status?: number
}

/** The provider answered with an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2). Nothing of `secrets` is in it, whatever the provider repeats. */
export class OAuthError extends Error {
	override readonly name = 'OAuthError'
	/** Of the registry, or of the same form; `unknown` where the provider sent none. */
	readonly code: string
	readonly status: number | undefined

	constructor(given: unknown, { description, secrets = [], status }: OAuthErrorDetails = {}) {
		const code = errorCodeOf(given, secrets)
		super(typeof description === 'string' && description ? `${code}: ${redact(description, secrets)}` : code)
		this.code = code
		this.status = status
	}
}

/** Nobody knows what the provider did: no answer, half of one, or none that is OAuth. */
export class UnknownOutcome extends Error {
	override readonly name = 'UnknownOutcome'
	readonly code: 'network_error' | 'timeout' | 'provider_error'
	readonly retryAfterMs: number

	constructor(code: UnknownOutcome['code'], detail: string, { cause, retryAfterMs = 0 }: { cause?: unknown; retryAfterMs?: number } = {}) {
		super(detail, { cause })
		this.code = code
		this.retryAfterMs = retryAfterMs
	}
}

export type Network = Pick<Platform, 'fetch' | 'clock'>

/** Levels of a value that is kept: `JSON.stringify` and structured cloning run out of stack on thousands. */
const DEEPEST = 20

/** Whether a value of JSON is not nested too deep to be kept. */
export const isFlat = (value: unknown, levels = DEEPEST): boolean =>
	typeof value !== 'object' || value === null || (levels > 0 && Object.values(value).every(part => isFlat(part, levels - 1)))

/** WebCrypto may never answer (I10). @throws SessionError `timeout` after `limitMs`; what was waited for goes on */
export function within<T>({ clock }: Pick<Network, 'clock'>, limitMs: number, work: Promise<T>): Promise<T> {
	const signal = clock.limit(limitMs)
	const late = new Promise<never>((_resolve, reject) => {
		signal.addEventListener('abort', () => reject(new SessionError('timeout', { detail: 'WebCrypto' })))
	})
	return Promise.race([work, late])
}

/** ms that the answer asks to wait (RFC 9110 section 10.2.3): seconds, or a date. */
export function retryAfter(response: Response, now: number): number {
	const value = response.headers.get('Retry-After') ?? ''
	const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
	return ms > 0 ? ms : 0
}

async function readText(response: Response): Promise<string> {
	const reader = response.body?.getReader()
	const decoder = new TextDecoder()
	let text = ''
	for (let size = 0; reader; ) {
		const { done, value } = await reader.read()
		if (done) break
		size += value.byteLength
		if (size > LARGEST_BYTES) {
			reader.cancel().catch(() => {})
			throw new UnknownOutcome('provider_error', `more than ${LARGEST_BYTES} bytes`)
		}
		text += decoder.decode(value, { stream: true })
	}
	return text
}

/**
 * Sends a request and reads a JSON object.
 * @param limitMs for everything, body included
 * @throws OAuthError, UnknownOutcome
 */
export async function requestJson(network: Network, url: string, init: RequestInit, limitMs: number): Promise<Record<string, unknown>> {
	const signal = network.clock.limit(limitMs)
	let response: Response
	let text: string
	try {
		response = await network.fetch(url, {
			...init,
			signal,
			credentials: 'same-origin',
			// A redirect of a token request would carry the token elsewhere.
			redirect: init.method === 'POST' ? 'error' : 'follow',
			cache: 'no-store',
			headers: { ...init.headers, Accept: 'application/json' },
		})
		text = await readText(response)
	} catch (cause) {
		if (cause instanceof UnknownOutcome) throw cause
		throw new UnknownOutcome(signal.aborted ? 'timeout' : 'network_error', new URL(url).pathname, { cause })
	}
	const json = parseObject(text)
	const { status } = response
	const { error, error_description: description, access_token: accessToken } = json ?? {}
	const isTemporary = status === 408 || status === 429 || status >= 500
	// Some providers answer 200 with an error.
	if (json && typeof error === 'string' && !isTemporary && !(response.ok && accessToken))
		throw new OAuthError(error, { description, status, secrets: [...secretsOfRequest(init), ...secretsOfResponse(json)] })
	if (response.ok && json) return json
	const kind = json ? 'JSON' : /^\s*</.test(text) ? 'HTML' : 'no JSON'
	throw new UnknownOutcome('provider_error', `${new URL(url).pathname} answered ${status} with ${kind}`, {
		retryAfterMs: retryAfter(response, network.clock.wall()),
	})
}

function parseObject(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text)
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
	} catch {
		return undefined
	}
}

/** What the application gets to see of a failure. */
export function sessionErrorOf(error: unknown): SessionError {
	if (error instanceof SessionError) return error
	if (error instanceof UnknownOutcome) return new SessionError(error.code, { detail: error.message, cause: error })
	if (error instanceof OAuthError) {
		const isOfClient = meaningOf(error.code) === 'client'
		const code = error.code === 'access_denied' ? error.code : isOfClient ? 'client_refused' : 'provider_error'
		return new SessionError(code, { detail: error.message, oauthError: error.code, cause: error })
	}
	return new SessionError('provider_error', { cause: error })
}
