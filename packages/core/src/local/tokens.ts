// Tokens for those who ask: from memory while it can be trusted, else from the record, renewed first where needed.
import { SessionError } from '../errors.ts'
import { isUsable } from '../policy/freshness.ts'
import { isLiving, type Living, type LivingRecord } from '../policy/record.ts'
import { bounded } from './bounded.ts'
import type { Tab } from './tab.ts'

/** What is sealed in the record. */
export interface Tokens {
	readonly accessToken: string
	readonly refreshToken: string | undefined
	readonly idToken: string
}

/** An access token, and which session and generation it is of. */
export interface Held {
	readonly id: string
	readonly generation: number
	readonly accessToken: string
}

export interface TokenActions {
	/** Reads the record and ends what is over. */
	look(): Promise<void>
	renew(record: LivingRecord, disregarded?: number): Promise<void>
	/** Somebody wants tokens: time to renew ahead, if it is. */
	wanted(): void
}

export const notRenewed = ({ failure }: Living): SessionError =>
	new SessionError('renewal_failed', { detail: failure?.code, oauthError: failure?.oauthError })

/** The living record, if its tokens may be handed out now. @throws SessionError that says why not */
export function admitted(tab: Tab): LivingRecord {
	const { record, outdated } = tab.view
	const { status, error } = tab.settle()
	if (status === 'authenticated' && isLiving(record)) return record
	const code = status === 'user-changed' ? 'user_changed' : status === 'redirecting' ? status : 'not_authenticated'
	throw outdated ?? error ?? new SessionError(code)
}

export function createTokens(tab: Tab, { look, renew, wanted }: TokenActions) {
	let held: Held | undefined
	let acquiring: Promise<Held> | undefined

	async function acquire(): Promise<Held> {
		await look()
		// A response being exchanged, or a key on its way from another tab.
		await tab.until(({ status }) => status !== 'loading' && status !== 'checking')
		const before = admitted(tab)
		if (!isUsable(before.living, tab.now())) await renew(before)
		const { id, living } = admitted(tab)
		if (id === before.id && !isUsable(living, tab.now())) throw notRenewed(living)
		const { accessToken } = await tab.open<Tokens>(admitted(tab), living.tokens)
		// The session may have ended, and another begun, while this one's tokens were renewed and opened.
		if (before.id !== id || admitted(tab).id !== id) throw new SessionError('not_authenticated')
		held = { id, generation: living.generation, accessToken }
		return held
	}

	/** The token in memory, if it may be handed out without a look at the record. */
	function trusted(): Held | undefined {
		const isShown = tab.settle().status === 'authenticated'
		const { record } = tab.view
		const isCurrent = isLiving(record) && held?.id === record.id && held.generation === record.living.generation
		return isShown && tab.isTrusted() && isCurrent && isUsable(record.living, tab.now()) ? held : undefined
	}

	return async function get(): Promise<Held> {
		const inMemory = trusted()
		acquiring ??= inMemory
			? undefined
			: acquire().finally(() => {
					acquiring = undefined
				})
		const token = inMemory ?? (await bounded(tab.platform.clock, tab.config.requestTimeoutMs, acquiring as Promise<Held>, 'access token'))
		wanted()
		return token
	}
}
