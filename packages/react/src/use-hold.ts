// Long work holds the session for as long as it goes on.
import { useEffect } from 'react'
import { useSessionManager } from './use-session-manager.ts'

/**
 * Keeps the session from being idle while `isHeld`, and no longer than this component is mounted: `useHold('upload', isUploading)`.
 * @param name shown by `getDeadlines().holds`
 */
export function useHold(name: string, isHeld: boolean): void {
	const { hold } = useSessionManager()
	useEffect(() => (isHeld ? hold(name) : undefined), [hold, name, isHeld])
}
