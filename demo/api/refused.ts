// How the API says no: a status, and a challenge that names what is missing (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3).
export type Scheme = 'Bearer' | 'DPoP'

export interface Challenge {
	readonly scheme: Scheme
	/** The parameters of the challenge, in this order. */
	readonly params: Readonly<Record<string, string>>
}

export class Refused extends Error {
	override readonly name = 'Refused'
	readonly status: number
	readonly error: string
	readonly challenge: Challenge | undefined

	constructor(status: number, error: string, challenge?: Challenge) {
		super(error)
		this.status = status
		this.error = error
		this.challenge = challenge
	}
}

/** The value of `WWW-Authenticate`. */
export function headerOf({ scheme, params }: Challenge): string {
	const all = { ...params, ...(scheme === 'DPoP' && { algs: 'ES256' }) }
	const list = Object.entries(all).map(([name, value]) => `${name}="${value}"`)
	return [scheme, list.join(', ')].filter(Boolean).join(' ')
}

/** For a request without a token: no error, for it is none (RFC 6750 section 3.1). */
export const noToken = () => new Refused(401, 'no_token', { scheme: 'Bearer', params: {} })

export const invalidToken = (scheme: Scheme) => new Refused(401, 'invalid_token', { scheme, params: { error: 'invalid_token' } })

export const keysUnavailable = () => new Refused(503, 'keys_unavailable')

export const insufficientScope = (scheme: Scheme, scope: string) =>
	new Refused(403, 'insufficient_scope', { scheme, params: { error: 'insufficient_scope', scope } })

/** RFC 9449 section 7.1 */
export const invalidProof = (why: string) =>
	new Refused(401, 'invalid_dpop_proof', { scheme: 'DPoP', params: { error: 'invalid_dpop_proof', error_description: why } })

/** RFC 9449 section 9 */
export const nonceDemanded = () =>
	new Refused(401, 'use_dpop_nonce', {
		scheme: 'DPoP',
		params: { error: 'use_dpop_nonce', error_description: 'Resource server requires nonce in DPoP proof' },
	})

export interface Authentication {
	readonly acrValues: string
	/** s */
	readonly maxAge: number
}

/** RFC 9470 section 3 */
export const insufficientAuthentication = (scheme: Scheme, { acrValues, maxAge }: Authentication) =>
	new Refused(401, 'insufficient_user_authentication', {
		scheme,
		params: {
			error: 'insufficient_user_authentication',
			error_description: 'A different and more recent authentication is required',
			acr_values: acrValues,
			max_age: String(maxAge),
		},
	})
