// The signature of an ID token (OpenID Connect Core 3.1.3.7, 6). In a chunk of its own: only `verifySignature` needs it.
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { SessionError } from '../errors.ts'

/** Asymmetric ones (RFC 7518 section 3.1, RFC 9864): a browser has no secret to check a MAC with. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

export type Keys = () => Promise<unknown>

async function isSignedBy(jwt: string, keys: unknown): Promise<boolean> {
	try {
		await compactVerify(jwt, createLocalJWKSet(keys as JSONWebKeySet), { algorithms: ALGORITHMS })
		return true
	} catch (error) {
		if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return refused(error)
		// Keys without a `kid`: any of them.
		for await (const key of error) {
			const isSigned = await compactVerify(jwt, key, { algorithms: ALGORITHMS }).then(() => true, refused)
			if (isSigned) return true
		}
		return false
	}
}

/** Keys that are none are the provider's trouble, which passes (I6). */
function refused(error: unknown): false {
	const isOfKeys = error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError)
	if (isOfKeys) throw new SessionError('discovery_failed', { detail: 'jwks_uri', cause: error })
	return false
}

/** Checks signatures against the provider's keys, which are asked for anew where those at hand do not do: it rotates them. */
export function createVerifier(fetchKeys: Keys) {
	let known: unknown
	/** @throws SessionError `id_token_invalid`, or what `fetchKeys` throws */
	return async (jwt: string): Promise<void> => {
		if (known && (await isSignedBy(jwt, known))) return
		const keys = await fetchKeys()
		if (!(await isSignedBy(jwt, keys))) throw new SessionError('id_token_invalid', { detail: 'signature' })
		known = keys
	}
}
