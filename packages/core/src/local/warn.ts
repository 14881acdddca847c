// An end that is near is announced: committed once over all tabs, if nobody was active up to then (I5).
import { isWarningDue, warned } from '../policy/warning.ts'
import { commit } from './commit.ts'
import type { Tab } from './tab.ts'

/** Every tab shows it then. @throws SessionError `storage_unavailable` */
export async function warnIfDue(tab: Tab): Promise<void> {
	if (isWarningDue(tab.view.record, tab.now(), tab.config)) await commit(tab, now => warned(now, tab.config))
}
