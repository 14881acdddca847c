// What a tab has to look at next, and when.
import type { Config } from '../options.ts'
import { endsOf } from './deadlines.ts'
import { isRenewable } from './freshness.ts'
import { isLiving, type Living, type SessionRecord } from './record.ts'
import { renewAt } from './renew-ahead.ts'

/** ms between two looks of a visible tab, in case a hint was lost (I3). */
const LOOK_EVERY = 30_000
/** ms until a look that could not settle what is due is repeated. */
const AGAIN = 1000

export interface Situation {
	/** Whether this tab shows the session: one in quarantine or without the key renews nothing. */
	readonly mayRenew: boolean
	readonly visible: boolean
	/** Last activity in this tab, published or not, ms in session time. */
	readonly activeAt: number
	/** This tab's place among the tabs, in [0, 1). */
	readonly fraction: number
}

/** When to renew unasked: ahead of time while somebody is active, after a failure once all may try again; hidden tabs a little later. */
export function renewalDue(living: Living, now: number, { mayRenew, visible, activeAt, fraction }: Situation): number {
	const { issuedAt, lastActivity, failure, pending } = living
	if (!mayRenew || (!isRenewable(living, now) && !pending)) return Number.POSITIVE_INFINITY
	const wanted = failure || Math.max(activeAt, lastActivity) >= issuedAt
	return wanted ? Math.max(renewAt(living, visible ? fraction : fraction + 1), failure?.retryAt ?? 0) : Number.POSITIVE_INFINITY
}

/** ms until the next look at the record. */
export function nextLook(record: SessionRecord | undefined, now: number, situation: Situation, config: Config): number {
	const soonest = situation.visible ? LOOK_EVERY : Number.POSITIVE_INFINITY
	if (!isLiving(record)) return soonest
	const { living } = record
	const ends = endsOf(living, config)
	// A warning that could not be committed is tried again too.
	const announced = ends.map(({ warnAt }) => warnAt).filter(at => at > record.highTime)
	const due = [...announced, ...ends.map(({ at }) => at), renewalDue(living, now, situation)]
	return Math.min(soonest, ...due.map(at => (at > now ? at - now : AGAIN)))
}
