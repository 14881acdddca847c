// The commits of a session that goes on: activity, a moved key. In the lazy chunk only.
import type { Config } from '../options.ts'
import { isEnough } from './activity.ts'
import { type Commit, deadlineReason, isLiving, type Living } from './record.ts'

/**
 * Activity up to `at`; refused once a deadline has passed, for the session is over then.
 * @param isConfirmed whether the user says so: then it dismisses any warning
 */
export const touched =
	(id: string, at: number, now: number, config: Config, isConfirmed = false): Commit =>
	record => {
		if (!isLiving(record) || record.id !== id || at <= record.living.lastActivity || deadlineReason(record, now, config)) return undefined
		if (!isConfirmed && !isEnough(record.living, at, config)) return undefined
		return { ...record, living: { ...record.living, lastActivity: at } }
	}

/** The tokens sealed under another key, which moves into the record or out of it; refused while a renewal is under way, and where another tab was first. */
export const keyMoved =
	({ id, generation }: { readonly id: string; readonly generation: number }, moved: Pick<Living, 'tokens' | 'key'>): Commit =>
	record => {
		if (!isLiving(record) || record.id !== id || record.living.generation !== generation) return undefined
		const { intent, pending, key } = record.living
		return intent || pending || !key === !moved.key ? undefined : { ...record, living: { ...record.living, ...moved } }
	}

/** The provider calls its session otherwise now: the user has signed in there again (OpenID Connect Session Management 1.0 section 3). */
export const sessionStateChanged =
	(id: string, sessionState: string): Commit =>
	record =>
		isLiving(record) && record.id === id ? { ...record, living: { ...record.living, sessionState } } : undefined
