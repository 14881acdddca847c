// A router of a few pages, on the browser's own history.
import { useSyncExternalStore } from 'react'

const CALLBACK = '/signed-in'
const listeners = new Set<() => void>()
const notify = () => {
	for (const listener of listeners) listener()
}

/** Whether this page has been navigated within; the heading of the next page then takes the focus. */
export let hasNavigated = false

/** Goes to a page of this site; the provider's callback is not kept in the history. */
export function navigate(url: string) {
	if (location.pathname === CALLBACK) history.replaceState(null, '', url)
	else if (url !== location.pathname + location.search + location.hash) history.pushState(null, '', url)
	hasNavigated = true
	notify()
}

function subscribe(listener: () => void) {
	if (listeners.size === 0) addEventListener('popstate', notify)
	listeners.add(listener)
	return () => {
		listeners.delete(listener)
		if (listeners.size === 0) removeEventListener('popstate', notify)
	}
}

/** The path of the present page. */
export const usePath = () => useSyncExternalStore(subscribe, () => location.pathname)
