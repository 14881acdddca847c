// Token responses say how long the refresh token lasts (draft-ietf-oauth-refresh-token-expiration, `refresh_token_expires_in`).
import type { KoaContextWithOIDC } from 'oidc-provider'

/** Middleware: oidc-provider knows it, and tells nobody. */
export async function tellRefreshExpiry(ctx: KoaContextWithOIDC, next: () => Promise<void>) {
	await next()
	const { refresh_token: issued } = (ctx.path === '/token' && (ctx.body as { refresh_token?: string } | undefined)) || {}
	const model = ctx.oidc?.entities.RefreshToken
	if (issued && model) Object.assign(ctx.body as object, { refresh_token_expires_in: model.remainingTTL })
}
