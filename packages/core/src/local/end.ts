// The end of a session: committed once over all tabs, before anything else happens (I2, I8).

import { deadlineReason, isLiving, type LivingRecord, type SessionRecord } from '../policy/record.ts'
import { ended } from '../policy/session.ts'
import type { EndReason } from '../snapshot.ts'
import { commit } from './commit.ts'
import type { Tab } from './tab.ts'

/**
 * Ends the session of the record, as last read.
 * @param isMeant whether it is still this one that ends
 * @returns the session as it was, tokens and all, if it was this tab that ended it: whoever gets it revokes
 * @throws SessionError `storage_unavailable`
 */
export async function end(
	tab: Tab,
	reason: EndReason | undefined,
	isMeant: (record: SessionRecord) => boolean = () => true,
): Promise<LivingRecord | undefined> {
	const { id } = tab.view.record ?? {}
	if (!id || !reason) return undefined
	let former: LivingRecord | undefined
	const isMade = await commit(
		tab,
		at => record => {
			former = isLiving(record) ? record : undefined
			return isMeant(record) ? ended(id, { reason, at, tab: tab.id }, tab.config)(record) : undefined
		},
		{ strict: true, ofNewer: record => record },
	)
	return isMade ? former : undefined
}

/** Ends the session if it is past a deadline. Another tab's activity in between refuses it (I5). */
export const endIfDue = (tab: Tab): Promise<LivingRecord | undefined> => end(tab, deadlineReason(tab.view.record, tab.now(), tab.config))
