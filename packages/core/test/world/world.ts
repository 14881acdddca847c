// Many tabs of one browser under virtual time: one store, one set of locks, one provider. The stories are the real ones.
import { compose } from '../../src/compose.ts'
import type { SessionEventType } from '../../src/events.ts'
import { configure, type SessionManagerOptions } from '../../src/options.ts'
import type { LifecycleHandlers, Note, Platform, RecordStore, RemotePlatform } from '../../src/platform/ports.ts'
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Protocol } from '../../src/protocol/index.ts'
import { createRemote } from '../../src/remote/index.ts'
import { createProvider, type ProviderOptions } from './provider.ts'
import { createTime, flush } from './time.ts'

const NAME = 'session'
const ORIGIN = 'https://app.example'

export interface WorldOptions extends ProviderOptions {
	session?: Partial<SessionManagerOptions>
}

export interface OpenOptions {
	ownNotes?: Map<string, string>
	options?: Partial<SessionManagerOptions>
	/** Runs before each load of the lazy chunk, and may fail it. */
	chunk?: () => Promise<void>
	/** This tab's own view of the provider. */
	wrap?: (protocol: Protocol) => Protocol
	/** Runs between a read transaction and its callback. */
	onRead?: (record: SessionRecord | undefined) => void
	/** Runs between a read-write transaction and its callback, and may fail it. */
	onUpdate?: (record: SessionRecord | undefined) => void
	/** The page is prerendered until this resolves. */
	shown?: () => Promise<void> | undefined
}

export type World = ReturnType<typeof createWorld>
export type TestTab = ReturnType<World['open']>

export function createWorld({ session = {}, ...providerOptions }: WorldOptions = {}) {
	const time = createTime()
	const provider = createProvider(time, providerOptions)
	const localNotes = new Map<string, string>()
	const tabs = new Set<{ receive: ((message: unknown) => void) | undefined; isFrozen: boolean }>()
	const locks = createLocks()
	const messages: unknown[] = []
	let stored: unknown
	let storeTrouble: Error | undefined
	let serial = 0

	const note = (map: Map<string, string>, name: string): Note => ({
		read: () => map.get(name),
		write: text => void map.set(name, text),
		clear: () => void map.delete(name),
	})

	function open(
		path = '/',
		{ ownNotes = new Map<string, string>(), options = {}, chunk, wrap = protocol => protocol, onRead, onUpdate, shown }: OpenOptions = {},
	) {
		const self = { receive: undefined as ((message: unknown) => void) | undefined, isFrozen: false }
		tabs.add(self)
		const clock = time.clock(() => self.isFrozen)
		const visited: string[] = []
		let handlers: LifecycleHandlers | undefined
		let active: (() => void) | undefined
		let isVisible = true
		let href = ORIGIN + path
		let isClosed = false
		let watchers = 0
		let doom: ((record: SessionRecord) => boolean) | undefined
		let resumed: (() => void)[] = []

		/** The tab is killed at whatever await it stands. */
		function crash() {
			isClosed = true
			self.isFrozen = true
			tabs.delete(self)
			locks.release(self)
		}

		/** A frozen or crashed page's callbacks wait. */
		const gate = async () => {
			await null
			if (isClosed) await new Promise(() => {})
			if (self.isFrozen) await new Promise<void>(resolve => resumed.push(resolve))
		}

		const store: RecordStore = {
			inMemory: false,
			async read() {
				await gate()
				if (storeTrouble) throw storeTrouble
				const value = structuredCloneOf(stored)
				onRead?.(value as SessionRecord)
				await gate()
				return value
			},
			async update(change) {
				await gate()
				if (storeTrouble) throw storeTrouble
				stored = structuredCloneOf(change(structuredCloneOf(stored)) ?? stored)
				if (doom?.(stored as SessionRecord)) crash()
				onUpdate?.(stored as SessionRecord)
				await gate()
			},
		}

		const config = configure(
			{ authority: 'https://id.example', clientId: 'shop', redirectUri: '/signed-in', apis: ['/api'], ...session, ...options },
			href,
		)
		const platform: Platform = {
			clock,
			random: { id: () => `id-${serial++}`, fraction: () => 0.5 },
			channel: {
				open(receive) {
					self.receive = receive
				},
				post(message) {
					messages.push(message)
					for (const other of tabs) {
						// A frozen page's handlers run all the same.
						if (other !== self) queueMicrotask(() => other.receive?.(structuredClone(message)))
					}
				},
				close() {
					self.receive = undefined
				},
			},
			store,
			unseal: { supported: () => true, open: async (_key, sealed) => structuredClone((sealed as unknown as { value: unknown }).value) },
			hint: note(config.storage === 'tabs' ? ownNotes : localNotes, 'hint'),
			landing: note(ownNotes, 'landing'),
			lifecycle: {
				visible: () => isVisible,
				shown: () => shown?.(),
				watch(given) {
					handlers = given
					return () => {
						handlers = undefined
					}
				},
				idle: task => void clock.after(10, task),
			},
			address: {
				get href() {
					return href
				},
				replace(url) {
					href = new URL(url, href).href
				},
				assign: url => void visited.push(url),
				reload: url => void visited.push(url),
			},
			fetch: async () => new Response('ok'),
		}
		const remotePlatform: RemotePlatform = {
			locks: { queue: (name, signal, task) => locks.queue(self, name, signal, task) },
			seal: {
				newKey: () => new Uint8Array(32),
				importKey: async () => FAKE_KEY,
				seal: async (_key, value) => ({ value: structuredClone(value) }) as never,
			},
			tabKey: note(ownNotes, 'key'),
			requests: note(ownNotes, 'requests'),
			activity: {
				watch(_quietMs, notice) {
					active = notice
					watchers += 1
					return () => {
						active = undefined
						watchers -= 1
					}
				},
			},
		}
		const events: { type: string; event: unknown }[] = []
		const manager = compose(config, () => platform, {
			loadRemote: async kernel => {
				await chunk?.()
				return createRemote(kernel, NAME, remotePlatform, wrap(provider.protocol(kernel.tab.now, clock)))
			},
			navigate: () => undefined,
			disposed: () => {},
		})
		for (const type of [
			'authenticated',
			'renewed',
			'renewalFailed',
			'warned',
			'ended',
			'userChanged',
			'updateRequired',
		] as SessionEventType[]) {
			manager.on(type, event => events.push({ type, event }))
		}
		manager.subscribe(() => {})

		return {
			...manager,
			manager,
			events,
			visited,
			ownNotes,
			get href() {
				return href
			},
			platform,
			/** How many listen to the page's events. */
			watchers: () => watchers,
			status: () => manager.getSnapshot().status,
			eventsOf: (type: SessionEventType) => events.filter(entry => entry.type === type).map(entry => entry.event),
			/** The user moves the mouse. */
			act: () => active?.(),
			hide() {
				isVisible = false
			},
			show() {
				isVisible = true
				handlers?.look('visible')
			},
			online: () => handlers?.look('online'),
			freeze() {
				handlers?.sleep()
				self.isFrozen = true
			},
			/** Frozen without the event, as at a crash of the renderer's scheduler: nothing runs. */
			hang() {
				self.isFrozen = true
			},
			resume() {
				self.isFrozen = false
				const waiting = resumed
				resumed = []
				handlers?.wake(false)
				for (const go of waiting) go()
				clock.thaw()
			},
			restore() {
				self.isFrozen = false
				handlers?.wake(true)
			},
			crash,
			/** Killed right after a commit of its own that leaves such a record. */
			crashOnce(when: (record: SessionRecord) => boolean) {
				doom = when
			},
		}
	}

	/** A tab in which `sub` has just signed in. */
	async function signedIn(sub = 'alice', path = '/') {
		const ownNotes = new Map<string, string>()
		const before = open(path, { ownNotes })
		await flush()
		await before.signIn({ prompt: 'login' })
		await flush()
		const { state, code } = provider.signIn(sub, new URL(before.visited.at(-1) as string))
		before.crash()
		const tab = open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		await time.advance(200)
		return tab
	}

	return {
		time,
		provider,
		messages,
		locks,
		open,
		signedIn,
		record: () => stored as SessionRecord,
		setRecord(record: unknown) {
			stored = record
		},
		setStoreTrouble(error: Error | undefined) {
			storeTrouble = error
		},
		/** Everything the tabs hear from a stranger. */
		say(message: unknown) {
			for (const tab of tabs) tab.receive?.(message)
		},
	}
}

