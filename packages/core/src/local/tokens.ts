// Tokens for those who ask: from memory while it can be trusted, else from the record, renewed first where needed.
import { SessionError } from '../errors.ts'
import { type Indicator, MAIN } from '../options.ts'
import { hasUsable, issueOf } from '../policy/freshness.ts'
import { isLiving, isSameUser, type Living, type LivingRecord } from '../policy/record.ts'
import { isSettled } from '../snapshot.ts'
import { bounded } from './bounded.ts'
import type { Reconcile } from './reconcile.ts'
import type { Tab } from './tab.ts'

/** What is sealed in the record. */
export interface Tokens {
	readonly accessToken: string
	readonly refreshToken: string | undefined
	readonly idToken: string
	/** Access tokens beside the main one, by the name of what they were asked for. */
	readonly others?: Readonly<Record<string, string>>
}

/** An access token, what it was asked for, and of which session and generation it is. */
export interface Held {
	readonly id: string
	readonly living: Living
	readonly indicator: Indicator
	readonly accessToken: string
}

/** The living record, if its tokens may be handed out now. @throws SessionError that says why not */
export function admitted(tab: Tab): LivingRecord {
	const { record, outdated, trouble } = tab.view
	const { status, error } = tab.settle()
	if (status === 'authenticated' && isLiving(record) && !trouble) return record
	const code = status === 'user-changed' ? 'user_changed' : status === 'redirecting' ? status : 'not_authenticated'
	throw outdated ?? trouble?.error ?? error ?? new SessionError(code)
}

/** Waits for a response being exchanged, a key on its way from another tab (whatever the first frame shows), an end being committed. */
export const ready = (tab: Tab, signal?: AbortSignal): Promise<unknown> =>
	tab.until(snapshot => isSettled(snapshot) && !(snapshot.status === 'authenticated' && tab.isKeyless()), signal)

export const notRenewed = ({ failure }: Living): SessionError =>
	new SessionError('renewal_failed', { detail: failure?.code, oauthError: failure?.oauthError })

/** Reads before a token is handed out: in a flood of messages the second one counts, for it began after the call. */
const MOST_LOOKS = 2

/** The page may have slept, or heard of a change, since a token of the session `id` was in its hands, and while it looked again. @throws SessionError */
export async function confirm(tab: Tab, id: string): Promise<void> {
	for (let tries = 0; !tab.isTrusted() && tries < MOST_LOOKS; tries++) await tab.read()
	if (admitted(tab).id !== id) throw new SessionError('not_authenticated')
}

/** Opens an access token of the session `id`, which may have ended in the meantime. */
export async function openHeld(tab: Tab, id: string, indicator: Indicator): Promise<Held> {
	const record = admitted(tab)
	const tokens = await tab.open<Tokens>(record, record.living.tokens)
	const accessToken = indicator.name ? tokens?.others?.[indicator.name] : tokens?.accessToken
	await confirm(tab, id)
	if (record.id !== id || !accessToken) throw new SessionError('not_authenticated')
	return { id, living: record.living, indicator, accessToken }
}

export function createTokens(
	tab: Tab,
	reconcile: Reconcile,
	renew: (record: LivingRecord, indicator: Indicator) => Promise<void>,
	wanted: () => void,
): (indicator?: Indicator) => Promise<Held> {
	const { platform, config } = tab
	/** By the name of what the tokens are for. */
	const acquiring = new Map<string, Promise<Held>>()

	async function acquire(indicator: Indicator): Promise<Held> {
		const { name } = indicator
		await reconcile()
		await ready(tab)
		const { id } = admitted(tab)
		const isStale = () => admitted(tab).id === id && !hasUsable(admitted(tab).living, name, tab.now())
		// Once more for a page that stood still, or whose storage was slow, until what it had was over.
		for (let tries = 0; tries < 2; tries++) {
			if (isStale()) await renew(admitted(tab), indicator)
			if (isStale()) continue
			const held = await openHeld(tab, id, indicator)
			// Throws where the session has ended since: its token must not stay in memory.
			admitted(tab)
			tab.handed.set(name, held)
			if (hasUsable(held.living, name, tab.now())) return held
		}
		throw notRenewed(admitted(tab).living)
	}

	/** The token in memory, if it may be handed out without a look at the record. */
	function trusted({ name }: Indicator): Held | undefined {
		const held = tab.handed.get(name) as Held | undefined
		const { status } = tab.settle()
		const { record } = tab.view
		if (!held || status !== 'authenticated' || !tab.isTrusted() || !isLiving(record) || record.id !== held.id) return undefined
		const isCurrent = issueOf(held.living, name)?.generation === issueOf(record.living, name)?.generation
		return isCurrent && hasUsable(record.living, name, tab.now()) ? held : undefined
	}

	return async (indicator = MAIN) => {
		const { name } = indicator
		let token = trusted(indicator)
		const { accepted, record } = tab.view
		if (!token) {
			const asked = acquiring.get(name) ?? acquire(indicator).finally(() => acquiring.delete(name))
			acquiring.set(name, asked)
			token = await bounded(platform.clock, config.requestTimeoutMs, asked, 'access token')
			// What was asked for under one session is not answered with another's token (I9).
			if (accepted && !isSameUser(accepted, tab.view.accepted)) throw new SessionError('user_changed')
			if (isLiving(record) && record.id !== token.id) throw new SessionError('not_authenticated')
		}
		wanted()
		return token
	}
}
