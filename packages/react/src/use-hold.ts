// Long work holds the session for as long as it goes on.
import type { HoldOptions } from '@tabsession/core'
import { useEffect } from 'react'
import { useSessionManager } from './use-session-manager.ts'

/**
 * Keeps the session from being idle while `isHeld`, and no longer than this component is mounted: `useHold('upload', isUploading)`.
 * @param name shown by `getDeadlines().holds`
 * @param options `atMost`: released by then, whatever happens; default an hour
 */
export function useHold(name: string, isHeld: boolean, { atMost }: HoldOptions = {}): void {
	const { hold } = useSessionManager()
	useEffect(() => (isHeld ? hold(name, atMost === undefined ? {} : { atMost }) : undefined), [hold, name, isHeld, atMost])
}
