// Renewals that somebody asks for, as against those that are due.
import { bounded } from '../local/bounded.ts'
import { admitted, type Held, notRenewed, openHeld, ready } from '../local/tokens.ts'
import { isUsable } from '../policy/freshness.ts'
import type { Context } from './context.ts'

/** A 401 for a token younger than this is not about its age, ms. */
const YOUNG_MS = 10_000

/** Renews now, back-off or not. @throws SessionError */
export async function renewNow({ tab, reconcile, renew }: Context): Promise<void> {
	await reconcile()
	await bounded(tab.platform.clock, tab.config.requestTimeoutMs, ready(tab), 'key')
	const before = admitted(tab)
	await bounded(tab.platform.clock, tab.config.tokenRequestTimeoutMs, renew(before, before.living.failure?.retryAt), 'renewal')
	const { id, living } = admitted(tab)
	if (id === before.id && living.generation === before.living.generation) throw notRenewed(living)
}

/** A renewal asks the provider about the session too: its `invalid_grant` ends that by itself, with its own reason; all else proves nothing. */
export async function recheckByRenewal(context: Context): Promise<'unknown'> {
	await renewNow(context).catch(() => {})
	return 'unknown'
}

/** An API refused a token with 401: a better one, if there is one (design, section 7). */
export async function afterRejection({ tab, reconcile, renew }: Context, held: Held): Promise<Held | undefined> {
	try {
		await reconcile()
		const before = admitted(tab)
		if (before.id !== held.id) return undefined
		const isSame = before.living.generation === held.living.generation
		if (isSame && tab.now() - before.living.issuedAt < YOUNG_MS) return undefined
		// The successor that another tab brought may be over too.
		if (isSame || !isUsable(before.living, tab.now()))
			await bounded(tab.platform.clock, tab.config.requestTimeoutMs, renew(before), 'renewal')
		// Replayed only under the session it was made for (I9).
		const fresh = await openHeld(tab, held.id)
		return fresh.living.generation > held.living.generation && isUsable(fresh.living, tab.now()) ? fresh : undefined
	} catch {
		// The application gets the 401 that it would have had.
		return undefined
	}
}
