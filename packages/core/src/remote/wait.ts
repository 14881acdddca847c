// Waits for a turn of affairs, in this tab or another.
import { bounded } from '../local/bounded.ts'
import type { Tab } from '../local/tab.ts'
import type { Snapshot } from '../snapshot.ts'

/**
 * Settles as what `start` returns.
 * @param start given a signal that is aborted as soon as nothing waits any longer
 * @throws SessionError `timeout` after `ms`, `disposed`; the reason of `signal`
 */
export async function boundedIn<T>(
	tab: Tab,
	ms: number,
	start: (over: AbortSignal) => Promise<T>,
	what: string,
	signal?: AbortSignal,
): Promise<T> {
	const over = new AbortController()
	try {
		return await tab.live(() => bounded(tab.platform.clock, ms, start(over.signal), what), signal)
	} finally {
		over.abort()
	}
}

/** Resolves once the snapshot passes `test`. @throws as `boundedIn` */
export const within = async (
	tab: Tab,
	ms: number,
	test: (snapshot: Snapshot) => boolean,
	what: string,
	signal?: AbortSignal,
): Promise<void> => void (await boundedIn(tab, ms, over => tab.until(test, over), what, signal))
