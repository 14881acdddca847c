// What was raised of late, over all tabs.
import type { Alert } from '@tabsession/core'
import { useCallback, useSyncExternalStore } from 'react'
import { useSessionManager } from './use-session-manager.ts'

const none: readonly Alert[] = []

const getServerAlerts = () => none

/**
 * The alerts of this device, newest first; renders when there are others, by whichever tab. Empty until they have been read, and while rendering
 * on a server and hydrating. For what is to happen once, as a message to the user, use `useSessionEvent('alert', handler)`.
 */
export function useAlerts(): readonly Alert[] {
	const { on, getAlerts } = useSessionManager()
	const subscribe = useCallback((changed: () => void) => on('alertsChanged', changed), [on])
	return useSyncExternalStore(subscribe, getAlerts, getServerAlerts)
}
