// One user, all tabs: activity here is published so that no other tab takes the user for idle (I5).

import type { ActivitySource } from '../platform/ports.ts'
import { idleWarning, isEnough, publishEvery } from '../policy/activity.ts'
import { isLiving, type LivingRecord, type SessionRecord } from '../policy/record.ts'
import { touched } from '../policy/session.ts'
import { isWarningDue } from '../policy/warning.ts'
import { commit } from './commit.ts'
import { type Moment, momentOf, timeOfMoment } from './moment.ts'
import { schedule } from './schedule.ts'
import type { Tab } from './tab.ts'

/** ms between two looks at the page's events. */
const QUIET_MS = 1000

export interface ActivityActions {
	/** A commit has moved what is due: a renewal may be now. */
	attend(): void
	reconcile(): void
}

export function createActivity(tab: Tab, source: ActivitySource, { attend, reconcile }: ActivityActions) {
	const { config, holds, platform } = tab
	const everyMs = publishEvery(config)
	let activeAt = 0
	let publishedAt = 0
	/** When something happened in a page that did not know whether the session lives, or not yet of one. */
	let doubted: Moment | undefined
	let resting = false
	let cancelRest = () => {}
	let published = Promise.resolve()
	let beating = false
	let isStopped = false

	/** Others read the record before they warn or end; only one that warns has to be told, or that is to warn by the time that this gives the record. */
	const isQuiet = (before: SessionRecord, now: number) =>
		isLiving(before) && now < idleWarning(before.living, config) && !isWarningDue(before, now, config)

	/** Whether the user is asked, as all tabs know, and has to answer. */
	const isAsked = (record: LivingRecord) => !isEnough(record.living, record.highTime, config)

	/** Writes the activity to the record. @returns whether the session lives on */
	async function publish(isConfirmed = false): Promise<boolean> {
		const { record } = tab.view
		const at = activeAt
		publishedAt = at
		if (!isLiving(record)) return false
		// The clock may have been set back since: activity is never in the future.
		await commit(tab, now => touched(record.id, Math.min(at, now), now, config, isConfirmed), { isQuiet })
		attend()
		return tab.getSnapshot().status === 'authenticated'
	}

	/** Begun as the storage answers: a timer that a timer has set is held back in a hidden page, by up to a minute. */
	function rest() {
		cancelRest()
		cancelRest = schedule(tab, everyMs, () => {
			resting = false
			if (activeAt !== publishedAt) publishNow()
		})
	}

	function publishNow() {
		resting = true
		cancelRest()
		// Trouble with the storage: tried again after the rest, for there may be no more activity to do so.
		const tried = publish().catch(() => {
			if (!isStopped) publishedAt = 0
		})
		published = tried.then(rest)
	}

	/** @returns whether it counts: an event after the deadline is no activity */
	function noted(at = tab.now()): boolean {
		if (isStopped) return false
		const { status } = tab.settle()
		const isSeen = status === 'authenticated' && !!tab.view.record
		if (isSeen) return counted(at)
		// An answer to a sign-in decides by itself whether it is activity.
		if (/^(loading|checking|authenticated)$/.test(status) && !tab.view.isAnswering) doubted = momentOf(tab, at)
		// Past a deadline that activity in another tab may have moved: the record decides, and at once, for timers stand still while a machine sleeps.
		if (status === 'checking') reconcile()
		return false
	}

	function counted(at: number): boolean {
		const { record } = tab.view
		if (!isLiving(record) || isAsked(record)) return false
		activeAt = at
		// A warning is dismissed at once, in all tabs.
		if (!resting || at >= idleWarning(record.living, config)) publishNow()
		return true
	}

	/** While something holds the session, that is activity: in the record as often as the user's own. */
	function held() {
		for (const hold of holds) if (tab.now() >= hold.until) holds.delete(hold)
		if (beating || isStopped || holds.size === 0) return
		beating = true
		// Each beat is published: it comes no sooner than the next publication would.
		resting = false
		noted()
		void published.then(() => schedule(tab, Math.min(everyMs, ...[...holds].map(({ until }) => until - tab.now())), beat))
	}

	function beat() {
		beating = false
		held()
	}

	const stop = source.watch(Math.min(QUIET_MS, everyMs), () => noted())
	// Whoever opens or reloads a page is there.
	if (platform.lifecycle.visible()) noted()
	held()

	return {
		activeAt: () => activeAt,
		noted: () => noted(),
		held,
		/** The record has been read: what happened in doubt was activity if the session lives. */
		decided() {
			const { status } = tab.settle()
			const { record } = tab.view
			// The key of a session that is read may still be on its way.
			if (status === 'loading' || status === 'checking') return
			const doubtedAt = doubted ? timeOfMoment(tab, doubted, record, tab.now()) : 0
			const isLate = isLiving(record) && doubtedAt > Math.max(activeAt, record.living.lastActivity)
			if (isLate && status === 'authenticated') counted(Math.min(doubtedAt, tab.now()))
			doubted = undefined
		},
		/** The user says so: activity that dismisses any warning, once it is in the record. @returns false past the deadline */
		async confirmed(at: number): Promise<boolean> {
			if (tab.settle().status !== 'authenticated') return noted(at)
			activeAt = at
			return publish(true)
		},
		stop() {
			isStopped = true
			stop()
		},
	}
}
