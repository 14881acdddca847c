// This tab's place among the others, tied to the page's life.
import { useSessionEvent } from '@tabsession/react'
import { useSyncExternalStore } from 'react'
import { createTabs } from './tabs.ts'

const tabs = createTabs(() => document.visibilityState === 'visible')

document.addEventListener('visibilitychange', tabs.announce)
addEventListener('pagehide', tabs.leave)
addEventListener('pageshow', tabs.join)

/** All tabs of the site, this one first. */
export const useTabs = () => useSyncExternalStore(tabs.subscribe, tabs.getAll)

/** Lets the other tabs know when this one renews. */
export function useAnnounceRenewals() {
	useSessionEvent('renewed', ({ by }) => {
		if (by === 'this-tab') tabs.hasRenewed()
	})
}
