// Front-channel logout (OpenID Connect Front-Channel Logout 1.0): each application of the ended session is told in an iframe.
import type { KoaContextWithOIDC, Session } from 'oidc-provider'
import { type Applications, frontChannelLogoutUriOf } from './clients.ts'
import { signedOutEverywherePage } from './sign-out-pages.ts'

type Told = Pick<Session, 'authorizations'>

/** Section 3: each address with `iss`, and the `sid` that the application has in its ID token. */
export const logoutAddresses = ({ authorizations = {} }: Told, applications: Applications, issuer: string): readonly string[] =>
	applications.flatMap(application => {
		const sid = authorizations[application.clientId]?.sid
		return sid ? [`${frontChannelLogoutUriOf(application)}?${new URLSearchParams({ iss: issuer, sid })}`] : []
	})

/** Middleware: a confirmed sign-out shows a page that tells all of them, and goes on to where it was going. */
export const frontChannelLogout =
	(applications: Applications, issuer: string) => async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
		await next()
		const { route, params, session } = ctx.oidc ?? {}
		if (route !== 'end_session_confirm' || !params?.['logout'] || !session || ctx.status !== 303) return
		const onward = ctx.response.get('location')
		// Somebody else signs in in place of the former user: the sign-in goes on.
		if (new URL(onward, issuer).pathname.startsWith('/auth/')) return
		const addresses = logoutAddresses(session, applications, issuer)
		if (addresses.length === 0) return
		ctx.remove('location')
		ctx.status = 200
		signedOutEverywherePage(ctx, { applications, addresses, onward })
	}
