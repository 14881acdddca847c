import type { ActivitySource } from './ports.ts'

const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll', 'focus']

/** Passive capture listeners on the window; all but the first event of a quiet time cost one comparison. */
export const activity: ActivitySource = {
	watch(quietMs, active) {
		let quiet: ReturnType<typeof setTimeout> | undefined
		const notice = () => {
			if (quiet !== undefined) return
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
