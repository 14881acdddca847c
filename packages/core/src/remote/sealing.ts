// WebCrypto may refuse or never answer: what waits for it is bounded (I10), and its errors are told from those of the storage.
import { SessionError } from '../errors.ts'
import { bounded } from '../local/bounded.ts'
import type { Clock, Seal } from '../platform/ports.ts'

/** @returns `seal` that rejects with SessionErrors only: `environment_unsupported`, or `timeout` after `limitMs` */
export function boundedSeal({ newKey, importKey, seal }: Seal, clock: Clock, limitMs: number): Seal {
	/** Also of what throws at once. */
	async function attempt<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work()
		} catch (cause) {
			throw new SessionError('environment_unsupported', { detail: 'WebCrypto', cause })
		}
	}
	const within = <T>(work: () => Promise<T>) => bounded(clock, limitMs, attempt(work), 'WebCrypto')
	return {
		newKey,
		importKey: raw => within(() => importKey(raw)),
		seal: (key, value) => within(() => seal(key, value)),
	}
}
