// Which faults happen when: drawn from a seed, so that a run that failed can be had again.
export const KINDS = ['crash', 'close', 'freeze', 'offline', 'slow', 'deaf', 'restart'] as const
export type Kind = (typeof KINDS)[number]

export interface PlannedFault {
	/** ms after the start. */
	readonly atMs: number
	readonly kind: Kind
	readonly lastsMs: number
	/** Strikes whoever renews next, while the answer is on its way; otherwise any tab at any time. */
	readonly isInFlight: boolean
	/** Which of the tabs, in [0, 1). */
	readonly pick: number
}

export interface Odds {
	readonly seed: number
	readonly forMs: number
	readonly everyMs: number
	/** Share of those faults in flight that can be. */
	readonly inFlight: number
}

/** Shortest and longest, ms. */
const LASTS: Record<Kind, readonly [number, number]> = {
	crash: [0, 0],
	close: [0, 0],
	freeze: [2000, 9000],
	offline: [1500, 6000],
	slow: [3000, 9000],
	deaf: [3000, 9000],
	restart: [500, 3000],
}

const CANNOT_BE_IN_FLIGHT: readonly Kind[] = ['slow', 'deaf']

/** mulberry32: numbers in [0, 1). */
function numbersFrom(seed: number): () => number {
	let state = seed
	return () => {
		state = (state + 0x6d2b79f5) | 0
		let t = Math.imul(state ^ (state >>> 15), 1 | state)
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
	}
}

/** Each kind comes once before any comes again; the last fault begins early enough to be over by the end. */
export function planFaults({ seed, forMs, everyMs, inFlight }: Odds): readonly PlannedFault[] {
	const next = numbersFrom(seed)
	const between = ([least, most]: readonly [number, number]) => least + next() * (most - least)
	const faults: PlannedFault[] = []
	let deck: Kind[] = []
	for (let atMs = everyMs; atMs < forMs; atMs += everyMs * (0.6 + next() * 0.8)) {
		if (deck.length === 0) deck = [...KINDS]
		const [kind] = deck.splice(Math.floor(next() * deck.length), 1) as [Kind]
		const isInFlight = next() < inFlight && !CANNOT_BE_IN_FLIGHT.includes(kind)
		faults.push({ atMs, kind, isInFlight, lastsMs: Math.min(between(LASTS[kind]), forMs - atMs), pick: next() })
	}
	return faults
}
