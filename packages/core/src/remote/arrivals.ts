// Responses that a callback page hands over, from a popup or a frame: whoever waits for that `state` takes it, and says so.
import { responseOf, type SignInResponse } from '../local/response.ts'
import type { Channel } from '../platform/ports.ts'

export interface Arrival {
	/** Pending until it comes. */
	readonly response: Promise<SignInResponse>
	/** Waits no longer. */
	stop(): void
}

export type Arrivals = ReturnType<typeof createArrivals>

/** @param now ms by the wall clock */
export function createArrivals(channel: Channel, now: () => number) {
	const waiting = new Map<string, (response: SignInResponse) => void>()

	function stop(state: string) {
		waiting.delete(state)
		if (waiting.size === 0) channel.close()
	}

	/** Strangers' messages are none of ours. */
	function receive(message: unknown, from: Channel) {
		const { callback } = (message ?? {}) as { callback?: unknown }
		const response = responseOf(new URLSearchParams(typeof callback === 'string' ? callback : ''))
		const take = response && waiting.get(response.state)
		if (!take) return
		from.post({ taken: response.state })
		stop(response.state)
		const { arrivedAt: _, ...taken } = response
		take({ ...taken, returnTo: undefined, takenAt: now() })
	}

	return {
		/** @param line to the window that the response arrives in, where this page has opened one */
		expect(state: string, line?: Channel): Arrival {
			channel.open(message => receive(message, channel))
			line?.open(message => receive(message, line))
			return {
				response: new Promise(resolve => {
					waiting.set(state, resolve)
				}),
				stop() {
					line?.close()
					stop(state)
				},
			}
		},
	}
}
