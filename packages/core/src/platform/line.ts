import type { Channel } from './ports.ts'

/** Messages between this page and one other window, which only pages of this origin send and receive. */
export function createLine(other: Window): Channel {
	let listening: AbortController | undefined
	return {
		open(receive) {
			if (listening) return
			listening = new AbortController()
			const heard = ({ source, origin, data }: MessageEvent) => {
				// A window that is gone is null on both sides.
				if (source && source === other && origin === location.origin) receive(data)
			}
			addEventListener('message', heard, { signal: listening.signal })
		},
		post: message => other.postMessage(message, location.origin),
		close() {
			listening?.abort()
			listening = undefined
		},
	}
}
