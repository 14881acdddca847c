// Moments that outlast a change of the session's clock (decision 17). In the lazy chunk only.
import type { SessionRecord } from '../policy/record.ts'
import type { Tab } from './tab.ts'

/** When something happened, and by which clock. */
export interface Moment {
	/** ms in session time */
	readonly at: number
	/** Which clock that is, as the record names it. */
	readonly clockSetAt: number | undefined
	/** ms of the page's own clocks */
	readonly wall: number
	readonly mono: number
}

/** @param at when it happened, in session time by the clock that the page goes by. Default: now */
export function momentOf({ now, view, platform: { clock } }: Tab, at?: number): Moment {
	const agoMs = at === undefined ? 0 : Math.max(0, now() - at)
	return { at: at ?? now(), clockSetAt: view.record?.clockSetAt, wall: clock.wall() - agoMs, mono: clock.mono() - agoMs }
}

/**
 * ms in session time by the clock of `record`: where that is another, what happened keeps its age, and is no younger than either clock of the page
 * says.
 * @param now session time by the clock of `record`
 */
export function timeOfMoment({ platform: { clock } }: Tab, moment: Moment, record: SessionRecord | undefined, now: number): number {
	const { at, clockSetAt, wall, mono } = moment
	return record?.clockSetAt === clockSetAt ? at : now - Math.max(0, clock.wall() - wall, clock.mono() - mono)
}
