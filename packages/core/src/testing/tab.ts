// One tab of a world: a session manager of the real stories over the world's store, channel, locks and network.
import { compose } from '../compose.ts'
import type { SessionEventType } from '../events.ts'
import type { Config } from '../options.ts'
import type { Channel, Frames, LifecycleHandlers, Note, Platform, RecordStore, RemotePlatform } from '../platform/ports.ts'
import type { SessionRecord } from '../policy/record.ts'
import { createProtocol, type Protocol } from '../protocol/index.ts'
import * as alertsStory from '../remote/alerts.ts'
import { createRemote } from '../remote/index.ts'
import type { Recheck } from '../remote/monitor.ts'
import * as popupStory from '../remote/popup.ts'
import { recheck } from '../remote/recheck.ts'
import { presentOf } from '../remote/time-check.ts'
import type { Chance } from './chance.ts'
import type { Ether } from './channel.ts'
import { withoutEntropy } from './entropy.ts'
import { createFrames } from './frames.ts'
import type { LockTable } from './locks.ts'
import type { Network } from './network.ts'
import { createPage, type Page } from './page.ts'
import { createPopup, type OnPopup, type TestPopup } from './popup.ts'
import { createFakeProver } from './prover.ts'
import type { Store } from './store.ts'
import { hooked, ofNextVersion, type StoreHooks } from './store-views.ts'
import type { Time } from './time.ts'

interface FakeSealed {
	readonly value: unknown
	/** The key's raw bytes. */
	readonly by: string | undefined
}

const rawOf = (key: CryptoKey) => (key as { raw?: string }).raw

/** The longest that a signature takes, ms. */
const SIGNATURE_MS = 30

/** Names the locks; there is one session in a world. */
const NAME = 'session'

/** What the tabs of a world share. */
export interface Surroundings {
	readonly time: Time
	readonly chance: Chance | undefined
	readonly store: Store
	readonly ether: Ether
	readonly locks: LockTable
	readonly network: Network
	readonly localNotes: Map<string, string>
	/** What callback pages and those who wait for them say to each other. */
	readonly callbacks: Ether
	/** Loads an authorization request in a hidden frame of `page`. @returns removes it */
	frame(page: Page, url: URL): () => void
	/** What the provider's check-session page answers. */
	checkSession(message: string): unknown
	/** A number that no other has. */
	serial(): number
}

export type Ports = Platform & RemotePlatform

export interface TabOptions extends StoreHooks {
	/** Ports in place of the world's, as of a browser that refuses what others grant. @param loadMemory the memory that replaces a refused store */
	readonly ports?: ((world: Ports, loadMemory: () => Promise<Pick<RecordStore, 'read' | 'update'>>) => Partial<Ports>) | undefined
	/** The tab's `sessionStorage`: a reload or a duplicate brings that of the former page. */
	readonly ownNotes?: Map<string, string>
	/** Runs before each load of the lazy chunk, and may fail it. */
	readonly chunk?: () => Promise<void>
	/** The ledger of alerts. Default: that of this world. */
	readonly ledger?: RecordStore
	/** Runs before each load of the chunk of alerts, and may fail it. */
	readonly alertsChunk?: () => Promise<void>
	/** This tab's own view of the provider. */
	readonly wrap?: (protocol: Protocol) => Protocol
	/** The page is prerendered until this resolves. */
	readonly shown?: () => Promise<void> | undefined
	/** Whether the page runs the next version of the application, whose records have the next format. */
	readonly isNext?: boolean
	/** Told where the page wants to go, after `visited` has it. */
	readonly onNavigate?: (url: string) => void
	readonly onPopup?: OnPopup
	/** The page is in a popup: its line to the page that opened it. */
	readonly opener?: Channel
	/** What the check-session page answers in this tab; `undefined`: nothing. */
	readonly checkSession?: (message: string) => unknown
	/** ms that the check-session page takes to load. Default 20. */
	readonly frameMs?: number
	/** Loads the check-session page. Default: it is of this world. */
	readonly frames?: Frames
	/** The provider's word on its session. */
	readonly recheck?: Recheck
	/** Without Web Locks. */
	readonly isLockless?: boolean
	/** ms until the page has nothing better to do. Default 10. */
	readonly idleMs?: number
	/** Whether the browser blocks popups. */
	readonly blocksPopups?: boolean
	/** Whether `localStorage` and `sessionStorage` are full: writes are dropped. */
	readonly isWebStorageFull?: () => boolean
	/** The application's own way to a page. */
	readonly navigate?: ((url: string) => void) | undefined
}

