// Many tabs on short tokens under a storm of faults. The provider keeps the books; `fault-outcome.ts` says what must hold all the same.
import { setTimeout as until } from 'node:timers/promises'
import { expect } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { measureConvergence } from './convergence.ts'
import { expectSound, type Outcome, tell } from './fault-outcome.ts'
import { type Odds, type PlannedFault, planFaults } from './fault-plan.ts'
import { createFaultTabs, type FaultTab, heldUpAmong, isSignedIn } from './fault-tabs.ts'
import type { RawTabs } from './raw-tabs.ts'
import { auditRenewals, isOpen } from './renewal-ledger.ts'
import { keepSignedIn, signInFirst, signOut } from './signed-in.ts'
import { strike } from './strike.ts'

/** ms to wait, after the last fault, for every tab that is left to have a valid token: a holder that hangs is overtaken after 35 s of its running time. */
const HEALED_MS = 120_000

export interface FaultCrowd extends Odds {
	readonly tabs: number
	readonly tokenSeconds: number
	/** Faults on top of those that the seed gives. */
	readonly also?: readonly PlannedFault[]
}

/** `TABSESSION_SEED=123` has a run again, as far as two runs of a browser are alike. */
export const seedOr = (fallback: number) => Number(process.env['TABSESSION_SEED'] ?? fallback)

/** When the tab first had a valid token again. */
const validSince = ({ notes }: FaultTab, since: number) =>
	notes.find(note => note.at >= since && note.what === 'asked' && (note.left ?? 0) > 0)?.at

/** @returns ms until the slowest has one */
async function allValid(tabs: readonly FaultTab[], since: number): Promise<number> {
	const without = () => tabs.filter(tab => !validSince(tab, since)).map(({ name }) => name)
	await expect.poll(without, { message: 'tabs without a valid token', timeout: HEALED_MS }).toEqual([])
	return Math.max(...tabs.map(tab => (validSince(tab, since) ?? Number.POSITIVE_INFINITY) - since))
}

/** @returns what was found, after all that holds whatever the provider does has been asserted */
export async function faultCrowd(rawTabs: RawTabs, demo: Demo, { also = [], ...options }: FaultCrowd): Promise<Outcome> {
	console.log(`faults from seed ${options.seed} (TABSESSION_SEED)`)
	const tabs = createFaultTabs(rawTabs, demo)
	// The first tab renews while the others are opened.
	const startedAt = Date.now()
	await signInFirst(await tabs.open())
	while (tabs.all.length < options.tabs) await tabs.open()

	const over = new AbortController()
	const kept = keepSignedIn(tabs, demo.shop, over.signal)
	// Told to whoever waits for it; a run that has failed does not.
	kept.catch(() => {})
	try {
		const inTime = async (fault: PlannedFault) => {
			await until(fault.atMs)
			await strike({ demo, tabs }, fault)
		}
		await Promise.all([...planFaults(options), ...also].map(inTime))
		const overAt = Date.now()
		const survivors = tabs.living()
		const slowestValidMs = await allValid(survivors, overAt)
		const isAtRest = () => !isOpen(demo.renewals, tabs.faults) && survivors.every(tab => isSignedIn(tab))
		await expect.poll(isAtRest, { message: 'nothing is pending', timeout: HEALED_MS }).toBe(true)
		const seconds = (Date.now() - startedAt) / 1000
		over.abort()
		const losses = await kept
		const ledger = auditRenewals(demo.renewals, tabs.faults, options.tokenSeconds, (from, to) => heldUpAmong(tabs, from, to))
		const signedOutAt = await signOut(survivors)
		const outcome: Outcome = {
			...options,
			startedAt,
			seconds,
			periods: seconds / (options.tokenSeconds * 0.8),
			world: { demo, tabs },
			ledger,
			losses,
			signIns: demo.counts.code,
			signedOutAt,
			convergence: measureConvergence(tabs.all, tabs.faults, [...losses, signedOutAt]),
			slowestValidMs,
		}
		await tell(outcome)
		expectSound(outcome)
		return outcome
	} finally {
		over.abort()
	}
}
