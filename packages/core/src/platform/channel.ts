import type { Channel } from './ports.ts'

/** A BroadcastChannel that can be closed and opened again; without one, tabs find each other's commits by reading. */
export function createChannel(name: string): Channel {
	let open: BroadcastChannel | undefined
	return {
		open(receive) {
			if (open || typeof BroadcastChannel === 'undefined') return
			open = new BroadcastChannel(name)
			open.onmessage = event => receive(event.data)
		},
		post(message) {
			open?.postMessage(message)
		},
		close() {
			open?.close()
			open = undefined
		},
	}
}
