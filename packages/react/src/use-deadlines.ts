// The moments when something is due, read again while somebody looks.
import type { Deadlines } from '@tabsession/core'
import { useSession } from './use-session.ts'
import { useSessionManager } from './use-session-manager.ts'
import { useTick } from './use-tick.ts'
import { useVisible } from './use-visible.ts'

const nothingDue: Deadlines = { now: 0 }

/**
 * When the access token, idleness and the lifetime end: read at each change of the session and, while the page is visible, each
 * `intervalMs`. Renders each time, so use it in a small component. While `loading`, nothing is due and `now` is 0.
 * @param intervalMs milliseconds between two readings; default 1000
 */
export function useDeadlines(intervalMs = 1000): Deadlines {
	const { getDeadlines } = useSessionManager()
	const { status } = useSession()
	useTick(useVisible() ? intervalMs : 0)
	return status === 'loading' ? nothingDue : getDeadlines()
}
