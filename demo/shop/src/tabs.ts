// Which tabs share the session: each announces itself to the others. The demo's own; the SDK needs none of it.
const CHANNEL = 'paperlane-tabs'
const ANNOUNCE_EVERY_MS = 10_000
/** Browsers slow the timers of hidden tabs down to one a minute. */
const SILENT_FOR_MS = 130_000
const BIRDS = 'Wren Heron Finch Plover Avocet Robin Swift Egret Linnet Osprey Curlew Dipper Siskin Merlin Pipit Tern Kestrel Lapwing'.split(
	' ',
)

export interface Tab {
	readonly id: string
	readonly name: string
	readonly visible: boolean
	/** When this tab last renewed the tokens, ms since the epoch. */
	readonly renewedAt: number | undefined
}

type Message = { readonly type: 'who' } | { readonly type: 'here'; readonly tab: Tab } | { readonly type: 'bye'; readonly id: string }

export interface Tabs {
	/** This tab first; the same array until something has changed. */
	getAll(): readonly Tab[]
	subscribe(listener: () => void): () => void
	/** Tells the others how this tab is now. */
	announce(): void
	/** Tells the others that this tab has renewed the tokens. */
	hasRenewed(): void
	/** Says goodbye. */
	leave(): void
	/** Comes back after `leave`: the browser has taken the page from its back/forward cache. */
	join(): void
}

/** A bird that no other tab is called, as long as there are enough. */
function birdFor(id: string, taken: readonly string[]): string {
	const free = BIRDS.filter(bird => !taken.includes(bird))
	return free[Number.parseInt(id.slice(0, 6), 16) % free.length] ?? 'Wren'
}

export function createTabs(isVisible: () => boolean, now: () => number = Date.now): Tabs {
	const id = crypto.randomUUID()
	const others = new Map<string, { readonly tab: Tab; readonly heardAt: number }>()
	const listeners = new Set<() => void>()
	let self: Tab = { id, name: birdFor(id, []), visible: isVisible(), renewedAt: undefined }
	let all: readonly Tab[] = [self]
	let channel: BroadcastChannel | undefined
	let timer: ReturnType<typeof setInterval> | undefined

	const say = (message: Message) => channel?.postMessage(message)

	function update() {
		for (const [other, { heardAt }] of others) if (now() - heardAt > SILENT_FOR_MS) others.delete(other)
		all = [self, ...[...others.values()].map(({ tab }) => tab).sort((a, b) => a.id.localeCompare(b.id))]
		for (const listener of listeners) listener()
	}

	function announce() {
		self = { ...self, visible: isVisible() }
		say({ type: 'here', tab: self })
		update()
	}

	function meet(tab: Tab) {
		others.set(tab.id, { tab, heardAt: now() })
		if (tab.name !== self.name || tab.id > id) return
		// Two of the same name: the one with the greater id takes another.
		self = {
			...self,
			name: birdFor(
				id,
				[...others.values()].map(other => other.tab.name),
			),
		}
		announce()
	}

	function hear({ data: message }: MessageEvent<Message>) {
		if (message.type === 'who') return announce()
		if (message.type === 'bye') others.delete(message.id)
		else meet(message.tab)
		update()
	}

	function join() {
		if (channel) return
		try {
			channel = new BroadcastChannel(CHANNEL)
		} catch {
			return // refused, as Firefox does where cookies are blocked: this tab shows itself alone
		}
		channel.onmessage = hear
		timer = setInterval(announce, ANNOUNCE_EVERY_MS)
		say({ type: 'who' })
		announce()
	}

	function leave() {
		say({ type: 'bye', id })
		channel?.close()
		channel = undefined
		clearInterval(timer)
		others.clear()
	}

	join()
	return {
		getAll: () => all,
		subscribe(listener) {
			listeners.add(listener)
			return () => listeners.delete(listener)
		},
		announce,
		hasRenewed() {
			self = { ...self, renewedAt: now() }
			announce()
		},
		leave,
		join,
	}
}
