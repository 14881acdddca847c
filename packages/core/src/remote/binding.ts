// The key that tokens are bound to (RFC 9449), where they are.
import type { Context } from './context.ts'

/** For tokens that are about to be asked for; `undefined` where they are bound to none. @throws SessionError `chunk_failed` */
export const newDpopKey = async ({ protocol }: Pick<Context, 'protocol'>): Promise<CryptoKeyPair | undefined> =>
	(await protocol.proofs?.prover())?.newKey()

/** The same, for an answer that comes later: a page's memory could not keep the key until then. */
export async function keptDpopKey({ tab, protocol }: Context): Promise<CryptoKeyPair | undefined> {
	if (!protocol.proofs) return undefined
	// Which storage there is shows at its first use.
	await tab.read()
	return tab.platform.store.inMemory ? undefined : newDpopKey({ protocol })
}

/** `dpop_jkt` (RFC 9449 section 10). */
export const thumbprintOf = async ({ protocol }: Context, key: CryptoKeyPair | undefined): Promise<string | undefined> =>
	key && (await protocol.proofs?.prover())?.thumbprint(key)
