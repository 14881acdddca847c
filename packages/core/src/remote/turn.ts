// Whose turn it is to send the refresh token: a queue on a Web Lock, and the intent in the record as the mutex (I1). There is no leader to freeze.

import { SessionError } from '../errors.ts'
import { commit } from '../local/commit.ts'
import { pauseIn, schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import { notRenewed } from '../local/tokens.ts'
import { isRenewable } from '../policy/freshness.ts'
import type { Intent, SessionRecord } from '../policy/record.ts'
import { backOffMs, isBackingOff, isFor, renewalIntended, type Target } from '../policy/renewal.ts'
import type { Context } from './context.ts'

const TICK_MS = 1000

/** Counts time in which this page runs, so that its own freeze or sleep does not make it overtake. @returns stop */
function afterRunning(tab: Tab, ms: number, task: () => void): () => void {
	let left = ms
	let cancel = () => {}
	const tick = () => {
		left -= TICK_MS
		if (left < 0) task()
		else cancel = schedule(tab, TICK_MS, tick)
	}
	tick()
	return () => cancel()
}

/** ms of running time after which a holder is taken to hang: longer than any send. */
const patienceMs = ({ tab }: Context) => tab.config.tokenRequestTimeoutMs + 5000

/** Runs `task` once the lock is granted, or without it when the holder has hung for as long as this tab can wait. */
export async function queued(
	context: Context,
	{ generation }: Target,
	task: (locked: boolean, hasWaited: boolean) => Promise<void>,
): Promise<void> {
	const { locks } = context.platform
	const { tab } = context
	let hasGivenUp = false
	let leave = () => {}
	const stop = afterRunning(tab, patienceMs(context), () => {
		hasGivenUp = true
		leave()
	})
	let granted = false
	// For each generation its own: a holder that is frozen keeps nobody from the next renewal.
	const name = `${context.name}:renewal:${generation}`
	try {
		while (!granted && !hasGivenUp) {
			await tab.awake()
			const wait = new AbortController()
			leave = () => wait.abort()
			// A page that sleeps leaves the queue: granted to it, the lock would hold up all others.
			const forget = tab.beforeSleep(leave)
			await tab.live(() =>
				locks
					.queue(name, wait.signal, isHeld => {
						granted = true
						stop()
						return task(isHeld, false)
					})
					.catch(error => {
						if (granted || !wait.signal.aborted) throw error
					})
					.finally(forget),
			)
		}
	} finally {
		stop()
		// A manager that is disposed of leaves the queue; a renewal that has begun goes on.
		leave()
	}
	if (!granted) await task(false, true)
}

/** The right to send: the intent in the record, and the moment before it was committed. */
export interface Turn {
	readonly intent: Intent
	readonly at: { readonly wall: number; readonly mono: number }
	/** Whoever had the turn before is gone or hangs, and may have sent: nobody knows. */
	readonly isTakenOver: boolean
}

export interface Waiting {
	/** Whether this tab holds the lock. */
	readonly locked: boolean
	/** The intent that stood when this tab began to wait for the lock in vain. */
	readonly standing: string | undefined
	/** A `retryAt` that does not hold any more, since the network is back or the user asks. */
	readonly disregarded: number | undefined
}

/**
 * Waits for this tab's turn, and takes it by committing an intent.
 * @returns `undefined` if there is nothing to send any more
 * @throws SessionError `renewal_failed` while all tabs back off
 */
export async function takeTurn(context: Context, target: Target, { locked, standing, disregarded }: Waiting): Promise<Turn | undefined> {
	const { tab } = context
	const { clock, random } = tab.platform
	let seen = standing
	// Whoever gave up on the lock has waited for this intent already.
	let waitedMs = locked ? 0 : patienceMs(context)
	while (true) {
		const record = await tab.read()
		if (!isFor(record, target) || record.living.pending || !isRenewable(record.living, tab.now())) return undefined
		const { intent } = record.living
		if (isBackingOff(record.living, tab.now(), disregarded)) throw notRenewed(record.living)
		if (intent) {
			if (intent.id !== seen) {
				seen = intent.id
				waitedMs = 0
			}
			// Made under the lock that this tab now holds: its maker is gone, the outcome unknown. One back-off step, then again.
			// Otherwise somebody may be sending.
			const enoughMs = locked && intent.locked ? backOffMs(1, random.fraction()) : patienceMs(context)
			if (waitedMs < enoughMs) {
				await pauseIn(tab, TICK_MS)
				waitedMs += TICK_MS
				continue
			}
		}
		const mine: Intent = { id: random.id(), locked }
		const take = renewalIntended(target, mine, intent?.id)
		// A failure that another tab has noted since then holds this one back too.
		const isHeldBack = (seen: SessionRecord, now: number) => isFor(seen, target) && isBackingOff(seen.living, now, disregarded)
		const at = { wall: clock.wall(), mono: clock.mono() }
		// On the disk before anything is sent: after a power cut it tells that somebody may have.
		if (await commit(tab, now => current => (isHeldBack(current, now) ? undefined : take(current)), { strict: true }))
			return { intent: mine, at, isTakenOver: !!intent }
	}
}

/** ms after which a turn that was taken is no proof any more that it stands: the page may have stood still. */
const SURE_MS = 2000
/** Storage so slow that no turn can be used in time: all wait. */
const MOST_TRIES = 5

/**
 * Makes sure of the turn right before it is used: one that is not used at once is taken anew, which is a look as well. Others take
 * a turn for hung after the request's limit and 5 s more, so the whole request ends before.
 * A look at the record at the wake is no proof: it does not tell how long the others have waited.
 * @returns the intent that stands; `undefined` if this tab was overtaken
 * @throws SessionError `storage_unavailable`
 */
export async function keepTurn({ tab }: Context, target: Target, { intent, at }: Turn): Promise<Intent | undefined> {
	const { clock, random } = tab.platform
	let mine = intent
	let since = at
	const isYoung = () => Math.abs(clock.wall() - since.wall) < SURE_MS && clock.mono() - since.mono < SURE_MS
	for (let tries = 1; !isYoung(); tries++) {
		if (tries > MOST_TRIES) throw new SessionError('storage_unavailable', { detail: 'slow' })
		since = { wall: clock.wall(), mono: clock.mono() }
		const next: Intent = { ...mine, id: random.id() }
		const taken = mine.id
		if (!(await commit(tab, () => renewalIntended(target, next, taken)))) return undefined
		mine = next
	}
	return mine
}
