// The end of a session: committed once over all tabs, before anything else happens (I2, I8).

import { ended } from '../policy/end.ts'
import { deadlineReason, type LivingRecord, type SessionRecord } from '../policy/record.ts'
import type { EndReason } from '../snapshot.ts'
import { commit } from './commit.ts'
import type { Tab } from './tab.ts'
import type { Tokens } from './tokens.ts'

/** A session that this tab has ended. It is opened in the transaction of the end, because the key is removed with it. */
export interface Former {
	readonly id: string
	/** The tokens, and the stored response that was not validated yet. Never rejects; empty where this tab did not have the key. */
	readonly opened: Promise<readonly [tokens?: Tokens, pending?: unknown]>
}

/**
 * Ends the session of the record, as last read.
 * @param isMeant whether it is still this one that ends
 * @returns the session as it was, if it was this tab that ended it: whoever gets it revokes
 * @throws SessionError `storage_unavailable`
 */
export async function end(
	tab: Tab,
	reason: EndReason | undefined,
	isMeant: (record: SessionRecord) => boolean = () => true,
): Promise<Former | undefined> {
	const { id } = tab.view.record ?? {}
	if (!id || !reason) return undefined
	let former: Former | undefined
	const isMade = await commit(
		tab,
		at => record => {
			const living = record as LivingRecord
			const { tokens, pending } = record.living ?? {}
			const opening = [tokens, pending].map(sealed => sealed && tab.open(living, sealed))
			former = { id, opened: Promise.all(opening).catch(() => []) as Former['opened'] }
			const revoked = tab.keyOf(living) ? undefined : false
			return isMeant(record) ? ended(id, { reason, at, tab: tab.id, revoked }, tab.config)(record) : undefined
		},
		{ strict: true, ofNewer: record => record },
	)
	return isMade ? former : undefined
}

/** Ends the session if it is past a deadline, by a time that is not in doubt. Another tab's activity in between refuses it (I5). */
export const endIfDue = (tab: Tab): Promise<Former | undefined> =>
	end(tab, tab.view.doubt ? undefined : deadlineReason(tab.view.record, tab.now(), tab.config))
