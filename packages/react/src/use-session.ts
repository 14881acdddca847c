// The snapshot of the session, or a part of it.
import type { Snapshot } from '@tabsession/core'
import type { RegisteredUser } from './register.ts'
import { useSelected } from './use-selected.ts'
import { useSessionManager } from './use-session-manager.ts'

const all = (snapshot: Snapshot<RegisteredUser>) => snapshot

/**
 * What is known of the session; renders when something a user could see has changed, never for a renewal or activity.
 * While rendering on a server and hydrating it is `loading`.
 */
export function useSession(): Snapshot<RegisteredUser>
/**
 * A part of what is known of the session; renders when that part has changed. Parts that are plain objects or arrays are compared
 * shallowly, so a selector may build a fresh one each time.
 * @param selector takes the snapshot; should be pure
 */
export function useSession<T>(selector: (snapshot: Snapshot<RegisteredUser>) => T): T
export function useSession(selector: (snapshot: Snapshot<RegisteredUser>) => unknown = all): unknown {
	const manager = useSessionManager()
	return useSelected(manager, selector, manager.getServerSnapshot)
}
