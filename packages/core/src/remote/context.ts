// What the stories of this room share.
import type { Tab } from '../local/tab.ts'
import type { TokenActions, Tokens } from '../local/tokens.ts'
import type { RemotePlatform } from '../platform/ports.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { Protocol } from '../protocol/index.ts'
import type { Answer } from '../protocol/validate.ts'
import type { Keys } from './keys.ts'

export interface Context {
	readonly tab: Tab
	/** Names of locks begin with it; it carries no version. */
	readonly name: string
	readonly platform: RemotePlatform
	readonly protocol: Protocol
	readonly keys: Keys
	readonly actions: TokenActions & { land(returnTo: string): void }
}

/**
 * Revokes what an ended session leaves behind: the newest refresh token, for a provider revokes by grant.
 * Never in the way of anything: a failure is swallowed, and the token runs out by itself.
 */
export async function revokeFormer({ tab, protocol }: Context, former: LivingRecord): Promise<void> {
	try {
		const { tokens, pending } = former.living
		const answer = pending && (await tab.open<Answer>(former, pending))
		const { refreshToken } = await tab.open<Tokens>(former, tokens)
		const newest = answer?.response['refresh_token'] ?? refreshToken
		if (typeof newest === 'string') await protocol.revoke(newest)
	} catch {} // see above
}
