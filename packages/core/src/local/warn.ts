// An end that is near is announced: committed once over all tabs, if nobody was active up to then (I5).
import { isWarningDue, warned } from '../policy/warning.ts'
import { commit } from './commit.ts'
import type { Tab } from './tab.ts'

/** Every tab shows it then. Storage in trouble: this one by its own clock; the next look, which is soon then, announces it. */
export async function warnIfDue(tab: Tab): Promise<void> {
	const { view, config } = tab
	try {
		if (isWarningDue(view.record, tab.now(), config)) await commit(tab, now => warned(now, config))
		view.isAlone = false
	} catch {
		view.isAlone = true
	}
	tab.settle()
}
