import type { ActivitySource } from './ports.ts'

/** What a user does. `input` is all that dictation and on-screen keyboards send. */
const signs = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove', 'focus', 'scroll']

/** The focus of an element may be the page's own doing, as when a warning opens; so may a scroll, as of a chat log, unless the user has just acted. */
const isUsers = ({ type, target }: Event) =>
	type === 'focus' ? target === window : type !== 'scroll' || !!navigator.userActivation?.isActive

/** Passive capture listeners on the window, taken away for a quiet time after a sign: calling one costs more than all it could do. */
export const activity: ActivitySource = {
	watch(quietMs, active) {
		let quiet: ReturnType<typeof setTimeout>
		const options = { capture: true, passive: true }
		const listen = () => {
			for (const sign of signs) addEventListener(sign, notice, options)
		}
		const rest = () => {
			for (const sign of signs) removeEventListener(sign, notice, options)
		}
		function notice(event: Event) {
			if (!isUsers(event)) return
			rest()
			quiet = setTimeout(listen, quietMs)
			active()
		}
		listen()
		return () => {
			clearTimeout(quiet)
			rest()
		}
	},
}
