// Watches what every tab shows and tells its application.
import type { Facts, Witness } from './facts.ts'

/** ms until a tab that was told of the end must show it, whatever the storage's pace. */
const TOLD_MS = 4000
/** ms between two looks of a visible tab, and a little. */
const LOOK_MS = 36_000
/** ms that the end may be late where the storage hangs: a transaction's limit, and another look. */
const LATE_MS = 7000

export function watchShows(facts: Facts) {
	const { violate } = facts

	/** I9: another user is shown only once the application has taken them. */
	function changed(witness: Witness) {
		const snapshot = witness.tab.manager.getSnapshot()
		if (snapshot.status !== 'authenticated') return
		const { sub } = snapshot.user
		if (witness.sub !== undefined && witness.sub !== sub) violate('I9', `a page that showed ${witness.sub} shows ${sub} unasked`)
		witness.sub = sub
	}

	/** I4: the hint of the first frame is good until the deadline. */
	function first(witness: Witness) {
		const { tab } = witness
		const { id, living } = facts.record() ?? {}
		if (!id || !living || tab.status() !== 'authenticated') return
		const over = facts.sessionTime(tab.page) - (facts.deadlines.get(id) ?? Number.POSITIVE_INFINITY)
		if (over >= 0) violate('I4', `the first frame shows the session ${over} ms past its deadline`)
	}

	/** I2, I3: an end is shown in all tabs. */
	function showsEnd(witness: Witness) {
		const record = facts.record()
		const { tab } = witness
		const end = record?.id ? facts.sessions.get(record.id)?.end : undefined
		if (!end || record?.living || tab.status() !== 'authenticated') return
		const told = facts.toldAt(witness, end) + TOLD_MS
		const looked = tab.isVisible() && witness.isChunkLoaded ? Math.max(end.at, witness.slot.shownAt) + LOOK_MS : Number.POSITIVE_INFINITY
		const at = Math.min(told, looked)
		if (facts.now() > at && facts.isSteadySince(tab.page, Math.min(end.at, at)))
			violate('I3', 'a tab still shows the session that has ended')
	}

	/** I4: past the deadline nothing is shown. A clock that was set is noticed at the next look. */
	function showsNothingPast(witness: Witness) {
		const { tab, isChunkLoaded } = witness
		const record = facts.record()
		if (!record?.living || tab.status() !== 'authenticated' || !isChunkLoaded || facts.isOutdated(witness)) return
		const lateMs = facts.clockSetAt() === Number.NEGATIVE_INFINITY ? LATE_MS : tab.isVisible() ? LOOK_MS : Number.POSITIVE_INFINITY
		const over = facts.sessionTime(tab.page) - facts.deadlineOf(record)
		if (over > LATE_MS && facts.isSteadySince(tab.page, facts.now() - lateMs) && facts.now() - facts.clockSetAt() > lateMs)
			violate('I4', `a tab shows the session ${over} ms past its deadline`)
	}

	/** I8: one event an end, and none without a session before. */
	function endsOnce({ tab }: Witness) {
		const told = tab.events.filter(({ type }) => type === 'authenticated' || type === 'ended')
		for (const [at, { type }] of told.entries())
			if (type === 'ended' && told[at - 1]?.type !== 'authenticated')
				violate(
					'I8',
					`a tab was told of an end twice, or of one it never had: ${told.map(({ type: told, event }) => `${told} ${JSON.stringify(event)}`).join(', ')}`,
				)
	}

	return {
		first,
		changed,
		/** After each step. */
		look() {
			for (const witness of facts.witnesses.values()) {
				if (!witness.tab.page.isRunning()) continue
				showsEnd(witness)
				showsNothingPast(witness)
				endsOnce(witness)
			}
		},
	}
}
