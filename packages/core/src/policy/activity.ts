// What counts as activity, and how often it is published: coarse enough to cost nothing, fine enough that no tab warns while another is active (I5).
import type { Config, Limits } from '../options.ts'
import type { Living } from './record.ts'

/** ms between two commits of activity: a quarter of the time before the warning, at most 15 s. */
export const publishEvery = ({ idle }: Config): number => (idle ? Math.min(15_000, (idle.timeoutMs - idle.warnBeforeMs) / 4) : 15_000)

/** When idleness is announced, ms in session time. */
export const idleWarning = ({ lastActivity }: Pick<Living, 'lastActivity'>, { idle }: Limits): number =>
	idle ? lastActivity + idle.timeoutMs - idle.warnBeforeMs : Number.POSITIVE_INFINITY

/** Whether activity at `at` is as good as the user's word: from the warning on it is not, where that has to be confirmed. */
export const isEnough = (living: Living, at: number, config: Config): boolean =>
	config.idle?.continueOn !== 'confirm' || at < idleWarning(living, config)
