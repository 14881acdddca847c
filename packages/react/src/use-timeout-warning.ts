// The countdown to an announced end.
import type { SessionManager, Snapshot } from '@tabsession/core'
import { useSession } from './use-session.ts'
import { useSessionManager } from './use-session-manager.ts'
import { useTick } from './use-tick.ts'

export interface TimeoutWarning {
	/** Which end is announced: nobody was active, or the session has reached its age. */
	readonly cause: 'idle' | 'lifetime'
	/** Whole seconds until the end; never negative. */
	readonly secondsLeft: number
	/** "I am still here": dismisses the warning in every tab; resolves to false past the deadline. */
	readonly stay: SessionManager['stay']
}

const warningOf = (snapshot: Snapshot) => (snapshot.status === 'authenticated' ? snapshot.warning : undefined)

/**
 * `undefined` until an end of the session is announced; from then on, it renders this component each second with what is left of the time.
 */
export function useTimeoutWarning(): TimeoutWarning | undefined {
	const { getDeadlines, stay } = useSessionManager()
	const cause = useSession(warningOf)
	useTick(cause ? 1000 : 0)
	if (!cause) return undefined
	const { now, announced = now } = getDeadlines()
	return { cause, secondsLeft: Math.max(0, Math.ceil((announced - now) / 1000)), stay }
}
