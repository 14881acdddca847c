// Renewals that somebody asks for, as against those that are due.
import { bounded } from '../local/bounded.ts'
import { admitted, type Held, notRenewed, openHeld, ready } from '../local/tokens.ts'
import { hasUsable, issueOf } from '../policy/freshness.ts'
import { challengeParams, stepUpChallenge } from '../protocol/challenge.ts'
import { addressOf, isFromApi } from './api-response.ts'
import type { Context } from './context.ts'
import { boundedIn } from './wait.ts'

/** A 401 for a token younger than this is not about its age, ms. */
const YOUNG_MS = 10_000

/** Renews now, back-off or not. @throws SessionError */
export async function renewNow({ tab, reconcile, renew }: Context): Promise<void> {
	await reconcile()
	await boundedIn(tab, tab.config.requestTimeoutMs, signal => ready(tab, signal), 'key')
	const before = admitted(tab)
	await bounded(tab.platform.clock, tab.config.tokenRequestTimeoutMs, renew(before, before.living.failure?.retryAt), 'renewal')
	const { id, living } = admitted(tab)
	if (id === before.id && living.mainGeneration === before.living.mainGeneration) throw notRenewed(living)
}

/** A renewal asks the provider about the session too: its `invalid_grant` ends that by itself, with its own reason; all else proves nothing. */
export async function recheckByRenewal(context: Context): Promise<'unknown'> {
	await renewNow(context).catch(() => {})
	return 'unknown'
}

/**
 * An API refused a token with 401: a better one, if there is one (design, section 7).
 * @param url of the request
 * @throws SessionError `step_up_required`
 */
export async function afterRejection(
	context: Context,
	held: Held,
	response: Response,
	{ url, signal }: Pick<Request, 'url' | 'signal'>,
): Promise<Held | undefined> {
	const { tab, token, stepUp } = context
	if (!isFromApi(tab.config, response, url)) return undefined
	const said = response.headers.get('WWW-Authenticate')
	// About the proof, not the token.
	if (challengeParams(said)['error'] === 'use_dpop_nonce') return undefined
	const challenge = stepUpChallenge(said, [held.accessToken])
	if (!challenge) return renewed(context, held)
	await stepUp(held, challenge, addressOf(response, url), signal)
	const fresh = await token(held.indicator)
	// Replayed only under the session it was made for (I9).
	return fresh.id === held.id ? fresh : undefined
}

async function renewed({ tab, reconcile, renew }: Context, held: Held): Promise<Held | undefined> {
	try {
		await reconcile()
		const before = admitted(tab)
		if (before.id !== held.id) return undefined
		const { name } = held.indicator
		const issue = issueOf(before.living, name)
		const isSame = issue?.generation === issueOf(held.living, name)?.generation
		if (issue && isSame && tab.now() - issue.issuedAt < YOUNG_MS) return undefined
		// The successor that another tab brought may be over too.
		if (isSame || !hasUsable(before.living, name, tab.now()))
			await bounded(tab.platform.clock, tab.config.requestTimeoutMs, renew(before, undefined, held.indicator), 'renewal')
		// Replayed only under the session it was made for (I9).
		const fresh = await openHeld(tab, held.id, held.indicator)
		const isOther = issueOf(fresh.living, name)?.generation !== issueOf(held.living, name)?.generation
		return isOther && hasUsable(fresh.living, name, tab.now()) ? fresh : undefined
	} catch {
		// The application gets the 401 that it would have had.
		return undefined
	}
}
