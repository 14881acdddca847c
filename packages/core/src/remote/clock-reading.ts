// What a token response tells of the clocks, read some time after it came (decision 17).
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

/**
 * How long ago a token response was asked for by this page, ms: as long as either clock of the page says. Session time may not have counted a sleep,
 * where the wall clock was behind it, or go by another clock since.
 */
export function ageOf({ platform: { clock } }: Tab, { sentWall, receivedWall, receivedMono = clock.mono() }: Answer): number {
	const tookMs = Math.max(0, receivedWall - (sentWall ?? receivedWall))
	return Math.max(clock.wall() - (sentWall ?? receivedWall), clock.mono() - receivedMono + tookMs)
}
