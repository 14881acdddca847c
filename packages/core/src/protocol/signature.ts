// The signature of an ID token (OpenID Connect Core 3.1.3.7, 6). In a chunk of its own: only `verifySignature` needs it.
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { SessionError } from '../errors.ts'

/** Asymmetric ones (RFC 7518 section 3.1, RFC 9864): a browser has no secret to check a MAC with. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

/** ms that the provider's keys are kept: one that it has withdrawn is accepted no longer. */
const MAX_AGE_MS = 600_000

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

/**
 * Checks signatures against the provider's keys, which are asked for anew where those at hand do not do, for it rotates them; and after 10 min, for it
 * withdraws them.
 * @param now ms, on a clock that does not run backwards
 */
export function createVerifier(fetchKeys: Keys, now: () => number) {
	let known: { readonly keys: unknown; readonly at: number } | undefined
	/** @throws SessionError `id_token_invalid`, or what `fetchKeys` throws */
	return async (jwt: string): Promise<void> => {
		if (known && now() - known.at < MAX_AGE_MS && (await isSignedBy(jwt, known.keys))) return
		// As old as the request for them: the answer may wait in a page that is frozen.
		const at = now()
		const keys = await fetchKeys()
		if (!(await isSignedBy(jwt, keys))) throw new SessionError('id_token_invalid', { detail: 'signature' })
		known = { keys, at }
	}
}
