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

/** @param now ms in session time */
export function createArrivals(channel: Channel, now: () => number) {
	const waiting = new Map<string, (response: SignInResponse) => void>()

	function stop(state: string) {
		waiting.delete(state)
		if (waiting.size === 0) channel.close()
	}

	/** Strangers' messages are none of ours. */
	function receive(message: unknown) {
		const { callback } = (message ?? {}) as { callback?: unknown }
		const response = responseOf(new URLSearchParams(typeof callback === 'string' ? callback : ''))
		const take = response && waiting.get(response.state)
		if (!take) return
		channel.post({ taken: response.state })
		stop(response.state)
		take({ ...response, returnTo: undefined, takenAt: now() })
	}

	return {
		expect(state: string): Arrival {
			channel.open(receive)
			return {
				response: new Promise(resolve => {
					waiting.set(state, resolve)
				}),
				stop: () => stop(state),
			}
		},
	}
}
