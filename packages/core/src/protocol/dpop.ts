// Proofs of possession (RFC 9449). In a chunk of its own: only `dpop` needs it. The package `dpop` takes the device's clock for the time of a
// proof, which can be wrong: proofs are made here.
import { calculateThumbprint, generateKeyPair } from 'dpop'

/** What one proof is about (RFC 9449 section 4.2). */
export interface Proven {
	readonly method: string
	readonly url: string
	/** Where the request is to an API. */
	readonly accessToken?: string | undefined
	/** The server's newest. */
	readonly nonce?: string | undefined
	/** The present, ms since the epoch. */
	readonly now: number
}

export interface Prover {
	/** An ES256 key pair whose private key no script can read out. */
	newKey(): Promise<CryptoKeyPair>
	/** RFC 7638, for `dpop_jkt` (RFC 9449 section 10). */
	thumbprint(key: CryptoKeyPair): Promise<string>
	/** One proof for one request. */
	prove(key: CryptoKeyPair, proven: Proven): Promise<string>
}

const encoder = new TextEncoder()

/** RFC 7515 section 2 */
const base64url = (bytes: ArrayBuffer | Uint8Array): string =>
	btoa(String.fromCharCode(...new Uint8Array(bytes)))
		.replace(/\+/g, '-')
		.replace(/\//g, '_')
		.replace(/=+$/, '')

const encoded = (part: object): string => base64url(encoder.encode(JSON.stringify(part)))

/** RFC 9449 section 4.2 */
async function prove({ privateKey, publicKey }: CryptoKeyPair, { method, url, accessToken, nonce, now }: Proven): Promise<string> {
	const { origin, pathname } = new URL(url)
	const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
	const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } }
	const claims = {
		iat: Math.floor(now / 1000),
		jti: crypto.randomUUID(),
		htm: method,
		htu: origin + pathname,
		nonce,
		...(accessToken && { ath: base64url(await crypto.subtle.digest('SHA-256', encoder.encode(accessToken))) }),
	}
	const input = `${encoded(header)}.${encoded(claims)}`
	const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, encoder.encode(input))
	return `${input}.${base64url(signature)}`
}

export const prover: Prover = {
	newKey: () => generateKeyPair('ES256'),
	thumbprint: ({ publicKey }) => calculateThumbprint(publicKey),
	prove,
}
