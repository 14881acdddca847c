// Whose key is it: checks a DPoP proof, in the order of RFC 9449 section 4.3.
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose'
import type { Nonces } from './nonces.ts'
import { invalidProof, nonceDemanded } from './refused.ts'

/** How old a proof may be, and how far ahead of this clock, s. */
const RECENT_SECONDS = 60

export interface Proven {
	/** The header `DPoP`. */
	readonly proof: string | undefined
	readonly method: string
	/** Without query and fragment. */
	readonly address: string
	readonly accessToken: string
}

/** The URI without what does not count, in one spelling (RFC 3986 section 6.2). */
function normalized(htu: unknown): string | undefined {
	if (typeof htu !== 'string' || !URL.canParse(htu)) return undefined
	const { origin, pathname } = new URL(htu)
	return origin + pathname
}

/**
 * @param nonces those that a proof has to have one of, if it has to
 * @returns a function that resolves to the thumbprint of the proof's key (RFC 7638)
 */
export function createProofCheck(nonces: Nonces | undefined): (proven: Proven) => Promise<string> {
	const seen = new Map<string, number>()

	const isReplayed = (jti: string, now: number) => {
		for (const [old, at] of seen) if (now - at > 2 * RECENT_SECONDS) seen.delete(old)
		if (seen.has(jti)) return true
		seen.set(jti, now)
		return false
	}

	function check({ htm, htu, iat, jti, ath, nonce }: JWTPayload, { method, address, accessToken }: Proven) {
		const now = Math.floor(Date.now() / 1000)
		if (typeof jti !== 'string' || typeof iat !== 'number') throw invalidProof('jti or iat is missing')
		if (htm !== method) throw invalidProof('htm is of another method')
		if (normalized(htu) !== address) throw invalidProof('htu is of another address')
		if (nonces && !nonces.accepts(nonce)) throw nonceDemanded()
		if (Math.abs(now - iat) > RECENT_SECONDS) throw invalidProof('iat is not recent')
		if (ath !== createHash('sha256').update(accessToken).digest('base64url')) throw invalidProof('ath is of another token')
		if (isReplayed(jti, now)) throw invalidProof('jti has been seen')
	}

	return async proven => {
		let verified: JWTVerifyResult
		try {
			verified = await jwtVerify(proven.proof ?? '', EmbeddedJWK, { algorithms: ['ES256'], typ: 'dpop+jwt' })
		} catch {
			throw invalidProof('the proof is missing, or not signed by the key in it')
		}
		const { payload, protectedHeader } = verified
		check(payload, proven)
		return calculateJwkThumbprint(protectedHeader.jwk ?? {})
	}
}
