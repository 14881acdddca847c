// The one look at the record that every wake, hint and timer leads to: read, end what is over, renew what is due, plan the next look.
import type { SessionError } from '../errors.ts'
import { nextLook, renewalDue, type Situation } from '../policy/agenda.ts'
import { isLiving, type LivingRecord } from '../policy/record.ts'
import { endIfDue } from './end.ts'
import type { Tab } from './tab.ts'

/** ms until storage that does not answer shows as an error where nothing is known yet. */
const UNREADABLE_MS = 5000
/** ms this tab rests after a renewal that it could not even record as failed. */
const REST_MS = 5000
const RETRY_MS = 1000

export function createReconcile(
	tab: Tab,
	actions: { renew(record: LivingRecord): Promise<void>; revoke(former: LivingRecord): void; activeAt(): number },
) {
	const { clock, lifecycle } = tab.platform
	const fraction = tab.platform.random.fraction()
	let cancel = () => {}
	let running: Promise<void> | undefined
	let again = false
	let failingSince: number | undefined
	let restUntil = 0
	let stopped = false

	const situation = (): Situation => ({ visible: lifecycle.visible(), activeAt: actions.activeAt(), fraction })

	function plan(ms = nextLook(tab.view.record, tab.now(), situation(), tab.config)) {
		cancel()
		if (!stopped && Number.isFinite(ms)) cancel = clock.after(ms, reconcile)
	}

	/** Reads the record and ends the session if it is past a deadline. @throws SessionError `storage_unavailable` */
	async function look(): Promise<void> {
		const since = tab.now()
		try {
			await tab.read()
			failingSince = undefined
			const former = await endIfDue(tab)
			if (former) actions.revoke(former)
		} catch (error) {
			failingSince ??= since
			if (tab.now() - failingSince >= UNREADABLE_MS) tab.view.unreadable = error as SessionError
			tab.settle()
			throw error
		}
	}

	function renewIfDue() {
		const { record } = tab.view
		const now = tab.now()
		if (
			tab.getSnapshot().status !== 'authenticated' ||
			!isLiving(record) ||
			now < Math.max(restUntil, renewalDue(record.living, situation()))
		)
			return
		restUntil = Number.POSITIVE_INFINITY
		actions.renew(record).then(
			() => (restUntil = 0),
			() => (restUntil = tab.now() + REST_MS),
		)
	}

	async function run() {
		do {
			again = false
			try {
				await look()
			} catch {
				// Trouble with the storage is not a logout (I6).
				plan(RETRY_MS)
				return
			}
		} while (again)
		renewIfDue()
		plan()
	}

	/** Safe to call at any time, from anywhere; what becomes due in this task shows in this task. */
	function reconcile(): Promise<void> {
		tab.settle()
		again = true
		running ??= run().finally(() => {
			running = undefined
		})
		return running
	}

	return {
		reconcile,
		look,
		renewIfDue,
		/** Plans anew, after a commit moved something. */
		plan: () => plan(),
		stop() {
			stopped = true
			cancel()
		},
	}
}
