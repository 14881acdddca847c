// Many tabs on short tokens under a storm of faults, and what must hold all the same. The provider keeps the books.
import { setTimeout as until } from 'node:timers/promises'
import { type Browser, expect } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { measureConvergence } from './convergence.ts'
import type { Outcome } from './fault-outcome.ts'
import { KINDS, type Odds, type PlannedFault, planFaults } from './fault-plan.ts'
import { createFaultTabs, type FaultTab, type FaultTabs } from './fault-tabs.ts'
import { expectFrozen } from './frozen.ts'
import { createRawTabs } from './raw-tabs.ts'
import { auditRenewals } from './renewal-ledger.ts'
import { keepSignedIn, signInFirst, signOut } from './signed-in.ts'
import { strike } from './strike.ts'

/** ms after the last fault until every tab that is left has a valid token: a holder that hangs is overtaken after 35 s. */
const HEALED_MS = 40_000

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

/**
 * Tokens handed out for longer than they live. Counted from the first time that one was, for a token's life is counted from its receipt:
 * an answer kept back for seconds, as here, brings tokens that are older than they seem.
 */
function overusedTokens({ all }: FaultTabs, tokenSeconds: number): readonly string[] {
	const firstAt = new Map<string, number>()
	const asked = all.flatMap(({ name, notes }) =>
		notes.flatMap(note => (note.what === 'asked' && note.token ? [{ name, ...note, token: note.token }] : [])),
	)
	for (const { token, at } of asked.sort((a, b) => a.at - b.at)) if (!firstAt.has(token)) firstAt.set(token, at)
	return asked
		.filter(({ token, at }) => at - (firstAt.get(token) ?? at) > (tokenSeconds + 1) * 1000)
		.map(({ name, at, left }) => `${name} at ${at}: ${left} ms left`)
}

/** @returns what was found, after everything that holds whatever the provider does has been asserted */
export async function faultCrowd(browser: Browser, demo: Demo, { also = [], ...options }: FaultCrowd): Promise<Outcome> {
	console.log(`faults from seed ${options.seed} (TABSESSION_SEED)`)
	const raw = await createRawTabs(browser)
	try {
		const tabs = createFaultTabs(raw, demo, `Chrome/${browser.version()}`)
		await signInFirst(await tabs.open())
		while (tabs.all.length < options.tabs) await tabs.open()

		const since = Date.now()
		const keeper = keepSignedIn(tabs, demo.shop)
		const planned = [...planFaults(options), ...also]
		const inTime = async (fault: PlannedFault) => {
			await until(fault.atMs)
			return strike({ demo, tabs }, fault)
		}
		const struck = (await Promise.all([...planned.map(inTime), until(options.forMs)])).filter(fault => !!fault)
		const overAt = Date.now()
		const survivors = tabs.living()
		const stillWithout = () => survivors.filter(tab => !validSince(tab, overAt)).map(({ name }) => name)
		await expect.poll(stillWithout, { message: 'tabs without a valid token', timeout: HEALED_MS }).toEqual([])
		const slowestValidMs = Math.max(...survivors.map(tab => (validSince(tab, overAt) ?? Number.POSITIVE_INFINITY) - overAt))
		const seconds = (Date.now() - since) / 1000
		const losses = await keeper.stop()
		const ledger = auditRenewals(demo.renewals, tabs.faults, options.tokenSeconds)
		const signedOutAt = await signOut(survivors)

		const ends = [...losses, signedOutAt]
		const convergence = measureConvergence(tabs.all, tabs.faults, ends)
		const periods = seconds / (options.tokenSeconds * 0.8)
		const byKind = KINDS.map(kind => {
			const those = struck.filter(fault => fault.kind === kind)
			return `${kind} ${those.length} (${those.filter(({ isInFlight }) => isInFlight).length} in flight)`
		})
		console.log(
			`${options.tabs} tabs on ${options.tokenSeconds}-second tokens for ${seconds.toFixed(0)} s, ${periods.toFixed(1)} periods: ` +
				`${ledger.requests} refresh requests, ${ledger.unexplained.length} reuses and ${ledger.unknownOutcomes} after an unknown outcome, ` +
				`${losses.length} sessions lost; ${byKind.join(', ')}; slowest convergence ${convergence.slowestMs} ms ` +
				`(hint lost: ${convergence.slowestLostMs} ms) over ${convergence.moments} commits, slowest valid token ${slowestValidMs} ms after the last fault`,
		)

		expect(ledger.unexplained, 'refresh tokens sent again').toEqual([])
		expect(ledger.overlapping, 'refresh tokens sent while another tab was sending').toEqual([])
		expect(ledger.early, 'refresh tokens sent before the period was over').toEqual([])
		expect(ledger.late, 'refresh tokens sent after the access token had expired, for no reason').toEqual([])
		// No sooner than four fifths of a token's life, and no token twice but after an unknown outcome: so one a period, whatever happens.
		expect(ledger.requests - ledger.unknownOutcomes).toBeLessThanOrEqual(Math.ceil(periods) + losses.length)
		expect(ledger.unjustRefusals, 'refusals of tokens that nobody could have lost').toEqual([])
		expect(convergence.tooLate).toEqual([])
		expect(overusedTokens(tabs, options.tokenSeconds), 'tokens handed out for longer than they live').toEqual([])
		expect(tabs.all.flatMap(({ errors }) => errors)).toEqual([])
		expectFrozen(tabs, demo.renewals)
		return { tabs, ledger, losses, signIns: demo.counts.code, signedOutAt }
	} finally {
		await demo.startProvider()
		await raw.closeAll()
	}
}
