// The timeouts chosen in this browser, for all tabs of the site. Each goes by what was chosen when it was loaded: none is reloaded by another, for
// something may have been typed there.
import { useSyncExternalStore } from 'react'
import { parseTimeouts, type Timeouts } from './timeouts.ts'

const KEY = 'paperlane-timeouts'

function stored(): string {
	try {
		return localStorage.getItem(KEY) ?? '{}'
	} catch {
		return '{}'
	}
}

function parse(text: string): Timeouts {
	try {
		return parseTimeouts(JSON.parse(text) ?? {})
	} catch {
		return parseTimeouts({})
	}
}

const loaded = stored()

/** What this page goes by. */
export const chosen = parse(loaded)

/** For this tab at once, by a reload, and for each other one from its next load on. */
export function choose(timeouts: Timeouts) {
	localStorage.setItem(KEY, JSON.stringify(timeouts))
	location.reload()
}

const EVENTS = ['storage', 'pageshow'] as const

function subscribe(listener: () => void) {
	for (const event of EVENTS) addEventListener(event, listener)
	return () => {
		for (const event of EVENTS) removeEventListener(event, listener)
	}
}

/** Whether other timeouts have been chosen since, in another tab. */
export const useIsOutdated = () => useSyncExternalStore(subscribe, () => stored() !== loaded)
