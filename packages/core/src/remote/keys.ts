// `storage: 'tabs'`: the key goes from tab to tab and rests in none but theirs, so that the session ends with the last one.
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import type { RemotePlatform } from '../platform/ports.ts'

/** ms until no tab is taken to have the key. */
const ASK_MS = 1000

/** Keys that one tab keeps: a session's that is about to begin, beside that of the one that is there. */
const MOST = 3

export function createKeys(tab: Tab, { seal, tabKey }: RemotePlatform) {
	const { channel } = tab.platform
	let seeking: string | undefined
	/** By session. */
	const held = new Map<string, Uint8Array<ArrayBuffer>>()
	const waiting = new Map<string, (bytes?: Uint8Array<ArrayBuffer>) => void>()

	function hold(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
		held.delete(id)
		held.set(id, bytes)
		for (const oldest of [...held.keys()].slice(0, -MOST)) held.delete(oldest)
		note()
		return seal.importKey(bytes)
	}

	function note() {
		if (held.size > 0) tabKey.write(JSON.stringify(Object.fromEntries([...held].map(([id, bytes]) => [id, [...bytes]]))))
		else tabKey.clear()
	}

	/** The key of this tab's former page: a reload keeps the session. */
	function kept(id: string): Uint8Array<ArrayBuffer> | undefined {
		try {
			const bytes = (JSON.parse(tabKey.read() ?? '') as Record<string, number[]>)[id]
			return bytes && new Uint8Array(bytes)
		} catch {
			return undefined
		}
	}

	function ask(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
		const answered = new Promise<Uint8Array<ArrayBuffer> | undefined>(resolve => {
			const cancel = schedule(tab, ASK_MS, () => waiting.get(id)?.())
			waiting.set(id, bytes => {
				waiting.delete(id)
				cancel()
				resolve(bytes)
			})
			channel.post({ wantKey: id })
		})
		return tab.live(() => answered).finally(() => waiting.delete(id))
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
			void seek(id).then(
				key => {
					seeking = undefined
					tab.keep(id, key ?? false)
				},
				() => {
					seeking = undefined
				},
			)
		},
		forget(id: string) {
			if (held.delete(id)) note()
		},
		/** Strangers' messages are none of ours. */
		receive(message: { wantKey?: unknown; keyOf?: unknown; bytes?: unknown }) {
			const { wantKey, keyOf, bytes } = message
			const wanted = held.get(String(wantKey))
			if (wanted) channel.post({ keyOf: wantKey, bytes: wanted })
			if (!(bytes instanceof Uint8Array) || bytes.length !== 32 || !waiting.has(String(keyOf))) return
			const own = new Uint8Array(bytes)
			void opens(String(keyOf), own).then(isKey => isKey && waiting.get(String(keyOf))?.(own))
		},
	}
}

export type Keys = ReturnType<typeof createKeys>
