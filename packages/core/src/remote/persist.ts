// An answer in hand that the storage does not take at once: it is the only valid one (I7).
import { pause } from '../local/pause.ts'
import type { Tab } from '../local/tab.ts'

/** Tries before an answer is given up for lost, and ms between two. */
const TRIES = 10
const BETWEEN_MS = 1000

/** @throws SessionError `storage_unavailable` once nothing more is tried */
export async function persist<T>({ platform }: Tab, commit: () => Promise<T>): Promise<T> {
	for (let tries = 1; ; tries++) {
		try {
			return await commit()
		} catch (error) {
			if (tries >= TRIES) throw error
			await pause(platform.clock, BETWEEN_MS)
		}
	}
}
