// Watches what every tab shows and tells its application.
import type { Facts, Witness } from './facts.ts'

/** ms until a tab that was told of the end must show it, whatever the storage's pace. */
const TOLD_MS = 4000
/** ms between two looks of a visible tab, and a little. */
const LOOK_MS = 36_000
/** ms in which an end that is near shows in every tab. */
const WARN_MS = 1000
/** ms that the end may be late where the storage hangs: a transaction's limit, and another look. */
const LATE_MS = 7000

export function watchShows(facts: Facts) {
	const { violate } = facts

	/** I9: another user is shown only once the application has taken them. */
	function changed(witness: Witness) {
		warnsWithCause(witness)
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

	/** I3: an end that is near shows in every tab within a second. */
	function warnsInTime(witness: Witness) {
		const record = facts.record()
		const { tab, isChunkLoaded } = witness
		const snapshot = tab.getSnapshot()
		if (!record?.living || snapshot.status !== 'authenticated' || !isChunkLoaded || facts.isOutdated(witness)) return
		const late = facts.sessionTime(tab.page) - facts.warningOf(record) - facts.looksMs
		const since = facts.now() - late - facts.looksMs - LOOK_MS
		if (late > WARN_MS && !snapshot.warning && facts.isSteadySince(tab.page, since) && facts.clockSetAt() < since)
			violate('I3', `a tab does not announce the end that is near, ${late} ms after it was to`)
	}

	/** I5: none begins to warn while somebody is active, and none goes on with it once it knows. */
	function warnsWithCause(witness: Witness) {
		const record = facts.record()
		const { tab, hints } = witness
		const snapshot = tab.getSnapshot()
		const isWarning = snapshot.status === 'authenticated' && snapshot.warning === 'idle'
		const hasBegun = isWarning && !witness.isWarning
		witness.isWarning = isWarning
		if (!isWarning || !record?.living || facts.isOutdated(witness) || facts.wasSetBack) return
		const { at, revision } = facts.touched
		const isMoved = facts.warningOf(record) > facts.sessionTime(tab.page) + 1000
		if (!isMoved || !facts.isSteadySince(tab.page, at)) return
		const told = hints.find(hint => hint.revision >= revision && hint.at >= at)?.at ?? Number.POSITIVE_INFINITY
		const until = Math.min(told + TOLD_MS, tab.isVisible() ? Math.max(at, witness.slot.shownAt) + LOOK_MS : Number.POSITIVE_INFINITY)
		if (hasBegun && facts.now() > at + WARN_MS + facts.looksMs) violate('I5', 'a tab begins to warn though somebody has been active')
		if (facts.now() > until) violate('I5', 'a tab still warns though somebody has been active since')
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

	/** I5: what holds the session is activity, as of its last beat. */
	function holds(witness: Witness) {
		const { tab, slot, holds, activity, isChunkLoaded } = witness
		const at = facts.sessionTime(tab.page) - facts.beatMs
		const truth = facts.now() - facts.beatMs
		const record = facts.record()
		if (!record?.living || !isChunkLoaded || facts.isOutdated(witness) || !holds.some(({ from, until }) => from < at && at < until)) return
		const isShown = tab.status() === 'authenticated' && facts.isSteadySince(tab.page, truth) && facts.clockSetAt() < truth
		const isEarly = facts.setup.continueOn === 'activity' && record.living.startedAt < at && at < facts.deadlineOf(record)
		activity.push({ at, truth, counts: isShown && isEarly && record.sub === slot.page.getSnapshot().user?.sub })
	}

	return {
		first,
		changed,
		/** After each step. */
		look() {
			for (const witness of facts.witnesses.values()) {
				if (!witness.tab.page.isRunning()) continue
				holds(witness)
				showsEnd(witness)
				showsNothingPast(witness)
				warnsInTime(witness)
				warnsWithCause(witness)
				endsOnce(witness)
			}
		},
	}
}
