// Proofs of possession (RFC 9449). In a chunk of its own: only `dpop` needs it.
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'

/** What one proof is about (RFC 9449 section 4.2). */
export interface Proven {
	readonly method: string
	readonly url: string
	/** Where the request is to an API. */
	readonly accessToken?: string | undefined
	/** The server's newest. */
	readonly nonce?: string | undefined
}

export interface Prover {
	/** An ES256 key pair whose private key no script can read out. */
	newKey(): Promise<CryptoKeyPair>
	/** RFC 7638, for `dpop_jkt` (RFC 9449 section 10). */
	thumbprint(key: CryptoKeyPair): Promise<string>
	/** One proof for one request. */
	prove(key: CryptoKeyPair, proven: Proven): Promise<string>
}

export const prover: Prover = {
	newKey: () => generateKeyPair('ES256'),
	thumbprint: ({ publicKey }) => calculateThumbprint(publicKey),
	prove(key, proven) {
		const { origin, pathname } = new URL(proven.url)
		return generateProof(key, origin + pathname, proven.method, proven.nonce, proven.accessToken)
	},
}
