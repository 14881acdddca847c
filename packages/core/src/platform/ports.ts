// The outside world as the rooms see it: narrow interfaces, one for each fact. `browser.ts` and `remote.ts` are the real ones.
import type { Config } from '../options.ts'
import type { Sealed } from '../policy/record.ts'

export interface Clock {
	/** Wall clock, ms since the epoch; may jump. */
	wall(): number
	/** Monotonic clock, ms; may stand still while the machine sleeps. */
	mono(): number
	/** Runs `task` once after `ms`. @returns cancel */
	after(ms: number, task: () => void): () => void
	/** Aborted after `ms`; in a hidden page up to a minute later. */
	limit(ms: number): AbortSignal
}

export interface Random {
	/** 128 random bits as text. */
	id(): string
	/** Evenly spread in [0, 1). */
	fraction(): number
}

/** Hints between the tabs of an origin. Messages are lost, doubled, forged: never truth. */
export interface Channel {
	/** Listens; a second call while open does nothing. */
	open(receive: (message: unknown) => void): void
	post(message: unknown): void
	close(): void
}

export interface Locks {
	/**
	 * Runs `task` once the lock is granted. Rejects with the signal's reason if aborted before.
	 * Where there are no locks it runs at once, with `isHeld` false.
	 */
	queue<T>(name: string, signal: AbortSignal, task: (isHeld: boolean) => Promise<T>): Promise<T>
}

export interface RecordStore {
	/** Whether the store is this page's memory, since IndexedDB is not to be had. */
	readonly inMemory: boolean
	/** @throws SessionError `storage_unavailable` */
	read(): Promise<unknown>
	/**
	 * One read-write transaction, serial over all tabs. `change` returns the new value, or `undefined` to leave the old one.
	 * @param strict whether to wait until the value is on the disk
	 * @throws SessionError `storage_unavailable`; whether the change was made is then unknown
	 */
	update(change: (current: unknown) => unknown, strict: boolean): Promise<void>
	/** Undoes what is under way: the open transaction of a frozen page stalls every other tab. */
	interrupt(): void
}

export interface Unseal {
	/** Whether this page can seal and unseal at all: a secure context with WebCrypto. */
	supported(): boolean
	/** @throws if the key is another one or the text was changed */
	open(key: CryptoKey, sealed: Sealed): Promise<unknown>
}

export interface Seal {
	/** A fresh key as raw bytes. */
	newKey(): Uint8Array<ArrayBuffer>
	/** Non-extractable. */
	importKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey>
	seal(key: CryptoKey, value: unknown): Promise<Sealed>
}

/** A small text that a page can read in its first frame, or keep for its tab. Reads give `undefined` and writes are dropped where storage is blocked. */
export interface Note {
	read(): string | undefined
	write(text: string): void
	clear(): void
}

export interface ActivitySource {
	/** Calls `active` at the first sign of the user in each `quietMs`. @returns stop */
	watch(quietMs: number, active: () => void): () => void
}

export interface LifecycleHandlers {
	/** The page is about to be frozen or left; do nothing more until `wake`. */
	sleep(): void
	/** The page runs again. `restored`: out of the back/forward cache, where what it shows may be long over. */
	wake(restored: boolean): void
	/** Something that makes a look at the record worth while: visible, focused, online. */
	look(cause: 'visible' | 'focus' | 'online'): void
}

export interface Lifecycle {
	visible(): boolean
	/** Resolves when the page is shown to the user: at once, unless it is being prerendered. */
	shown(): Promise<void> | undefined
	watch(handlers: LifecycleHandlers): () => void
	/** Runs `task` when the page has nothing better to do. */
	idle(task: () => void): void
}

export interface Address {
	readonly href: string
	/** Changes the address without loading (History API). */
	replace(url: string): void
	/** Leaves the page for `url`. */
	assign(url: string): void
	/** Loads `url` in place of the present history entry. */
	reload(url: string): void
}

/** A window that the page opened for a sign-in. */
export interface Popup {
	/** The window itself, for `lineTo`. */
	readonly window: unknown
	go(url: string): void
	close(): void
	focus(): void
	/** Whether the user has closed it. A provider's `Cross-Origin-Opener-Policy` makes it look closed: only with the focus back in this page it is. */
	isLeft(): boolean
}

/** As much of the origin's storage as an end needs, in a page without a session manager. */
export interface Reach {
	readonly store: Pick<RecordStore, 'read' | 'update'>
	/** A hint to all tabs. */
	post(message: unknown): void
	/** Of the first frame. */
	readonly hint: Pick<Note, 'clear'>
}

/** What the kernel works with. */
export interface Platform {
	readonly clock: Clock
	readonly random: Random
	readonly channel: Channel
	readonly store: RecordStore
	readonly unseal: Unseal
	/** First-frame hint: `localStorage`, or `sessionStorage` for `storage: 'tabs'`. */
	readonly hint: Note
	/** The keys' raw bytes by session id, for `storage: 'tabs'`. */
	readonly tabKey: Note
	/** Where the sign-in under way in this tab wants to land. */
	readonly landing: Note
	readonly lifecycle: Lifecycle
	readonly address: Address
	/** Opens an empty window; in the task of a click, or the browser blocks it: then `undefined`. */
	popup(): Popup | undefined
	readonly fetch: typeof globalThis.fetch
}

/** A hidden page of another origin in this one. */
export interface Frame {
	post(message: string): void
	close(): void
}

export interface Frames {
	/** @param heard `loaded`: the page is there, or an error in its place. `said`: that very window, at that very origin, has sent a message */
	open(url: string, heard: { loaded(): void; said(message: unknown): void }): Frame
}

/** What only the lazy chunk works with. */
export interface RemotePlatform {
	readonly activity: ActivitySource
	readonly locks: Locks
	readonly seal: Seal
	readonly frames: Frames
	/** The first-frame hints of either value of `storage`. */
	readonly hints: Readonly<Record<Config['storage'], Pick<Note, 'clear'>>>
	/** Sign-ins under way, where the store is this page's memory. */
	readonly requests: Note
	/** The unattended sign-ins for which this tab was left. */
	readonly departures: Note
	/** Word of a callback page: a response has come that answers no sign-in of this browser. */
	readonly stray: Note
	/** What callback pages hand over, from popups and frames, and what they are answered. */
	readonly callbacks: Channel
	/** Messages between this page and a popup of its own, while that shows a page of this origin. */
	lineTo(popup: Popup): Channel
	/** The same line from the popup's side: to the page that opened this window, where it is of this origin. */
	readonly opener: Channel | undefined
	/** Closes this window, where a script has opened it. */
	closeWindow(): void
	/** Leaves the page for `action` by a form that is sent by POST. */
	submit(action: string, fields: Iterable<readonly [name: string, value: string]>): void
	/** Sends JSON from a page that is being left; nobody hears what became of it. */
	beacon(url: string, json: string): void
}
