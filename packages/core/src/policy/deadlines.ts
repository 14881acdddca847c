// When a session must end and when that is announced, in session time (I4).
import type { Limits } from '../options.ts'
import type { Deadlines, Timeouts } from '../snapshot.ts'
import type { Living } from './record.ts'

/** The page's clock that never runs backwards: a wall clock stepped back goes on by the monotonic one. */
export interface Anchor {
	readonly time: number
	readonly mono: number
}

/** ms that a wall clock may be behind session time and still be followed. */
export const CLOCK_LAG_MS = 300_000

/** Whether the wall clock is behind session time, as it is and corrected by its skew. */
export const isClockBehind = (time: number, wall: number, skewMs = 0): boolean => wall - Math.min(0, skewMs) < time - CLOCK_LAG_MS

/**
 * The wall clock may have been set right since its skew was seen: of its time as it is and the corrected one, the lower that is not behind.
 * @param skewMs how far the wall clock was ahead of the provider's when the session's clock was set
 */
export function sessionTime(anchor: Anchor, wall: number, mono: number, skewMs = 0): number {
	const least = anchor.time + Math.max(0, mono - anchor.mono)
	const lower = wall - Math.max(0, skewMs)
	return Math.max(least, lower < least - CLOCK_LAG_MS ? wall - Math.min(0, skewMs) : lower)
}

/** ms before an end that the tokens bring, where no option says how long. */
const ANNOUNCED_MS = 60_000

const NEVER = Number.POSITIVE_INFINITY

export const idleDeadline = ({ lastActivity }: Pick<Living, 'lastActivity'>, { idle }: Limits): number =>
	idle ? lastActivity + idle.timeoutMs : NEVER

/** The configured one, or the provider's for its own session: the nearer. */
export const lifetimeDeadline = (
	{ startedAt, sessionExpiresAt }: Pick<Living, 'startedAt' | 'sessionExpiresAt'>,
	{ lifetime }: Limits,
): number => Math.min(lifetime ? startedAt + lifetime.timeoutMs : NEVER, sessionExpiresAt ?? NEVER)

/** When the tokens are over for good: nothing renews them any more. An answer that waits is to be looked at first. */
export function expiry({ renewable, silent, pending, expiresAt, refreshExpiresAt = NEVER }: Living): number {
	if (silent || pending) return NEVER
	return renewable ? Math.max(expiresAt, refreshExpiresAt) : expiresAt
}

/** ms that the end of the tokens is announced ahead; no more than a fifth of their time. */
const expiryAheadMs = (living: Living, { lifetime }: Limits): number =>
	Math.min(lifetime?.warnBeforeMs ?? ANNOUNCED_MS, (expiry(living) - living.issuedAt) / 5)

/** An end that comes if nothing happens. */
export interface Ahead {
	readonly reason: 'idle' | 'lifetime' | 'expired'
	readonly at: number
	/** When it is announced. */
	readonly warnAt: number
}

/** Every end, the one that counts first where two come together. */
export function endsOf(living: Living, config: Limits): readonly Ahead[] {
	const [idle, lifetime, expired] = [idleDeadline(living, config), lifetimeDeadline(living, config), expiry(living)]
	return [
		{ reason: 'idle', at: idle, warnAt: idle - (config.idle?.warnBeforeMs ?? 0) },
		{ reason: 'lifetime', at: lifetime, warnAt: lifetime - (config.lifetime?.warnBeforeMs ?? ANNOUNCED_MS) },
		{ reason: 'expired', at: expired, warnAt: expired < NEVER ? expired - expiryAheadMs(living, config) : NEVER },
	]
}

const nearest = (ends: readonly Ahead[]): Ahead | undefined =>
	ends.reduce<Ahead | undefined>((first, end) => (first && first.at <= end.at ? first : end), undefined)

/** What ends the session if nothing happens. */
export const nextEnd = (living: Living, config: Limits): Ahead => nearest(endsOf(living, config)) as Ahead

/** When the session ends by itself if nothing happens. */
export const endsAt = (living: Living, config: Limits): number => nextEnd(living, config).at

/** Which end is announced now, if one is; the nearest of several. */
export const announcedAt = (living: Living, now: number, config: Limits): Ahead | undefined =>
	nearest(endsOf(living, config).filter(({ warnAt }) => now >= warnAt))

/** How an application is told of it: the user dismisses idleness, and signs in anew for all else. */
export function warningAt(living: Living, now: number, config: Limits): 'idle' | 'lifetime' | undefined {
	const { reason } = announcedAt(living, now, config) ?? {}
	return reason === 'expired' ? 'lifetime' : reason
}

/** What the application may tell its users from the start. */
export const timeoutsOf = ({ idle, lifetime }: Limits): Timeouts => ({ idle: idle?.timeoutMs, lifetime: lifetime?.timeoutMs })

/** What the application may show of a living session's times. */
export function deadlinesOf(living: Living, highTime: number, config: Limits): Omit<Deadlines, 'now'> {
	const { expiresAt, refreshExpiresAt } = living
	const [idle, lifetime] = endsOf(living, config) as [Ahead, Ahead]
	const { reason, at } = nextEnd(living, config)
	const announced = announcedAt(living, highTime, config)
	const next = reason === 'expired' ? (at === expiresAt ? 'accessToken' : 'refreshToken') : reason
	return {
		accessToken: expiresAt,
		...(refreshExpiresAt && { refreshToken: refreshExpiresAt }),
		...(idle.at < NEVER && { idle: idle.at, idleWarning: idle.warnAt }),
		...(lifetime.at < NEVER && { lifetime: lifetime.at, lifetimeWarning: lifetime.warnAt }),
		...(at < NEVER && { next }),
		...(announced && { announced: announced.at }),
	}
}
