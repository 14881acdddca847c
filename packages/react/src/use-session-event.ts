// Listens to one type of session event for as long as the component is mounted.
import type { SessionEventHandler, SessionEventType } from '@tabsession/core'
import { useEffect, useInsertionEffect, useRef } from 'react'
import type { RegisteredUser } from './register.ts'
import { useSessionManager } from './use-session-manager.ts'

/**
 * Calls `handler` for each event of that type. The newest handler is called, whichever was there when the component was mounted; a new one
 * does not subscribe again.
 */
export function useSessionEvent<T extends SessionEventType>(type: T, handler: SessionEventHandler<T, RegisteredUser>): void {
	const manager = useSessionManager()
	const newest = useRef(handler)
	// Before any effect of this render can make an event happen; `useLayoutEffect` warns on a server in React 18.
	useInsertionEffect(() => {
		newest.current = handler
	})
	useEffect(() => manager.on<T>(type, event => newest.current(event)), [manager, type])
}
