// The keys of the provider of the hostile list, and what is signed with them.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

const elliptic = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

/** By name. Which of them are the provider's is told by what it publishes. */
const KEYS = { a: elliptic(), b: elliptic(), r: rsa(), s: rsa() }

export type KeyName = keyof typeof KEYS

/** By a key, or by a MAC with a secret. */
export type Signature = KeyName | { readonly secret: string }

/** Header parameters that tell of it (RFC 7515 section 4.1). */
export function headerOf(signature: Signature): object {
	if (typeof signature === 'object') return { alg: 'HS256' }
	return { alg: /[ab]/.test(signature) ? 'ES256' : 'RS256', kid: signature }
}

export function signed(text: string, signature: Signature): string {
	if (typeof signature === 'object') return createHmac('sha256', signature.secret).update(text).digest('base64url')
	return sign('sha256', Buffer.from(text), { key: KEYS[signature].privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** RFC 7517 section 4 */
export const published = (kid: KeyName) => ({ ...KEYS[kid].publicKey.export({ format: 'jwk' }), kid })
export const nameless = (name: KeyName) => KEYS[name].publicKey.export({ format: 'jwk' })
/** As a text, which somebody may take for a secret (RFC 8725 section 2.1). */
export const publicText = (name: KeyName) => String(KEYS[name].publicKey.export({ format: 'pem', type: 'spki' }))
