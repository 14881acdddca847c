// `storage: 'tabs'`: the key goes from tab to tab and rests in none but theirs, so that the session ends with the last one.
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

export function createKeys(tab: Tab, { seal, tabKey }: RemotePlatform) {
	const { channel, clock } = tab.platform
	let seeking: string | undefined
	/** By session. */
	const held = new Map<string, Uint8Array<ArrayBuffer>>()
	const waiting = new Map<string, (bytes?: Uint8Array<ArrayBuffer>) => void>()
	/** What was tried in the present searches, as text. */
	const tried = new Set<string>()
	/** By session: whether it is asked for again since the last reply. */
	const replied = new Map<string, boolean>()

	/** Replies at once, and then at intervals for as long as it is asked for. */
	function reply(id: string) {
		if (replied.has(id)) return void replied.set(id, true)
		const bytes = held.get(id)
		if (!bytes) return
		channel.post({ keyOf: id, bytes })
		replied.set(id, false)
		clock.after(REPLY_MS, () => {
			const isAskedAgain = replied.get(id)
			replied.delete(id)
			if (isAskedAgain) reply(id)
		})
	}

	function hold(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
		held.delete(id)
		held.set(id, bytes)
		for (const oldest of [...held.keys()].slice(0, -MOST)) held.delete(oldest)
		note()
		return seal.importKey(bytes)
	}

	function note() {
		// A session in this page's memory is gone with the page.
		if (tab.platform.store.inMemory) return
		if (held.size > 0) tabKey.write(JSON.stringify(Object.fromEntries([...held].map(([id, bytes]) => [id, [...bytes]]))))
		else tabKey.clear()
	}

	/** The key of this tab's former page: a reload keeps the session. */
	function kept(id: string): Uint8Array<ArrayBuffer> | undefined {
		try {
			const bytes: unknown = JSON.parse(tabKey.read() ?? '')[id]
			return Array.isArray(bytes) && bytes.length === KEY_BYTES ? new Uint8Array(bytes) : undefined
		} catch {
			return undefined
		}
	}

	function ask(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return new Promise(resolve => {
			const cancel = clock.after(ASK_MS, () => waiting.get(id)?.())
			waiting.set(id, bytes => {
				waiting.delete(id)
				tried.clear()
				cancel()
				resolve(bytes)
			})
			channel.post({ wantKey: id })
		})
	}

	/** Whether the key opens the session: anybody can send bytes. */
	async function opens(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
		const { record } = tab.view
		if (record?.id !== id || !record.living) return false
		const key = await seal.importKey(bytes)
		return tab.platform.unseal.open(key, record.living.tokens).then(
			() => true,
			() => false,
		)
	}

	async function seek(id: string): Promise<CryptoKey | undefined> {
		const bytes = kept(id) ?? (await ask(id))
		return bytes && hold(id, bytes)
	}

	return {
		hold,
		/** Asks once, however often it is called. */
		find(id: string) {
			if (seeking === id) return
			seeking = id
			const sought = seek(id).catch(() => undefined)
			void sought.then(key => {
				seeking = undefined
				tab.keep(id, key ?? false)
			})
		},
		forget(id: string) {
			if (held.delete(id)) note()
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
