// What must hold of the sessions of a crowd, by the provider it had.
import { expect } from '@playwright/test'
import type { FaultTab, FaultTabs } from './fault-tabs.ts'
import type { Ledger } from './renewal-ledger.ts'

export interface Outcome {
	readonly tabs: FaultTabs
	readonly ledger: Ledger
	/** The moments at which the session was lost. */
	readonly losses: readonly number[]
	/** Sign-ins that brought a session, the first included. */
	readonly signIns: number
	readonly signedOutAt: number
}

/** A provider with a grace period takes a token once more if its answer was lost. */
export function expectNothingLost({ losses, ledger, signIns }: Outcome) {
	expect(losses).toEqual([])
	expect(ledger.refusals).toBe(0)
	expect(ledger.unknownOutcomes, 'the plan has one').toBeGreaterThan(0)
	expect(signIns).toBe(1)
}

/** Each end in the notes of a tab stands for a session that it showed: twice in a row it would be one told twice (I8). */
function expectToldOnce({ name, notes }: FaultTab) {
	const told = notes.filter(({ what }) => what === 'authenticated' || what === 'ended').map(({ what }) => what)
	const twice = told.filter((what, index) => what === 'ended' && told[index - 1] !== 'authenticated')
	expect(twice, `ends that ${name} was told twice`).toEqual([])
}

/** A strict provider takes the token that is sent again for a stolen one, and the ladder ends there: without `prompt=none` the user signs in. */
export function expectLostOnlyToUnknownOutcomes({ tabs, losses, ledger, signIns, signedOutAt }: Outcome) {
	expect(losses.length, 'the plan has one').toBeGreaterThan(0)
	expect(ledger.refusals).toBeGreaterThanOrEqual(losses.length)
	expect(ledger.refusedTokens).toBe(losses.length)
	expect(signIns).toBeGreaterThan(losses.length)
	for (const tab of tabs.all) {
		expectToldOnce(tab)
		const isAsleep = (at: number) =>
			tabs.faults.some(({ kind, tab: name, from, to }) => kind === 'freeze' && name === tab.name && from <= at && to + 1000 >= at)
		const reasons = tab.notes.flatMap(note =>
			// Whoever sleeps until the next session is there finds its own replaced.
			note.what === 'ended' && note.at < signedOutAt && !(note.reason === 'replaced' && isAsleep(note.at)) ? [note.reason] : [],
		)
		expect(new Set([...reasons, 'renewal-rejected'])).toEqual(new Set(['renewal-rejected']))
	}
}
