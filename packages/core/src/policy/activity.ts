// How often activity is published: coarse enough to cost nothing, fine enough that no tab warns while another is active (I5).
import type { Config } from '../options.ts'

/** ms between two commits of activity: a quarter of the time before the warning, at most 15 s. */
export const publishEvery = ({ idle }: Config): number => (idle ? Math.min(15_000, (idle.timeoutMs - idle.warnBeforeMs) / 4) : 15_000)
