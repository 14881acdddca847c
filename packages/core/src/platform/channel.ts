import type { Channel } from './ports.ts'

/** A BroadcastChannel that can be closed and opened again; where it is missing or refused, tabs find each other's commits by reading. */
export function createChannel(name: string): Channel {
	let open: BroadcastChannel | undefined
	return {
		open(receive) {
			try {
				open ??= new BroadcastChannel(name)
				open.onmessage = event => receive(event.data)
			} catch {} // none, or refused as Firefox does where cookies are blocked
		},
		post(message) {
			try {
				open?.postMessage(message)
			} catch {} // lost, as any message may be
		},
		close() {
			open?.close()
			open = undefined
		},
	}
}
