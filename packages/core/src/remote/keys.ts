// `storage: 'tabs'`: the key goes from tab to tab and rests in none but theirs, so that the session ends with the last one.
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import type { RemotePlatform } from '../platform/ports.ts'

/** ms until no tab is taken to have the key. */
const ASK_MS = 1000

/** AES-256 */
const KEY_BYTES = 32

/** ms between two replies to requests for one key: a reply reaches every tab. */
const REPLY_MS = 200

/** Different bytes that are tried for one search: any script of the origin can send some. */
const MOST_TRIES = 100

/** Keys that one tab keeps: a session's that is about to begin, beside that of the one that is there. */
const MOST = 3

type Bytes = Uint8Array<ArrayBuffer>

export interface NewKey {
	readonly key: CryptoKey
	/** What the record has of it: nothing for `storage: 'tabs'`. */
	readonly inRecord: CryptoKey | undefined
}

export function createKeys(tab: Tab, { seal }: Pick<RemotePlatform, 'seal'>) {
	const { channel, tabKey } = tab.platform
	const { committing } = tab
	/** By session id: raw bytes, which other tabs ask for. */
	const raw = new Map<string, Bytes>()
	const seeking = new Set<string>()
	let isStopped = false
	const waiting = new Map<string, (bytes?: Bytes) => void>()
	/** What was tried in the present searches, as text. */
	const tried = new Set<string>()
	/** By session: whether it is asked for again since the last reply. */
	const replied = new Map<string, boolean>()

	/** The keys in sessionStorage, as raw bytes by session id. */
	function storedKeys(): Record<string, readonly number[]> {
		try {
			return JSON.parse(tabKey.read() ?? '') ?? {}
		} catch {
			return {}
		}
	}

	/** Stores a key in this tab, the newest last. */
	function store(id: string, bytes: Bytes) {
		raw.delete(id)
		raw.set(id, bytes)
		for (const oldest of [...raw.keys()].slice(0, -MOST)) raw.delete(oldest)
		// A session in this page's memory is gone with the page.
		if (tab.platform.store.inMemory) return
		const { [id]: _, ...others } = storedKeys()
		tabKey.write(JSON.stringify(Object.fromEntries([...Object.entries(others), [id, [...bytes]]].slice(-MOST))))
	}

	/** Replies at once, and then at intervals for as long as it is asked for. */
	function reply(id: string) {
		if (replied.has(id)) return void replied.set(id, true)
		const bytes = raw.get(id)
		if (!bytes) return
		channel.post({ keyOf: id, bytes })
		replied.set(id, false)
		schedule(tab, REPLY_MS, () => {
			const isAskedAgain = replied.get(id)
			replied.delete(id)
			if (isAskedAgain) reply(id)
		})
	}

	/** Removes the key of a session from this tab. */
	function forget(id: string) {
		raw.delete(id)
		tab.keys.delete(id)
		const { [id]: _, ...others } = storedKeys()
		if (Object.keys(others).length > 0) tabKey.write(JSON.stringify(others))
		else tabKey.clear()
	}

	/** The key of this tab's former page: a reload keeps the session. */
	function kept(id: string): Bytes | undefined {
		const bytes = storedKeys()[id]
		return raw.get(id) ?? (Array.isArray(bytes) && bytes.length === KEY_BYTES ? new Uint8Array(bytes) : undefined)
	}

	function ask(id: string): Promise<Bytes | undefined> {
		const answered = new Promise<Bytes | undefined>(resolve => {
			const cancel = schedule(tab, ASK_MS, () => waiting.get(id)?.())
			waiting.set(id, bytes => {
				waiting.delete(id)
				tried.clear()
				cancel()
				resolve(bytes)
			})
			channel.post({ wantKey: id })
		})
		return tab.live(() => answered).finally(() => waiting.delete(id))
	}

	const isLive = (id: string) => tab.view.record?.id === id && !!tab.view.record.living

	/** Whether the key opens the session: anybody can send bytes. */
	async function opens(id: string, bytes: Bytes): Promise<boolean> {
		const key = await seal.importKey(bytes)
		const { record } = tab.view
		if (record?.id !== id || !record.living) return false
		return tab.platform.unseal.open(key, record.living.tokens).then(
			() => true,
			() => false,
		)
	}

	/** @returns whether the key was found, or need not be looked for any more */
	async function seek(id: string): Promise<boolean> {
		const own = kept(id)
		const isOwn = own && (await opens(id, own))
		if (own && !isOwn) forget(id)
		const bytes = isOwn ? own : await ask(id)
		const key = bytes && (await seal.importKey(bytes))
		// Of a session that has ended meanwhile nothing is written back.
		if (!isLive(id)) return true
		if (!key) return false
		store(id, bytes)
		tab.keep(id, key)
		return true
	}

	/** What the kernel removes is removed here too. */
	const removed = tab.until(() => {
		for (const id of raw.keys()) if (!tab.keys.has(id) && !committing.includes(id)) raw.delete(id)
		return false
	})
	removed.catch(() => {}) // disposed

	return {
		stop() {
			isStopped = true
			// The imported key stays with the kernel, for a renewal under way must not lose its response (I7).
			raw.clear()
		},
		/**
		 * Makes a key for a session that this tab is about to commit; `settled` has to follow. For `storage: 'tabs'` it is stored here at once, so
		 * that a crash after the commit loses no session.
		 */
		async create(id: string): Promise<NewKey> {
			const bytes = seal.newKey()
			if (tab.config.storage === 'device') {
				const key = await seal.importKey(bytes)
				return { key, inRecord: key }
			}
			committing.push(id)
			store(id, bytes)
			const key = await seal.importKey(bytes)
			tab.keep(id, key)
			return { key, inRecord: undefined }
		},
		/** The commit that needed the key is over. @param isMade where not, or where that is unknown, the next read tells what becomes of the key */
		settled(id: string, isMade: boolean) {
			const at = committing.indexOf(id)
			if (at < 0) return
			committing.splice(at, 1)
			if (isMade) return
			tab.keys.delete(id)
			void tab.read().catch(() => {})
		},
		/** Asks once, however often it is called. */
		find(id: string) {
			if (seeking.has(id)) return
			seeking.add(id)
			void seek(id)
				.catch(() => isStopped)
				.then(isFound => {
					seeking.delete(id)
					if (!isFound) tab.keep(id, false)
				})
		},
		/** Strangers' messages are none of ours. */
		receive(message: { wantKey?: unknown; keyOf?: unknown; bytes?: unknown }) {
			const { wantKey, keyOf, bytes } = message
			if (typeof wantKey === 'string') reply(wantKey)
			if (typeof keyOf !== 'string' || !(bytes instanceof Uint8Array) || bytes.length !== KEY_BYTES || !waiting.has(keyOf)) return
			const own = new Uint8Array(bytes)
			const attempt = `${keyOf} ${own}`
			if (tried.size >= MOST_TRIES || tried.has(attempt)) return
			tried.add(attempt)
			opens(keyOf, own).then(
				isKey => isKey && waiting.get(keyOf)?.(own),
				() => {},
			)
		},
	}
}

export type Keys = ReturnType<typeof createKeys>
