// A page that loads while the wall clock is behind the record's time has the provider confirm the time before it hands out anything (decision 17).
import { SessionError } from '../errors.ts'
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import { isClockBehind } from '../policy/deadlines.ts'
import { isRenewable } from '../policy/freshness.ts'
import { isLiving } from '../policy/record.ts'
import type { Context } from './context.ts'

/** ms until a confirmation that failed without a back-off in the record is tried again. */
const RETRY_MS = 1000

/**
 * The present, as far as the page knows: session time, or the wall clock where no session tells the time. While the time is in doubt either may be
 * right, and they take turns.
 */
export const presentOf =
	({ view, now, platform }: Pick<Tab, 'view' | 'now' | 'platform'>) =>
	(): number => {
		const [time, wall] = [now(), platform.clock.wall()]
		const isTold = isLiving(view.record) && !(view.doubt && (view.record.living.failure?.count ?? 0) % 2)
		return isTold || !isClockBehind(time, wall, view.record?.skewMs) ? time : wall
	}

/** Token responses that may tell nothing of the time: one that came to another page, or outlasted a change of the clock, or a sleep. */
const MAX_RESPONSES = 2

export interface TimeCheck {
	/** Renews if the time is in doubt; the token response sets the clock. @param disregarded a `retryAt` that does not hold back this time */
	run(disregarded?: number): void
	stop(): void
}

export function createTimeCheck(context: Context): TimeCheck {
	const { tab, reconcile } = context
	const { view } = tab
	let isRunning = false
	/** Token responses that did not confirm the time. */
	let responses = 0
	let cancel = () => {}

	/** Neither a renewal nor a silent sign-in can confirm the time: the user is offered to sign in, and the session stays. */
	function giveUp() {
		view.doubt = new SessionError('sign_in_required', { detail: 'the clock of this device is behind the session' })
		tab.settle()
	}

	async function confirm(disregarded: number | undefined): Promise<void> {
		// The key may be on its way from another tab; the answer to a sign-in confirms the time by itself.
		await tab.until(() => !tab.isKeyless() && !view.isAnswering)
		const { record } = view
		if (view.doubt !== true || !isLiving(record) || !view.keyed || view.outdated) return
		if (isRenewable(record.living, tab.now())) await context.renew(record, disregarded)
		const { record: after } = view
		const isNewer = isLiving(after) && after.id === record.id && after.living.generation !== record.living.generation
		if (isNewer) responses += 1
		if (view.doubt === true && (responses >= MAX_RESPONSES || !isRenewable(record.living, tab.now()))) giveUp()
		else if (view.doubt === true) throw new SessionError('renewal_failed')
	}

	function run(disregarded?: number) {
		if (isRunning || view.doubt !== true) return
		isRunning = true
		cancel()
		confirm(disregarded)
			.then(reconcile, () => {
				const { retryAt = 0 } = view.record?.living?.failure ?? {}
				cancel = schedule(tab, Math.max(RETRY_MS, retryAt - tab.now()), run)
			})
			.finally(() => {
				isRunning = false
			})
	}

	return { run, stop: () => cancel() }
}
