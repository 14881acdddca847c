// How long every tab took to know what one of them had committed (I3), from what they have noted themselves.
import { type Fault, type FaultTab, heldUpOf, isSignedIn } from './fault-tabs.ts'
import type { Note } from './watch.ts'

/** After a hint that came; and where it was lost. */
const DELIVERED_MS = 2000
const LOST_MS = 30_000

/** A page's clock and this process's are one; notes of one moment are still not in order. */
const SLACK_MS = 200

export interface Convergence {
	readonly moments: number
	readonly slowestMs: number
	readonly slowestLostMs: number
	readonly tooLate: readonly string[]
}

const isRenewal = (note: Note) => note.what === 'renewed'
const isEnd = (note: Note) => note.what === 'ended'

interface Moment {
	readonly at: number
	readonly what: string
	isKnown(note: Note): boolean
}

/** Renewals at the first moment that a tab noted each, and the ends. */
function momentsOf(tabs: readonly FaultTab[], ends: readonly number[]): readonly Moment[] {
	const renewals = new Map<string, Moment>()
	for (const { at, what, generation } of tabs.flatMap(({ notes }) => notes.filter(isRenewal)).sort((a, b) => a.at - b.at)) {
		// Generations are counted anew in each session.
		const key = `${ends.filter(end => end <= at).length} ${generation}`
		if (renewals.has(key)) continue
		// Whoever learns of a later one, or of the end, has no more to learn of this one.
		const isKnown = (note: Note) => note.at >= at - SLACK_MS && (isEnd(note) || (isRenewal(note) && note.generation >= generation))
		renewals.set(key, { at, what: `${what}, generation ${generation}`, isKnown })
	}
	return [...renewals.values(), ...ends.map(at => ({ at, what: 'ended', isKnown: (note: Note) => note.at >= at && isEnd(note) }))]
}

/** @param ends the first moment that a tab noted each end */
export function measureConvergence(tabs: readonly FaultTab[], faults: readonly Fault[], ends: readonly number[]): Convergence {
	const moments = momentsOf(tabs, ends)
	const took = moments.flatMap(({ at, what, isKnown }) =>
		tabs
			.filter(tab => isSignedIn(tab, at - SLACK_MS))
			.flatMap(tab => {
				const { name, notes } = tab
				const own = faults.filter(({ tab }) => tab === name)
				const isLost = own.some(({ kind, from, to }) => kind === 'deaf' && from <= at + SLACK_MS && to >= at - SLACK_MS)
				const limitMs = isLost ? LOST_MS : DELIVERED_MS
				// A frozen tab learns of it when it wakes.
				const since = Math.max(
					at,
					...own.filter(({ kind, from, to }) => kind === 'freeze' && from <= at + limitMs && to >= at).map(({ to }) => to),
				)
				const known = notes.find(isKnown)
				// A page that could not run could not know.
				const limit = limitMs + heldUpOf(tab, since, known?.at ?? since + limitMs)
				if (!known && own.some(({ to, from }) => to === Number.POSITIVE_INFINITY && from <= since + limit)) return []
				return [{ name, what, isLost, limit, ms: known ? Math.max(0, known.at - since) : Number.POSITIVE_INFINITY }]
			}),
	)
	const slowest = (lost: boolean) => Math.max(0, ...took.filter(({ isLost }) => isLost === lost).map(({ ms }) => ms))
	return {
		moments: moments.length,
		slowestMs: slowest(false),
		slowestLostMs: slowest(true),
		tooLate: took.filter(({ ms, limit }) => ms > limit).map(({ name, what, ms }) => `${name} knew of ${what} after ${ms} ms`),
	}
}
