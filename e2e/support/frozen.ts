// Proof that what was meant to be frozen was: the page has noted `freeze`, no timer ran until it was woken, and nothing came from it meanwhile.
import { expect } from '@playwright/test'
import type { Renewal } from '@tabsession/demo'
import { type FaultTab, type FaultTabs, tabOf } from './fault-tabs.ts'
import type { HeldUpMs } from './renewal-ledger.ts'

interface Sleep {
	readonly from: number
	readonly to: number
	readonly stoodStill: number
}

/** The times that a page was frozen, by its own notes. */
function sleepsOf({ notes }: FaultTab): readonly Sleep[] {
	return notes.flatMap((note, index) => {
		if (note.what !== 'freeze') return []
		const woken = notes.slice(index).find(({ what }) => what === 'resume')
		return woken?.what === 'resume' ? [{ from: note.at, to: woken.at, stoodStill: woken.stoodStill }] : []
	})
}

export function expectFrozen({ all, faults }: FaultTabs, renewals: readonly Renewal[], heldUp: HeldUpMs) {
	for (const tab of all) {
		const sleeps = sleepsOf(tab)
		const wokenUp = faults.filter(({ kind, tab: name, to }) => kind === 'freeze' && name === tab.name && to < Number.POSITIVE_INFINITY)
		if (!tab.raw.isGone) expect(sleeps, `freezes of ${tab.name}`).toHaveLength(wokenUp.length)
		for (const [nth, { lastedMs }] of wokenUp.entries()) {
			// Counted from the page's own note on; one that was killed meanwhile has no more to say.
			if (sleeps[nth]) expect(sleeps[nth].stoodStill, `ms that ${tab.name} was frozen for`).toBeGreaterThanOrEqual(lastedMs)
		}
		for (const { from, to, stoodStill } of sleeps) {
			// A tick may have been due when it froze.
			expect(stoodStill, `ms without a timer of ${tab.name}`).toBeGreaterThan(to - from - 150)
			expect(tab.notes.filter(({ at }) => at > from && at < to)).toEqual([])
			// What was on its way when it froze may arrive a little later.
			expect(
				renewals.filter(renewal => tabOf(renewal) === tab.name && renewal.at > from + 100 + heldUp(from, from + 1000) && renewal.at < to),
			).toEqual([])
		}
	}
}
