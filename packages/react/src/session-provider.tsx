// Makes one session manager known to the components below, and starts its session.
import { type ReactNode, useEffect } from 'react'
import type { RegisteredManager } from './register.ts'
import { SessionContext } from './use-session-manager.ts'

export interface SessionProviderProps {
	/** What `createSessionManager()` returned, once, outside of any component. */
	readonly manager: RegisteredManager
	readonly children?: ReactNode
}

const ignore = () => {}

/**
 * Makes the session known to all components below. It starts the session when it is mounted, and ends or disposes nothing when it is
 * unmounted. The context's value is the manager itself, so the provider never makes a component render.
 */
export function SessionProvider({ manager, children }: SessionProviderProps): ReactNode {
	useEffect(() => manager.subscribe(ignore), [manager])
	return <SessionContext.Provider value={manager}>{children}</SessionContext.Provider>
}
