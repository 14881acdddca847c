// A sign-in without a word (`prompt=none`) in a hidden frame. Nothing of it is in the record before there is an answer.
import { bounded } from '../local/bounded.ts'
import type { CodeExchange } from '../protocol/client.ts'
import { UnknownOutcome } from '../protocol/http.ts'
import { errorOf, isOurs } from './answer.ts'
import { thumbprintOf } from './binding.ts'
import type { Context } from './context.ts'
import { lifetimeMaxAge } from './sign-in.ts'

/** A code, and what its exchange and its check need. */
export interface SilentCode {
	readonly exchange: CodeExchange
	readonly nonce: string
	readonly resources: readonly string[]
	/** OpenID Connect Session Management 1.0 section 2 */
	readonly sessionState: string | undefined
}

/**
 * @param dpopKey what the tokens will be bound to
 * @throws OAuthError `login_required` and the like (OpenID Connect Core 3.1.2.6); UnknownOutcome, SessionError for trouble;
 * UnknownOutcome `timeout` where the frame gives no answer
 */
export async function silentCode(context: Context, dpopKey: CryptoKeyPair | undefined): Promise<SilentCode> {
	const { tab, protocol, platform, arrivals } = context
	const { clock } = tab.platform
	const { redirectUri, requestTimeoutMs } = tab.config
	const { url, state, codeVerifier, nonce, resources } = await protocol.authorizationRequest({
		prompt: 'none',
		maxAge: lifetimeMaxAge(tab.config),
		dpopJkt: await thumbprintOf(context, dpopKey),
	})
	const arrival = arrivals.expect(state)
	const frame = platform.frames.open(url, { loaded() {}, said() {} })
	const response = await bounded(clock, requestTimeoutMs, arrival.response, 'frame')
		.catch(cause => withoutAnswer(context, cause))
		.finally(() => {
			arrival.stop()
			frame.close()
		})
	// The message came even if the page is frozen: what follows waits until it runs.
	await tab.awake()
	if (!(await isOurs(context, response))) throw new UnknownOutcome('provider_error', 'iss')
	if (response.error) throw errorOf(response, [codeVerifier, nonce])
	const sessionState = response.sessionState || undefined
	return { exchange: { code: response.code, codeVerifier, redirectUri }, nonce, resources, sessionState }
}

/** A frame does not tell why nothing comes: where the provider is out of reach, it was that. */
async function withoutAnswer({ protocol }: Context, cause: unknown): Promise<never> {
	await protocol.reach()
	throw new UnknownOutcome('timeout', 'frame', { cause })
}

/** Whether the frame gave no answer at all. */
export const isUnanswered = (error: unknown): boolean => error instanceof UnknownOutcome && error.message === 'frame'
