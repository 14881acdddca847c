// An API refused a token with 401: is there a better one? (design, section 7)
import { bounded } from '../local/bounded.ts'
import { admitted, type Held, type Tokens } from '../local/tokens.ts'
import type { Context } from './context.ts'

/** A 401 for a token younger than this is not about its age, ms. */
const YOUNG_MS = 10_000

export async function afterRejection({ tab, actions }: Context, held: Held): Promise<Held | undefined> {
	try {
		await actions.look()
		const before = admitted(tab)
		if (before.id !== held.id) return undefined
		if (before.living.generation === held.generation) {
			if (tab.now() - before.living.receivedAt < YOUNG_MS) return undefined
			await bounded(tab.platform.clock, tab.config.requestTimeoutMs, actions.renew(before), 'renewal')
		}
		const { id, living } = admitted(tab)
		if (id !== held.id || living.generation === held.generation) return undefined
		const { accessToken } = await tab.open<Tokens>(admitted(tab), living.tokens)
		// Replayed only under the session it was made for (I9).
		return admitted(tab).id === id ? { id, generation: living.generation, accessToken } : undefined
	} catch {
		// The application gets the 401 that it would have had.
		return undefined
	}
}
