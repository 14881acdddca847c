import type { ActivitySource } from './ports.ts'

/** What only a user does. A `scroll` or the focus of an element may be the page's own doing, as when a warning opens. */
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'touchmove', 'focus']

/** Passive capture listeners on the window; all but the first event of a quiet time cost one comparison. */
export const activity: ActivitySource = {
	watch(quietMs, active) {
		let quiet: ReturnType<typeof setTimeout> | undefined
		const notice = ({ type, target }: Event) => {
			if (quiet !== undefined || (type === 'focus' && target !== window)) return
			quiet = setTimeout(() => {
				quiet = undefined
			}, quietMs)
			active()
		}
		const options = { capture: true, passive: true }
		for (const sign of signs) addEventListener(sign, notice, options)
		return () => {
			clearTimeout(quiet)
			for (const sign of signs) removeEventListener(sign, notice, options)
		}
	},
}
