// The commit that announces an end.
import type { Limits } from '../options.ts'
import { endsOf } from './deadlines.ts'
import { type Commit, isLiving, type SessionRecord } from './record.ts'

/** Whether a warning is due that the record, as all tabs read it, is not past yet. */
export const isWarningDue = (record: SessionRecord | undefined, now: number, config: Limits): boolean =>
	isLiving(record) && endsOf(record.living, config).some(({ warnAt }) => record.highTime < warnAt && warnAt <= now)

/** Announces an end that is near: all tabs go by the record's time, which this brings past the moment of the warning. Once is enough. */
export const warned =
	(now: number, config: Limits): Commit =>
	record =>
		isWarningDue(record, now, config) ? { ...record } : undefined