const EVENTS: readonly SessionEventType[] = [
	'authenticated',
	'renewed',
	'renewalFailed',
	'warned',
	'ended',
	'userChanged',
	'memoryMode',
	'updateRequired',
	'stepUpRequired',
	'alert',
	'alertsChanged',
]

export type TestTab = ReturnType<typeof createTab>

export function createTab(world: Surroundings, config: Config, href: string, options: TabOptions) {
	const { time, chance, store, ether, locks, network, serial } = world
	const { ownNotes = new Map<string, string>(), chunk, wrap = protocol => protocol, shown, isNext, isLockless } = options
	const page = createPage(time, serial())
	const { clock } = page
	const visited: string[] = []
	const forms: { readonly action: string; readonly fields: Readonly<Record<string, string>> }[] = []
	const popups: TestPopup[] = []
	const frames = createFrames(page, {
		authorize: url => world.frame(page, url),
		checkSession: options.checkSession ?? world.checkSession,
		loadMs: options.frameMs,
		instead: options.frames,
	})
	const events: { readonly type: SessionEventType; readonly event: unknown }[] = []
	let address = href
	let handlers: LifecycleHandlers | undefined
	let active: (() => void) | undefined
	let isVisible = true
	let isCached = false
	let watchers = 0
	let hasKey: (id: string) => boolean = () => false

	const note = (map: Map<string, string>, name: string): Note => ({
		read: () => map.get(name),
		write: text => void (options.isWebStorageFull?.() || map.set(name, text)),
		clear: () => void map.delete(name),
	})

	/** The page is told, and runs for a moment more (measured: 30 ms). */
	function close() {
		if (page.isRunning()) handlers?.sleep()
		time.after(30, page.end)
	}
	/** With a seed a signature takes a while, in which the page may be frozen. */
	const sign = () =>
		new Promise<void>(resolve => void (chance ? page.after(Math.ceil(chance.fraction() * SIGNATURE_MS), resolve) : resolve()))

	function navigate(url: string) {
		visited.push(url)
		options.onNavigate?.(url)
	}

	const platform: Platform = {
		clock,
		random: { id: () => `id-${serial()}`, fraction: () => (chance ? chance.fraction() : 0.5) },
		channel: ether.of(page),
		store: hooked(isNext ? ofNextVersion(store.of(page)) : store.of(page), page.enter, options),
		unseal: {
			supported: () => true,
			async open(key, sealed) {
				const { value, by } = sealed as unknown as FakeSealed
				if (by !== rawOf(key)) throw new DOMException('another key', 'OperationError')
				return structuredClone(value)
			},
		},
		hint: note(config.storage === 'tabs' ? ownNotes : world.localNotes, 'hint'),
		tabKey: note(ownNotes, 'key'),
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
			idle: task => void page.after(options.idleMs ?? 10, task),
		},
		address: {
			get href() {
				return address
			},
			replace(url) {
				address = new URL(url, address).href
			},
			assign: navigate,
			reload: navigate,
		},
		popup() {
			if (options.blocksPopups) return undefined
			const { popup, shown } = createPopup(page, options.onPopup)
			popups.push(shown)
			return popup
		},
		fetch: (input, init) => network.fetch(page, input, init),
	}
	const remotePlatform: RemotePlatform = {
		locks: isLockless ? { queue: (_name, _signal, task) => task(false) } : locks.of(page),
		seal: {
			newKey: () => new Uint8Array(32).fill(serial() % 256),
			importKey: async raw => Object.assign(Object.create(CryptoKey.prototype) as CryptoKey, { raw: raw.join() }),
			seal: async (key, value) => ({ value: structuredClone(value), by: rawOf(key) }) as never,
		},
		frames: frames.port,
		hints: { device: note(world.localNotes, 'hint'), tabs: note(ownNotes, 'hint') },
		requests: note(ownNotes, 'requests'),
		departures: note(ownNotes, 'departures'),
		stray: note(world.localNotes, 'stray'),
		callbacks: world.callbacks.of(page),
		lineTo: popup => popup.window as Channel,
		opener: options.opener,
		closeWindow: close,
		submit(action, fields) {
			forms.push({ action, fields: Object.fromEntries(fields) })
			navigate(action)
		},
		beacon: (url, json) => network.beacon(page, url, json),
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
	function withPorts(loadMemory: () => Promise<Pick<RecordStore, 'read' | 'update'>>): Platform {
		const given = options.ports?.({ ...platform, ...remotePlatform }, loadMemory)
		Object.assign(remotePlatform, given)
		return Object.assign(platform, given)
	}
	const manager = compose(config, withPorts, {
		async loadRemote(kernel) {
			await chunk?.()
			hasKey = id => !!kernel.tab.keyOf({ id, living: undefined })
			const protocol = wrap(
				withoutEntropy(
					createProtocol(config, platform, kernel.tab.now, async () => createFakeProver(serial, sign), presentOf(kernel.tab)),
					config,
					serial,
				),
			)
			const openLedger = () => options.ledger ?? store.ledgerOf(page)
			return createRemote(kernel, NAME, openLedger, remotePlatform, {
				protocol,
				loadPopup: async () => popupStory,
				async loadAlerts() {
					await options.alertsChunk?.()
					return alertsStory
				},
				recheck: options.recheck ?? recheck,
			})
		},
		navigate: () => options.navigate,
		disposed() {},
	})
	for (const type of EVENTS) manager.on(type, event => events.push({ type, event }))
	manager.subscribe(() => {})

	return {
		...manager,
		manager,
		page,
		platform,
		/** Every event that the application was told of, in order. */
		events,
		eventsOf: (type: SessionEventType) => events.filter(entry => entry.type === type).map(entry => entry.event),
		/** Where the page wanted to go. */
		visited,
		/** The forms that it has left by. */
		forms,
		/** The windows that it has opened. */
		popups,
		ownNotes,
		get href() {
			return address
		},
		/** What the check-session page was asked from here. */
		polls: frames.polls,
		/** How many hidden pages this one has. */
		framesOpen: frames.open,
		/** Whether the page's memory has the key of a session with `storage: 'tabs'`. */
		hasKey: (id: string) => hasKey(id),
		/** How many listen to the page's events. */
		watchers: () => watchers,
		status: () => manager.getSnapshot().status,
		isVisible: () => isVisible,
		/** The user moves the mouse. */
		act() {
			if (page.isRunning()) active?.()
		},
		hide() {
			isVisible = false
		},
		show() {
			isVisible = true
			if (page.isRunning()) handlers?.look('visible')
		},
		focus() {
			if (page.isRunning()) handlers?.look('focus')
		},
		online() {
			if (page.isRunning()) handlers?.look('online')
		},
		freeze() {
			if (page.isRunning()) handlers?.sleep()
			page.freeze()
		},
		/** Stuck in a task of its own: nothing runs, and no event tells of it. */
		hang: () => page.freeze('stuck'),
		/** Runs again: shown, thawed, or out of the back/forward cache. */
		resume() {
			const wasStuck = page.isStuck()
			const wasCached = isCached
			isCached = false
			locks.cache(page, false)
			page.thaw(() => wasStuck || handlers?.wake(wasCached))
		},
		/** Into the back/forward cache. */
		leave() {
			if (page.isRunning()) handlers?.sleep()
			page.freeze()
			isCached = true
			locks.cache(page, true)
		},
		/** Killed at whatever await it stands. */
		crash: page.end,
		/** Killed right after a commit of its own that leaves such a record. */
		crashOnce(when: (record: SessionRecord) => boolean) {
			store.watch(commit => {
				if (commit.page === page && when(commit.after as SessionRecord)) page.end()
			})
		},
		/** As a user closes it. */
		close,
	}
}
