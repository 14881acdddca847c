// How long pages, and this process, could not run: verdicts about time allow for it, so that none depends on the machine's speed.

export interface HeldUp {
	/** When it was over, ms since the epoch. */
	readonly at: number
	readonly ms: number
}

/** ms between two ticks of this process, and how late one has to be to count. */
const TICK_MS = 100
const LATE_MS = 50

const ofProcess: HeldUp[] = []
let tickedAt = Date.now()
setInterval(() => {
	const at = Date.now()
	const ms = at - tickedAt - TICK_MS
	if (ms > LATE_MS) ofProcess.push({ at, ms })
	tickedAt = at
}, TICK_MS).unref()

const sumOf = (those: readonly HeldUp[], from: number, to: number) =>
	those.filter(({ at, ms }) => at >= from && at - ms <= to).reduce((sum, { ms }) => sum + ms, 0)

/** ms between `from` and `to`, ms since the epoch, in which a page could not run, by its own notes; or this process, which has the servers. */
export const heldUpMs = (ofPage: readonly HeldUp[], from: number, to: number): number =>
	sumOf(ofPage, from, to) + sumOf(ofProcess, from, to)
