// What a crowd under faults has come to, and what must hold of it: whatever the provider is, and by the provider it had.
import { expect, test } from '@playwright/test'
import type { Convergence } from './convergence.ts'
import { KINDS } from './fault-plan.ts'
import { type Fault, type FaultTab, type FaultTabs, heldUpAmong, heldUpOf } from './fault-tabs.ts'
import { expectFrozen } from './frozen.ts'
import type { Ledger } from './renewal-ledger.ts'
import type { World } from './strike.ts'

export interface Outcome {
	/** How many there were at any time. */
	readonly tabs: number
	readonly tokenSeconds: number
	/** ms since the epoch */
	readonly startedAt: number
	readonly seconds: number
	readonly periods: number
	readonly world: World
	readonly ledger: Ledger
	/** The moments at which the session was lost. */
	readonly losses: readonly number[]
	/** Sign-ins that brought a session, the first included. */
	readonly signIns: number
	readonly signedOutAt: number
	readonly convergence: Convergence
	/** ms after the last fault */
	readonly slowestValidMs: number
}

const countOf = (faults: readonly Fault[]) =>
	KINDS.map(kind => {
		const those = faults.filter(fault => fault.kind === kind)
		return `${kind} ${those.length} (${those.filter(({ isInFlight }) => isInFlight).length} in flight)`
	}).join(', ')

/** The figures in a line, and the provider's books for whoever reads of a failure. */
export async function tell({ world, ledger, losses, convergence, ...figures }: Outcome) {
	const { tabs, tokenSeconds, seconds, periods, slowestValidMs, startedAt } = figures
	const { faults } = world.tabs
	console.log(
		`${tabs} tabs on ${tokenSeconds}-second tokens for ${seconds.toFixed(0)} s, ${periods.toFixed(1)} periods: ` +
			`${ledger.requests} refresh requests, ${ledger.unexplained.length} reuses and ${ledger.unknownOutcomes} after an unknown outcome, ` +
			`${losses.length} sessions lost; ${countOf(faults)}; slowest convergence ${convergence.slowestMs} ms ` +
			`(hint lost: ${convergence.slowestLostMs} ms) over ${convergence.moments} commits, slowest valid token ${slowestValidMs} ms after the last fault`,
	)
	const start = world.demo.renewals[0]?.at ?? startedAt
	const at = (time: number) => `${((time - start) / 1000).toFixed(2)} s`
	const befell = faults.map(
		({ kind, tab, isInFlight, from, to }) =>
			`${at(from)} to ${at(to)}: ${kind}${isInFlight ? ' in flight' : ''} of ${tab ?? 'the provider'}`,
	)
	await test.info().attach('books', { body: JSON.stringify({ book: ledger.book, befell }, undefined, 1), contentType: 'application/json' })
}

/**
 * Tokens handed out for longer than they live. Counted from the first time that one was, for a token's life is counted from its receipt:
 * an answer kept back for seconds, as here, brings tokens that are older than they seem.
 */
function overusedTokens({ all }: FaultTabs, tokenSeconds: number): readonly string[] {
	const firstAt = new Map<string, number>()
	const asked = all.flatMap(tab =>
		tab.notes.flatMap(note => (note.what === 'asked' && note.token ? [{ tab, name: tab.name, ...note, token: note.token }] : [])),
	)
	for (const { token, at } of asked.sort((a, b) => a.at - b.at)) if (!firstAt.has(token)) firstAt.set(token, at)
	return asked
		.filter(({ tab, token, at }) => at - (firstAt.get(token) ?? at) > (tokenSeconds + 1) * 1000 + heldUpOf(tab, at - 1000, at))
		.map(({ name, at, left }) => `${name} at ${at}: ${left} ms left`)
}

/** What holds with any provider. */
export function expectSound({ world: { tabs, demo }, ledger, losses, periods, convergence, tokenSeconds }: Outcome) {
	expect(ledger.unexplained, 'refresh tokens sent again').toEqual([])
	expect(ledger.overlapping, 'refresh tokens sent while another tab was sending').toEqual([])
	expect(ledger.early, 'refresh tokens sent before the period was over').toEqual([])
	expect(ledger.late, 'refresh tokens sent after the access token had expired, for no reason').toEqual([])
	// No sooner than four fifths of a token's life, and no token twice but after an unknown outcome: so one a period, whatever happens.
	expect(ledger.requests - ledger.unknownOutcomes).toBeLessThanOrEqual(Math.ceil(periods) + losses.length)
	expect(ledger.tokens, 'tokens renewed').toBeGreaterThan(1)
	expect(ledger.unjustRefusals, 'refusals of tokens that nobody could have lost').toEqual([])
	expect(convergence.tooLate).toEqual([])
	expect(overusedTokens(tabs, tokenSeconds), 'tokens handed out for longer than they live').toEqual([])
	expect(tabs.all.flatMap(({ errors }) => errors)).toEqual([])
	expectFrozen(tabs, demo.renewals, (from, to) => heldUpAmong(tabs, from, to))
}

/** A provider with a grace period takes a token once more if its answer was lost. */
export function expectNothingLost({ losses, ledger, signIns }: Outcome) {
	expect(losses).toEqual([])
	expect(ledger.refusals).toBe(0)
	expect(ledger.unknownOutcomes, 'the plan has one').toBeGreaterThan(0)
	expect(signIns).toBe(1)
}

/** An end stands for a session that the tab showed: more ends than sessions, and one was told twice (I8). */
function expectToldOnce({ name, notes }: FaultTab) {
	let untold = 0
	for (const { what } of notes) {
		if (what === 'authenticated') untold += 1
		if (what === 'ended') untold -= 1
		expect(untold, `sessions of ${name} whose end it has not been told`).toBeGreaterThanOrEqual(0)
	}
}

/** A strict provider takes the token that is sent again for a stolen one, and the ladder ends there: without `prompt=none` the user signs in. */
export function expectLostOnlyToUnknownOutcomes({ world: { tabs }, losses, ledger, signIns, signedOutAt }: Outcome) {
	expect(losses.length, 'the plan has one').toBeGreaterThan(0)
	// An answer that came late may have brought a token that is worth nothing by now, and nobody has tried yet.
	expect([losses.length, losses.length + 1]).toContain(ledger.refusedFamilies)
	expect(signIns).toBeGreaterThan(losses.length)
	for (const tab of tabs.all) {
		expectToldOnce(tab)
		const isAsleep = (at: number) =>
			tabs.faults.some(
				({ kind, tab: name, from, to }) => kind === 'freeze' && name === tab.name && from <= at && to + 1000 + heldUpOf(tab, to, at) >= at,
			)
		const reasons = tab.notes.flatMap(note =>
			// Whoever sleeps until the next session is there finds its own replaced.
			note.what === 'ended' && note.at < signedOutAt && !(note.reason === 'replaced' && isAsleep(note.at)) ? [note.reason] : [],
		)
		expect(new Set([...reasons, 'renewal-rejected'])).toEqual(new Set(['renewal-rejected']))
	}
}
