// A BroadcastChannel over the tabs of an origin: late, lossy, and loud with strangers. A frozen page's handlers run all the same (measured).
import type { Channel } from '../platform/ports.ts'
import type { Page } from './page.ts'
import type { Time } from './time.ts'

export interface ChannelChance {
	/** ms until a message arrives. */
	delay(): number
	isLost(): boolean
	isDoubled(): boolean
}

interface Port {
	readonly page: Page
	receive: ((message: unknown) => void) | undefined
	/** When the last message of each sender arrives: one sender's messages keep their order. */
	readonly lastAt: Map<Port, number>
}

export type Ether = ReturnType<typeof createEther>

export function createEther(time: Time, chance: ChannelChance) {
	const ports = new Set<Port>()
	const messages: unknown[] = []
	const listeners: ((page: Page, message: unknown) => void)[] = []

	function deliver(from: Port, to: Port, message: unknown) {
		if (!to.receive || chance.isLost()) return
		for (let times = chance.isDoubled() ? 2 : 1; times > 0; times--) {
			const at = Math.max(time.elapsed() + chance.delay(), to.lastAt.get(from) ?? 0)
			to.lastAt.set(from, at)
			time.after(at - time.elapsed(), () => arrive(to, structuredClone(message)))
		}
	}

	function arrive(port: Port, message: unknown): void {
		const { page, receive } = port
		if (page.isGone() || !receive) return
		if (page.isStuck()) {
			page.enter(() => arrive(port, message))
			return
		}
		for (const listener of listeners) listener(page, message)
		receive(message)
	}

	return {
		/** Every message that was posted. */
		messages,
		of(page: Page): Channel {
			const own: Port = { page, receive: undefined, lastAt: new Map() }
			ports.add(own)
			page.atEnd(() => ports.delete(own))
			return {
				open(receive) {
					own.receive ??= receive
				},
				post(message) {
					if (!own.receive) return
					messages.push(message)
					for (const port of ports) if (port !== own) deliver(own, port, message)
				},
				close() {
					own.receive = undefined
				},
			}
		},
		/** Everything the tabs hear from a stranger. */
		say(message: unknown) {
			for (const port of ports) arrive(port, message)
		},
		/** Told of each message right before the page is. */
		watch: (listener: (page: Page, message: unknown) => void) => void listeners.push(listener),
	}
}
