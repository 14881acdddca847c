// Watches every access token that leaves the record's keeping: to the application, or on a request.
import type { Page } from '../../src/testing/page.ts'
import type { Facts, Witness } from './facts.ts'

/** ms that a token in memory may outlive the end of its session, where the hint was lost (I2). */
const TRUST_MS = 5000
/** Times the storage's pace, until a busy page knows of its own commit. */
const LATE_REPORTS = 4

/** ms that session time can be behind where the clock was wrong by less than a year and is right again (decision 17). */
const SKEWS_MS = 4 * 3_600_000

export function watchTokens(facts: Facts) {
	const { world, published, sessions, violate } = facts

	/** I2, I3: nothing of a session that has ended. */
	function isNotOver(witness: Witness, id: string) {
		const { tab } = witness
		const end = sessions.get(id)?.end
		if (!end) return
		const isTold = facts.toldAt(witness, end) < facts.now()
		const isOwn = end.by === tab.page && facts.now() - end.at > LATE_REPORTS * facts.setup.storeMs
		const isLate = facts.now() - end.at > TRUST_MS
		// A page that was stuck for a moment, in a task of its own, does not know that it was.
		const hasSlept = tab.page.wokeAt() > end.at
		if (isTold || isOwn || isLate || hasSlept)
			violate('I2', `a token of ${id}, ${facts.now() - end.at} ms after its end (${JSON.stringify({ isTold, isOwn, isLate, hasSlept })})`)
	}

	/** I4: nothing past a deadline. */
	function isNotDue({ tab }: Witness, id: string) {
		const record = facts.record()
		if (!record?.living || record.id !== id) return
		const over = facts.sessionTime(tab.page) - facts.deadlineOf(record)
		if (over >= 0) violate('I4', `a token ${over} ms past the deadline`)
	}

	/** I4: nobody was active for so long by the time of the world, in whatever way clocks were wrong. Sleep in a page whose clock was set back does not count. */
	function isNotLongIdle({ tab, slot }: Witness, id: string) {
		const idleMs = facts.now() - facts.touched.at
		if (facts.record()?.id !== id || facts.clockSetAt() > slot.loadedAt || idleMs < facts.idleMs + SKEWS_MS) return
		violate('I4', `a token in page ${tab.page.id}, ${idleMs} ms after the last activity`)
	}

	return function used(page: Page, accessToken: string): void {
		const witness = facts.witnesses.get(page)
		const known = published.get(accessToken)
		if (!witness) return
		if (!known) {
			violate('I7', 'a token that was never published')
			return
		}
		if (witness.sub !== undefined && witness.sub !== known.sub) violate('I9', `${known.sub}'s token in a page that shows ${witness.sub}`)
		facts.looked(page)
		isNotOver(witness, known.id)
		isNotDue(witness, known.id)
		isNotLongIdle(witness, known.id)
		if (!facts.wasSetBack && world.time.truth() > known.expiresAt) violate('I4', 'a token that has expired')
	}
}
