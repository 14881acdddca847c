// What a token response has told of the wall clock, read later (decision 17).
import type { Tab } from '../local/tab.ts'
import type { Answer } from '../protocol/validate.ts'

/**
 * How far the wall clock is ahead of the provider's now, ms, if it was by `aheadMs` as the answer came to this page: the wall clock may have been set
 * back since, which the monotonic clock tells. One that was set forward cannot be told from sleep.
 */
export function aheadMsSince<T extends number | undefined>({ platform: { clock } }: Tab, answer: Answer, aheadMs: T): T {
	const { receivedWall, receivedMono = clock.mono() } = answer
	const setMs = clock.wall() - receivedWall - (clock.mono() - receivedMono)
	return (aheadMs === undefined ? undefined : aheadMs + Math.min(0, setMs)) as T
}
