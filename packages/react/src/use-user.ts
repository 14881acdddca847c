// The user, never undefined: waits while it is not known, and throws where there is none.
import { SessionError, type SessionManager, type Snapshot } from '@tabsession/core'
import { useContext, useRef } from 'react'
import { isUnmeant, Kept } from './kept.ts'
import type { RegisteredManager, RegisteredUser } from './register.ts'
import { useSelected } from './use-selected.ts'
import { useSessionManager } from './use-session-manager.ts'

const WAIT = Symbol()
const NOBODY = Symbol()

const all = (user: RegisteredUser) => user

/** The user who is signed in. Suspends while that is not known; renders only when the user has changed. */
export function useUser(): RegisteredUser
/**
 * A part of the user who is signed in: `useUser(user => user.name)`. Suspends while the user is not known; renders only when the part has
 * changed (plain objects and arrays are compared shallowly). In `checking`, `redirecting` and `user-changed` it stays what it was. On a server there is never a user.
 * @param selector takes the user; should be pure
 * @throws SessionError `not_authenticated` where nobody is signed in: put the component below `RequireSession`, or read `useSession(s => s.user)`
 */
export function useUser<T>(selector: (user: RegisteredUser) => T): T
export function useUser(selector: (user: RegisteredUser) => unknown = all): unknown {
	const manager = useSessionManager()
	const isKept = useContext(Kept)
	const last = useRef<RegisteredUser>(undefined)
	const select = (snapshot: Snapshot<RegisteredUser>) => {
		last.current = userOf(snapshot, last.current, isKept)
		if (last.current) return selector(last.current)
		return snapshot.status === 'unauthenticated' || typeof document === 'undefined' ? NOBODY : WAIT
	}
	// Nothing a server could have sent matches a user, so hydration need not wait for one.
	const selected = useSelected(manager, select, manager.getSnapshot)
	if (selected === NOBODY) throw new SessionError('not_authenticated', { detail: 'useUser()' })
	if (selected === WAIT) throw nextChange(manager)
	return selected
}

/** While the session is in doubt, the user this component has shown; a quarantined one is not for it. */
function userOf(snapshot: Snapshot<RegisteredUser>, last: RegisteredUser | undefined, isKept: boolean): RegisteredUser | undefined {
	switch (snapshot.status) {
		case 'authenticated':
			return snapshot.user
		case 'user-changed':
			return snapshot.previousUser
		case 'loading':
			return undefined
		case 'unauthenticated':
			return isKept && isUnmeant(snapshot.reason) ? last : undefined
		default:
			return last
	}
}

const changes = new WeakMap<SessionManager, Promise<void>>()

/** Resolves at the next change of the snapshot; the same promise until then, as Suspense needs it. */
function nextChange(manager: RegisteredManager): Promise<void> {
	const change = changes.get(manager) ?? changed(manager)
	changes.set(manager, change)
	return change
}

async function changed(manager: RegisteredManager): Promise<void> {
	const seen = manager.getSnapshot()
	await undefined // Rendering itself must not start the session.
	let unsubscribe = () => {}
	await new Promise<void>(resolve => {
		unsubscribe = manager.subscribe(resolve)
		if (manager.getSnapshot() !== seen) resolve()
	})
	unsubscribe()
	changes.delete(manager)
}
