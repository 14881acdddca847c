// Who calls: checks a JWT access token against the provider's published keys (RFC 9068 section 4), and the key it is bound to (RFC 9449 section 7).
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import type { createProofCheck, Proven } from './proof.ts'
import { invalidToken, keysUnavailable, noToken, type Scheme } from './refused.ts'

export interface Caller {
	readonly scheme: Scheme
	readonly sub: string
	readonly scopes: readonly string[]
	/** How the user signed in, and when, s since the epoch (RFC 9470 section 6.1). */
	readonly acr: string | undefined
	readonly authTime: number | undefined
}

export interface Issuer {
	readonly issuer: string
	readonly keys: URL
}

export interface Call extends Omit<Proven, 'accessToken'> {
	/** The header `Authorization`. */
	readonly authorization: string | undefined
	readonly audience: string
}

/** jose's codes for a token that is wrong, as opposed to keys that cannot be had. */
const WRONG_TOKEN = /^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING_KEY)/

const thumbprintOf = ({ cnf }: JWTPayload) => (cnf as { readonly jkt?: unknown } | undefined)?.jkt

const callerOf = ({ sub = '', scope, acr, auth_time: authTime }: JWTPayload, scheme: Scheme): Caller => ({
	scheme,
	sub,
	scopes: typeof scope === 'string' ? scope.split(' ') : [],
	acr: typeof acr === 'string' ? acr : undefined,
	authTime: typeof authTime === 'number' ? authTime : undefined,
})

/** @returns a function that tells the caller (RFC 6750 section 2.1), or throws `Refused` */
export function createTokenCheck({ issuer, keys }: Issuer, proofKey: ReturnType<typeof createProofCheck>): (call: Call) => Promise<Caller> {
	const keySet = createRemoteJWKSet(keys)

	async function verified(token: string, audience: string, scheme: Scheme): Promise<JWTPayload> {
		try {
			const { payload } = await jwtVerify(token, keySet, {
				issuer,
				audience,
				algorithms: ['RS256'],
				typ: 'at+jwt',
				clockTolerance: 0,
				requiredClaims: ['sub', 'exp'],
			})
			return payload
		} catch (error) {
			throw error instanceof errors.JOSEError && WRONG_TOKEN.test(error.code) ? invalidToken(scheme) : keysUnavailable()
		}
	}

	return async ({ authorization, audience, ...proven }) => {
		const [, given = '', accessToken] = /^(Bearer|DPoP) (.+)$/i.exec(authorization ?? '') ?? []
		if (!accessToken) throw noToken()
		const scheme: Scheme = given.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
		const payload = await verified(accessToken, audience, scheme)
		const boundTo = thumbprintOf(payload)
		// A bound token is no bearer token, nor the other way round: nobody may leave the proof out.
		if (scheme === 'Bearer') {
			if (boundTo !== undefined) throw invalidToken('DPoP')
			return callerOf(payload, scheme)
		}
		if ((await proofKey({ ...proven, accessToken })) !== boundTo) throw invalidToken('DPoP')
		return callerOf(payload, scheme)
	}
}
