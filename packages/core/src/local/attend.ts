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
	const { lifecycle, random } = tab.platform
	const fraction = random.fraction()
	let cancel = () => {}
	let restUntil = 0

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
		if (tab.now() < Math.max(restUntil, renewalDue(record.living, tab.now(), situation()))) return
		restUntil = Number.POSITIVE_INFINITY
		renew(record).then(
			() => {
				restUntil = 0
			},
			() => {
				const { living } = tab.view.record ?? {}
				restUntil = living?.failure ? 0 : tab.now() + REST_MS
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
