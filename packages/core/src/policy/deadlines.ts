// When a session must end and when that is announced, in session time (I4).
import type { Limits } from '../options.ts'
import type { Deadlines, Timeouts } from '../snapshot.ts'
import { isRenewable } from './freshness.ts'
import type { Living } from './record.ts'

type Times = Pick<Living, 'lastActivity' | 'startedAt'>

/** The page's clock that never runs backwards: a wall clock stepped back goes on by the monotonic one. */
export interface Anchor {
	readonly time: number
	readonly mono: number
}

export const sessionTime = (anchor: Anchor, wall: number, mono: number): number =>
	Math.max(wall, anchor.time + Math.max(0, mono - anchor.mono))

export const idleDeadline = (living: Times, { idle }: Limits): number =>
	idle ? living.lastActivity + idle.timeoutMs : Number.POSITIVE_INFINITY

export const lifetimeDeadline = (living: Times, { lifetime }: Limits): number =>
	lifetime ? living.startedAt + lifetime.timeoutMs : Number.POSITIVE_INFINITY

export const nearestDeadline = (living: Times, config: Limits): number =>
	Math.min(idleDeadline(living, config), lifetimeDeadline(living, config))

/** Tokens that nothing can renew end their session. An answer that waits is to be looked at first. */
export const expiry = (living: Living): number => (isRenewable(living) || living.pending ? Number.POSITIVE_INFINITY : living.expiresAt)

/** When the session ends by itself if nothing happens. */
export const endsAt = (living: Living, config: Limits): number => Math.min(nearestDeadline(living, config), expiry(living))

export const idleWarning = (living: Times, config: Limits): number => idleDeadline(living, config) - (config.idle?.warnBeforeMs ?? 0)

export const lifetimeWarning = (living: Times, config: Limits): number =>
	lifetimeDeadline(living, config) - (config.lifetime?.warnBeforeMs ?? 0)

/** Which deadline comes first. */
export const nextEnd = (living: Times, config: Limits): 'idle' | 'lifetime' =>
	idleDeadline(living, config) <= lifetimeDeadline(living, config) ? 'idle' : 'lifetime'

/** Which end is announced now, if one is; the nearer one of two. */
export function warningAt(living: Times, now: number, config: Limits): 'idle' | 'lifetime' | undefined {
	const idle = now >= idleWarning(living, config) && 'idle'
	const lifetime = now >= lifetimeWarning(living, config) && 'lifetime'
	return (idle && lifetime ? nextEnd(living, config) : idle || lifetime) || undefined
}

/** What the application may tell its users from the start. */
export const timeoutsOf = ({ idle, lifetime }: Limits): Timeouts => ({ idle: idle?.timeoutMs, lifetime: lifetime?.timeoutMs })

/** What the application may show of a living session's times. */
export const deadlinesOf = (living: Living, config: Limits): Omit<Deadlines, 'now'> => ({
	accessToken: living.expiresAt,
	...(config.idle && { idle: idleDeadline(living, config), idleWarning: idleWarning(living, config) }),
	...(config.lifetime && { lifetime: lifetimeDeadline(living, config), lifetimeWarning: lifetimeWarning(living, config) }),
	...((config.idle || config.lifetime) && { next: nextEnd(living, config) }),
})
