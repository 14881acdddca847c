// The checks of an ID token, in the order of OpenID Connect Core 3.1.3.7 and, after a refresh, 12.2.
import { SessionError } from '../errors.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Expected {
	readonly issuer: string
	readonly clientId: string
	/** What the sign-in sent; `undefined` after a refresh, where it need not come back. */
	readonly nonce: string | undefined
	/** Whose session it is; `undefined` at sign-in. */
	readonly sub: string | undefined
	/** Wall clock, ms since the epoch; `undefined` after a refresh, whose answer is fresh by itself: a clock that was set ends no session (I4). */
	readonly now: number | undefined
	readonly toleranceMs: number
}

const refuse = (detail: string): never => {
	throw new SessionError('id_token_invalid', { detail })
}

/** The claims of a JWT (RFC 7519), unchecked. @throws SessionError `id_token_invalid` if it is none */
export function decode(jwt: unknown): Claims {
	const claims = typeof jwt === 'string' ? payloadOf(jwt) : undefined
	return claims ?? refuse('not a JWT')
}

export function payloadOf(jwt: string): Claims | undefined {
	const [header, payload, signature, more] = jwt.split('.')
	if (!header || !payload || signature === undefined || more !== undefined) return undefined
	try {
		const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), char => char.charCodeAt(0))
		const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
		return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Claims) : undefined
	} catch {
		return undefined
	}
}

/** @throws SessionError `id_token_invalid`, naming the claim */
export function checkIdToken(jwt: unknown, { issuer, clientId, nonce, sub, now, toleranceMs }: Expected): Claims {
	const claims = decode(jwt)
	const { iss, aud, azp, exp, iat } = claims as { iss: unknown; aud: unknown; azp: unknown; exp: unknown; iat: unknown }
	// 2. The issuer is the one discovered.
	if (iss !== issuer) refuse('iss')
	// 3. This client is among the audiences.
	const audiences = Array.isArray(aud) ? aud : [aud]
	if (!audiences.includes(clientId)) refuse('aud')
	// 4, 5. Where there are several audiences, or where it is present, azp is this client.
	if (azp === undefined ? audiences.length > 1 : azp !== clientId) refuse('azp')
	// 6. TLS to the token endpoint stands for the signature.
	// 9. Not expired.
	if (typeof exp !== 'number' || (now !== undefined && now >= exp * 1000 + toleranceMs)) refuse('exp')
	// 10. Not issued in the future.
	if (typeof iat !== 'number' || (now !== undefined && iat * 1000 > now + toleranceMs)) refuse('iat')
	// 11. The nonce of this very sign-in.
	if (nonce !== undefined && claims['nonce'] !== nonce) refuse('nonce')
	// 2 (Core 2): sub is a non-empty string of at most 255 characters; 12.2: the same user after a refresh.
	const subject = claims['sub']
	if (typeof subject !== 'string' || !subject || subject.length > 255 || (sub !== undefined && subject !== sub)) refuse('sub')
	return claims
}
