// One user, all tabs: activity here is published so that no other tab takes the user for idle (I5).

import type { ActivitySource } from '../platform/ports.ts'
import { publishEvery } from '../policy/activity.ts'
import { idleWarning } from '../policy/deadlines.ts'
import { isLiving } from '../policy/record.ts'
import { touched } from '../policy/session.ts'
import { commit } from './commit.ts'
import type { Tab } from './tab.ts'

/** ms between two looks at the page's events. */
const QUIET_MS = 1000

export function createActivity(tab: Tab, source: ActivitySource, planned: () => void) {
	const { clock } = tab.platform
	const everyMs = publishEvery(tab.config)
	let activeAt = 0
	let publishedAt = 0
	/** When something happened in a page that did not know whether the session lives, ms in session time. */
	let doubtedAt = 0
	let resting = false

	/** Writes the activity to the record. @returns whether the session lives on */
	async function publish(): Promise<boolean> {
		const { record } = tab.view
		if (!isLiving(record)) return false
		const at = activeAt
		publishedAt = at
		await commit(tab, now => touched(record.id, at, now, tab.config))
		planned()
		return tab.getSnapshot().status === 'authenticated'
	}

	function rest() {
		resting = true
		clock.after(everyMs, () => {
			resting = false
			if (activeAt > publishedAt) publishNow()
		})
	}

	function publishNow() {
		rest()
		// Trouble with the storage: the next activity tries again.
		publish().catch(() => {})
	}

	/** @returns whether it counts: an event after the deadline is no activity */
	function noted(): boolean {
		const { status } = tab.settle()
		// Past a deadline that activity in another tab may have moved: the record decides.
		if (status === 'checking') doubtedAt = tab.now()
		return status === 'authenticated' && counted(tab.now())
	}

	function counted(at: number): boolean {
		const { record } = tab.view
		if (!isLiving(record)) return false
		activeAt = at
		// A warning is dismissed at once, in all tabs.
		if (!resting || at >= idleWarning(record.living, tab.config)) publishNow()
		return true
	}

	const stop = source.watch(Math.min(QUIET_MS, everyMs), noted)
	// Whoever opens or reloads a page is there.
	if (tab.platform.lifecycle.visible()) noted()

	return {
		activeAt: () => activeAt,
		noted,
		/** The record has been read: what happened in doubt was activity if the session lives. */
		decided() {
			const isLate = doubtedAt > activeAt && tab.settle().status === 'authenticated'
			if (isLate) counted(doubtedAt)
			doubtedAt = 0
		},
		/** As `noted`, once it is in the record. */
		async confirmed(): Promise<boolean> {
			return noted() && publish()
		},
		stop,
	}
}
