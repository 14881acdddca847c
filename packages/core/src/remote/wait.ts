// Waits for a turn of affairs, in this tab or another.
import { bounded } from '../local/bounded.ts'
import type { Tab } from '../local/tab.ts'
import type { Snapshot } from '../snapshot.ts'

/** @throws SessionError `timeout` after `ms`; nothing waits any longer then */
export async function within(tab: Tab, ms: number, test: (snapshot: Snapshot) => boolean, what: string): Promise<void> {
	let isOver = false
	try {
		await bounded(
			tab.platform.clock,
			ms,
			tab.until(snapshot => isOver || test(snapshot)),
			what,
		)
	} finally {
		isOver = true
		tab.settle()
	}
}
