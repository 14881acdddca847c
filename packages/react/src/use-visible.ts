// Whether somebody can see the page.
import { useSyncExternalStore } from 'react'

function subscribe(listener: () => void) {
	document.addEventListener('visibilitychange', listener)
	return () => document.removeEventListener('visibilitychange', listener)
}

export function useVisible(): boolean {
	return useSyncExternalStore(
		subscribe,
		() => !document.hidden,
		() => true,
	)
}