/** The stand-in for a CryptoKey: the real class, which nobody can construct. */
export const FAKE_KEY = Object.create(CryptoKey.prototype) as CryptoKey

/** As structured cloning does, but keeps the key's identity. */
function structuredCloneOf<T>(value: T): T {
	if (value === FAKE_KEY || typeof value !== 'object' || value === null) return value
	if (Array.isArray(value)) return value.map(structuredCloneOf) as T
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, structuredCloneOf(part)])) as T
}

/** Web Locks over the tabs of a world. */
function createLocks() {
	interface Waiting {
		readonly owner: unknown
		readonly run: () => void
	}
	const held = new Map<string, unknown>()
	const queues = new Map<string, Waiting[]>()

	function grant(name: string) {
		const next = held.has(name) ? undefined : queues.get(name)?.shift()
		if (!next) return
		held.set(name, next.owner)
		next.run()
	}

	return {
		isHeld: (name: string) => held.has(name),
		queue<T>(owner: unknown, name: string, signal: AbortSignal, task: (isHeld: boolean) => Promise<T>): Promise<T> {
			return new Promise((resolve, reject) => {
				const queue = queues.get(name) ?? []
				queues.set(name, queue)
				const waiting: Waiting = {
					owner,
					run: () =>
						queueMicrotask(() => {
							task(true)
								.then(resolve, reject)
								.finally(() => {
									if (held.get(name) === owner) held.delete(name)
									grant(name)
								})
						}),
				}
				queue.push(waiting)
				signal.addEventListener('abort', () => {
					const at = queue.indexOf(waiting)
					if (at < 0) return
					queue.splice(at, 1)
					reject(signal.reason)
				})
				grant(name)
			})
		},
		/** The owner is gone, and its locks with it. */
		release(owner: unknown) {
			for (const queue of queues.values()) {
				for (let at = queue.length - 1; at >= 0; at--) if (queue[at]?.owner === owner) queue.splice(at, 1)
			}
			for (const [name, holder] of held) {
				if (holder !== owner) continue
				held.delete(name)
				grant(name)
			}
		},
	}
}
