// Counts what a session SDK is judged by: how often tokens are renewed, and whether a refresh token is ever used twice.
import type Provider from 'oidc-provider'
import type { errors, KoaContextWithOIDC } from 'oidc-provider'

export interface ProviderCounts {
	/** Token requests with a refresh token, refused ones included. */
	refresh: number
	/** Refresh tokens that were presented again after their use, and refused. */
	reuse: number
	/** Authorization codes exchanged for tokens. */
	code: number
	/** Revocation requests (RFC 7009). */
	revoked: number
	/** Grants that ended, by a revocation, a sign-out, or the detection of reuse. */
	grantsRevoked: number
}

export function countRequests(provider: Provider): ProviderCounts {
	const counts: ProviderCounts = { refresh: 0, reuse: 0, code: 0, revoked: 0, grantsRevoked: 0 }

	provider.on('grant.success', ({ oidc }) => {
		if (oidc.params?.['grant_type'] === 'authorization_code') counts.code++
		if (oidc.params?.['grant_type'] === 'refresh_token') counts.refresh++
	})
	provider.on('grant.error', ({ oidc }, error: errors.OIDCProviderError) => {
		if (oidc.params?.['grant_type'] === 'refresh_token') counts.refresh++
		if (error.error_detail === 'refresh token already used') counts.reuse++
	})
	provider.on('grant.revoked', () => {
		counts.grantsRevoked++
	})
	provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
		await next()
		if (ctx.oidc?.route === 'revocation' && ctx.status === 200) counts.revoked++
	})
	return counts
}
