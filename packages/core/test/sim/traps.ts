// What befalls a page at a moment of its own: right after a commit, as its token request leaves, or as it loads a frame.
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Page } from '../../src/testing/page.ts'
import type { Commit } from '../../src/testing/store.ts'
import { moments } from './bad-luck.ts'
import type { Slot } from './browser.ts'
import type { Facts } from './facts.ts'

export type Traps = ReturnType<typeof createTraps>

export function createTraps({ world: { time, store, network, watchFrames } }: Facts) {
	const traps = new Map<Slot, { readonly moment: string; readonly spring: () => void }>()

	function spring(page: Page, isAt: (moment: string) => boolean) {
		for (const [slot, trap] of traps) {
			if (slot.page.page !== page || !isAt(trap.moment)) continue
			traps.delete(slot)
			trap.spring()
		}
	}

	store.watch(({ page, before, after }: Commit) =>
		spring(page, moment => !!moments[moment]?.(before as SessionRecord | undefined, after as SessionRecord)),
	)
	network.watch(({ page, url }) => {
		// Once the request has left.
		if (url.pathname === '/token') time.after(0, () => spring(page, moment => moment === 'sent'))
		return () => {}
	})
	watchFrames(page => {
		time.after(0, () => spring(page, moment => moment === 'framed'))
		return () => {}
	})

	return {
		/** @param moment one of those of commits, `sent`, or `framed` */
		set: (slot: Slot, moment: string, spring: () => void) => void traps.set(slot, { moment, spring }),
		clear: () => traps.clear(),
	}
}
