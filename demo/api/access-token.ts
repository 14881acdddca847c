// Who calls: checks a JWT access token against the provider's published keys (RFC 9068 section 4).
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

export type Caller = { readonly sub: string } | 'no-token' | 'invalid-token' | 'keys-unavailable'

export interface Issuer {
	readonly issuer: string
	readonly audience: string
	readonly keys: URL
}

/** jose's codes for a token that is wrong, as opposed to keys that cannot be had. */
const WRONG_TOKEN = /^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING_KEY)/

/** @returns a function that tells the caller from the `Authorization` header (RFC 6750 section 2.1) */
export function createTokenCheck({ issuer, audience, keys }: Issuer): (authorization: string | undefined) => Promise<Caller> {
	const keySet = createRemoteJWKSet(keys)
	return async authorization => {
		const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
		if (!token) return 'no-token'
		try {
			const { payload } = await jwtVerify(token, keySet, {
				issuer,
				audience,
				algorithms: ['RS256'],
				typ: 'at+jwt',
				clockTolerance: 0,
				requiredClaims: ['sub', 'exp'],
			})
			return { sub: payload.sub ?? '' }
		} catch (error) {
			return error instanceof errors.JOSEError && WRONG_TOKEN.test(error.code) ? 'invalid-token' : 'keys-unavailable'
		}
	}
}
