// A stand-in for proofs of possession (RFC 9449): what one says can be read, and no WebCrypto runs on virtual time.
import type { Prover } from '../protocol/dpop.ts'
import { fakeKey } from './store.ts'

export interface FakeProof {
	/** Names the key. */
	readonly jkt: string
	readonly jti: number
	readonly htm: string
	readonly htu: string
	/** The access token itself. */
	readonly ath?: string
	readonly nonce?: string
	/** When it was made, s. */
	readonly iat?: number
}

const thumbprintOf = ({ publicKey }: CryptoKeyPair) => (publicKey as { jkt?: string }).jkt ?? ''

/** A key pair as IndexedDB brings it back. */
export const fakeKeyPair = (jkt: string): CryptoKeyPair => ({
	publicKey: Object.assign(Object.create(fakeKey) as CryptoKey, { jkt }),
	privateKey: Object.create(fakeKey) as CryptoKey,
})

/** @param work resolves once the page has had the time that a signature takes */
export const createFakeProver = (serial: () => number, work: () => Promise<void> = async () => {}): Prover => ({
	newKey: async () => fakeKeyPair(`key-${serial()}`),
	thumbprint: async key => thumbprintOf(key),
	async prove(key, { method, url, accessToken, nonce, now }) {
		await work()
		const { origin, pathname } = new URL(url)
		const claims = { jti: serial(), htm: method, htu: origin + pathname, ath: accessToken, nonce, iat: Math.floor(now / 1000) }
		return JSON.stringify({ jkt: thumbprintOf(key), ...claims })
	},
})

/** The proof of a request, if it has one and that is about this request. */
export function readProof(header: string | null, method: string, { origin, pathname }: URL): FakeProof | undefined {
	const proof = header === null ? undefined : (JSON.parse(header) as FakeProof)
	return proof?.htm === method && proof.htu === origin + pathname ? proof : undefined
}
