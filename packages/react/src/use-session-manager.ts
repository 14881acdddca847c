// The way from a component to the session manager; every other hook goes through it.
import { createContext, useContext } from 'react'
import type { RegisteredManager } from './register.ts'

export const SessionContext = createContext<RegisteredManager | undefined>(undefined)

/**
 * The session manager of the nearest `SessionProvider`: `signOut`, `getAccessToken`, `fetch` and the rest. It never changes identity, and
 * its methods work detached: `const { signOut } = useSessionManager()`.
 * @throws Error outside of a `SessionProvider`
 */
export function useSessionManager(): RegisteredManager {
	const manager = useContext(SessionContext)
	if (!manager) {
		throw new Error(
			`No SessionProvider${__DEV__ ? ' above this component: put <SessionProvider manager={session}> around the application' : ''}`,
		)
	}
	return manager
}
