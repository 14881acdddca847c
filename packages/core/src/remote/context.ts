// What the stories of this room share.
import type { StepUpChallenge } from '../errors.ts'
import type { Former } from '../local/end.ts'
import type { Kernel } from '../local/remote-port.ts'
import type { Held } from '../local/tokens.ts'
import type { Indicator } from '../options.ts'
import type { RemotePlatform } from '../platform/ports.ts'
import type { Happening } from '../policy/ledger.ts'
import type { LivingRecord, SignInRequest } from '../policy/record.ts'
import type { Protocol } from '../protocol/index.ts'
import type { Answer } from '../protocol/validate.ts'
import type { Arrivals } from './arrivals.ts'
import type { Keys } from './keys.ts'

/** A token response to a sign-in, and the key that its tokens are bound to. */
export interface Exchanged {
	readonly answer: Answer
	readonly dpopKey: CryptoKeyPair | undefined
}

export interface Context extends Kernel {
	/** Names of locks begin with it; it carries no version. */
	readonly name: string
	readonly platform: RemotePlatform
	readonly protocol: Protocol
	readonly keys: Keys
	readonly arrivals: Arrivals
	/** An API wants the user to have authenticated better. @throws SessionError `step_up_required` */
	stepUp(held: Held, challenge: StepUpChallenge, url: string, signal: AbortSignal): Promise<void>
	/** Notes what happened, for alerts; nothing where what it waits for fails. Never rejects, and is in nobody's way. */
	note(happening: Happening, came?: Promise<unknown>): Promise<void>
	/** The story of the popup, in a chunk of its own. */
	loadPopup(): Promise<typeof import('./popup.ts')>
	/** Takes back what waits to see whether the page was left. */
	readonly departure: { cancel(): void }
	/** Token responses to sign-ins, by `state`, that are not in the record yet, and the requests as they were sent. */
	readonly answers: Map<string, Exchanged & { readonly request: SignInRequest }>
	/** The `state` of each code that this page has sent. */
	readonly sent: Set<string>
	/** Token responses to renewals, by session and generation, that the storage did not take yet. */
	readonly renewals: Map<string, Answer>
	/** Refusals of refresh tokens, by session and generation, that the storage did not take yet. */
	readonly refusals: Map<string, { readonly error: unknown; readonly isTakenOver: boolean }>
	/** One renewal a tab at a time, however many ask. @param disregarded a `retryAt` that does not hold back this time */
	renew(record: LivingRecord, disregarded?: number, indicator?: Indicator): Promise<void>
}

/**
 * Revokes what an ended session leaves behind: the newest refresh token, for a provider revokes by grant; nothing
 * once a new session has begun, which may stand on the same grant (I8). Never in the way of anything: a failure is swallowed, and the token runs out by itself.
 */
export async function revokeFormer({ tab, protocol }: Context, { id, opened }: Former): Promise<void> {
	try {
		const [tokens, pending] = await opened
		const newest = (pending as Answer | undefined)?.response['refresh_token'] ?? tokens?.refreshToken
		await protocol.prepare()
		if (typeof newest === 'string' && tab.view.record?.id === id) await protocol.revoke(newest)
	} catch {} // see above
}
