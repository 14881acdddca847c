import type { ActivitySource } from './ports.ts'

/** What a user does. `input` is all that dictation and on-screen keyboards send. */
const signs = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove', 'focus', 'scroll']

/** The focus of an element may be the page's own doing, as when a warning opens; so may a scroll, as of a chat log, unless the user has just acted. */
const isUsers = ({ type, target }: Event) =>
	type === 'focus' ? target === window : type !== 'scroll' || !!navigator.userActivation?.isActive

/** Passive capture listeners on the window; all but the first event of a quiet time cost one comparison. */
export const activity: ActivitySource = {
	watch(quietMs, active) {
		let quiet: ReturnType<typeof setTimeout> | undefined
		const notice = (event: Event) => {
			if (quiet !== undefined || !isUsers(event)) return
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
