// What other providers do differently, so that the shop can be tried against the ways of the common clouds.
import type { ParameterizedContext } from 'koa'

export interface Likeness {
	/** What becomes of a refresh token once it is used; `'none'`: there is none. Default `'rotated'`. */
	readonly refreshTokens?: 'rotated' | 'kept' | 'none'
	/** Default `'jwt'`. The API of the demo takes no others. */
	readonly accessTokens?: 'jwt' | 'opaque'
	/** Whether token responses have `expires_in`. Default `true`. */
	readonly tellsLifetime?: boolean
	/** Whether there is an `end_session_endpoint`. Default `true`. */
	readonly hasSignOut?: boolean
	/** Whether pushed authorization requests are taken. Default `true`. */
	readonly takesPushedRequests?: boolean
	/** Whether the issuer ends in a slash. Default `false`. */
	readonly hasSlash?: boolean
	/** Whether other origins may read the discovery document. Default `true`. */
	readonly showsMetadata?: boolean
	/** Whether DPoP proofs need a nonce (RFC 9449 section 8). Default `false`. */
	readonly demandsNonces?: boolean
	/** Whether the sign-in page cuts the tie to the window that opened it (`Cross-Origin-Opener-Policy`). Default `false`. */
	readonly seversOpener?: boolean
}

/** Middleware: what the configuration of oidc-provider has no switch for. */
export const disguise =
	({ tellsLifetime = true, showsMetadata = true, seversOpener = false }: Likeness) =>
	async (ctx: ParameterizedContext, next: () => Promise<void>) => {
		await next()
		const body = ctx.body as { expires_in?: unknown } | undefined
		if (ctx.path === '/token' && body && !tellsLifetime) delete body.expires_in
		if (ctx.path.startsWith('/.well-known/') && !showsMetadata) ctx.remove('Access-Control-Allow-Origin')
		if (ctx.path.startsWith('/sign-in/') && seversOpener) ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
	}
