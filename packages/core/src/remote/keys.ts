// `storage: 'tabs'`: the key goes from tab to tab and rests in none but theirs, so that the session ends with the last one.
import type { Tab } from '../local/tab.ts'
import type { RemotePlatform } from '../platform/ports.ts'

/** ms until no tab is taken to have the key. */
const ASK_MS = 1000

interface Raw {
	readonly id: string
	readonly bytes: Uint8Array<ArrayBuffer>
}

export function createKeys(tab: Tab, { seal, tabKey }: RemotePlatform) {
	const { channel, clock } = tab.platform
	let seeking: string | undefined
	let held: Raw | undefined
	const waiting = new Map<string, (bytes?: Uint8Array<ArrayBuffer>) => void>()

	function hold(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
		held = { id, bytes }
		tabKey.write(JSON.stringify({ id, bytes: [...bytes] }))
		return seal.importKey(bytes)
	}

	/** The key of this tab's former page: a reload keeps the session. */
	function kept(id: string): Uint8Array<ArrayBuffer> | undefined {
		try {
			const note = JSON.parse(tabKey.read() ?? '') as { id: string; bytes: number[] }
			return note.id === id ? new Uint8Array(note.bytes) : undefined
		} catch {
			return undefined
		}
	}

	function ask(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return new Promise(resolve => {
			const cancel = clock.after(ASK_MS, () => waiting.get(id)?.())
			waiting.set(id, bytes => {
				waiting.delete(id)
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
			void seek(id).then(key => {
				seeking = undefined
				tab.keep(id, key ?? false)
			})
		},
		forget(id: string) {
			if (held?.id !== id) return
			held = undefined
			tabKey.clear()
		},
		/** Strangers' messages are none of ours. */
		receive(message: { wantKey?: unknown; keyOf?: unknown; bytes?: unknown }) {
			const { wantKey, keyOf, bytes } = message
			if (held && wantKey === held.id) channel.post({ keyOf: held.id, bytes: held.bytes })
			if (!(bytes instanceof Uint8Array) || bytes.length !== 32 || !waiting.has(String(keyOf))) return
			const own = new Uint8Array(bytes)
			void opens(String(keyOf), own).then(isKey => isKey && waiting.get(String(keyOf))?.(own))
		},
	}
}

export type Keys = ReturnType<typeof createKeys>
