// What a world leaves to chance, from a seed: the same seed brings the same world.

export type Chance = ReturnType<typeof createChance>

/** Mulberry32: 32 bits of state, enough to spread delays. */
export function createChance(seed: number) {
	let state = seed | 0

	function fraction(): number {
		state = (state + 0x6d2b79f5) | 0
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
	}

	return {
		/** Evenly spread in [0, 1). */
		fraction,
		/** Whether what happens with this probability happens now. */
		happens: (probability: number) => probability > 0 && fraction() < probability,
	}
}
