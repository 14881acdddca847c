// Wakes a page, and watches what it shows in the very task in which it is told.
import type { Slot } from './browser.ts'
import type { Facts } from './facts.ts'

/** I3, I4: what a page showed before is not shown again without a look, nor past a deadline that it knows of. */
export function wake(facts: Facts, { page: tab }: Slot): void {
	const { page } = tab
	const isTold = !page.isRunning() && !page.isStuck()
	tab.resume()
	const wasCached = facts.cached.delete(page)
	if (!isTold || !page.isRunning() || tab.status() !== 'authenticated') return
	const { now, idle = Number.POSITIVE_INFINITY, lifetime = Number.POSITIVE_INFINITY } = tab.getDeadlines()
	if (now >= Math.min(idle, lifetime)) facts.violate('I4', 'a page that wakes past a deadline shows the session')
	if (wasCached) facts.violate('I3', 'a page out of the back/forward cache shows the session before it has looked')
}
