// HTTP to the provider: JSON in and out, a limit on time and size that covers the whole body, and errors that carry no token.
import { SessionError } from '../errors.ts'
import type { Platform } from '../platform/ports.ts'

const SECRETS = new Set(['refresh_token', 'code', 'code_verifier', 'token'])

const LARGEST_BYTES = 1_000_000

/** The provider answered with an OAuth error (RFC 6749 section 5.2): definitive. */
export class OAuthError extends Error {
	override readonly name = 'OAuthError'
	readonly code: string

	constructor(code: string, description?: string) {
		super(description ? `${code}: ${description}` : code)
		this.code = code
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
	if (response.ok && json) return json
	const { error, error_description } = json ?? {}
	const passing = response.status === 429 || response.status >= 500
	if (typeof error === 'string' && !passing) throw new OAuthError(error, redacted(error_description, init.body))
	const kind = json ? 'JSON' : /^\s*</.test(text) ? 'HTML' : 'no JSON'
	throw new UnknownOutcome('provider_error', `${new URL(url).pathname} answered ${response.status} with ${kind}`, {
		retryAfterMs: retryAfter(response, network.clock.wall()),
	})
}

/** The provider's words, without what was sent: some repeat the token they refuse. */
function redacted(description: unknown, body: RequestInit['body']): string | undefined {
	if (typeof description !== 'string') return undefined
	const secrets = body instanceof URLSearchParams ? [...body].filter(([name]) => SECRETS.has(name)).map(([, value]) => value) : []
	return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), description)
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
		const code = error.code === 'access_denied' ? 'access_denied' : 'provider_error'
		return new SessionError(code, { detail: error.message, oauthError: error.code, cause: error })
	}
	return new SessionError('provider_error', { cause: error })
}
