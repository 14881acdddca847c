// What is due once the record is read: a renewal ahead of time, and the next look.
import { nextLook, renewalDue, type Situation } from '../policy/agenda.ts'
import { isLiving, type LivingRecord } from '../policy/record.ts'
import { schedule } from './schedule.ts'
import type { Tab } from './tab.ts'

/** ms this tab rests after a renewal that it could not even record as failed. */
const REST_MS = 5000

export interface AttendActions {
	renew(record: LivingRecord): Promise<void>
	reconcile(): void
	/** Last activity here, or the last time that somebody wanted tokens, ms in session time. */
	activeAt(): number
}

export function createAttendant(tab: Tab, { renew, reconcile, activeAt }: AttendActions) {
	const { clock, lifecycle, random } = tab.platform
	const fraction = random.fraction()
	let cancel = () => {}
	/** On the monotonic clock: session time may be set back meanwhile. */
	let restUntil = Number.NEGATIVE_INFINITY

	const situation = (): Situation => ({
		mayRenew: tab.settle().status === 'authenticated' && !tab.isKeyless(),
		visible: lifecycle.visible(),
		activeAt: activeAt(),
		fraction,
	})

	/** Plans the next look, after a commit moved something. */
	function plan() {
		cancel()
		const ms = nextLook(tab.view.record, tab.now(), situation(), tab.config)
		if (Number.isFinite(ms)) cancel = schedule(tab, ms, reconcile)
	}

	function renewIfDue() {
		const { record } = tab.view
		if (!isLiving(record)) return
		if (clock.mono() < restUntil || tab.now() < renewalDue(record.living, tab.now(), situation())) return
		restUntil = Number.POSITIVE_INFINITY
		renew(record).then(
			() => {
				restUntil = Number.NEGATIVE_INFINITY
			},
			() => {
				const { living } = tab.view.record ?? {}
				restUntil = living?.failure ? Number.NEGATIVE_INFINITY : clock.mono() + REST_MS
			},
		)
	}

	return {
		plan,
		renewIfDue,
		async attend() {
			renewIfDue()
			plan()
		},
		stop: () => cancel(),
	}
}
