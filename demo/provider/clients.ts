// The applications that sign in here: public clients, each on its own origin.
import type { ClientMetadata } from 'oidc-provider'

export interface Application {
	readonly clientId: string
	readonly name: string
	readonly origin: string
	/** Its orders API scopes (RFC 6749 section 3.3). */
	readonly scope: string
}

/** The first one is where the provider's own pages lead back to. */
export type Applications = readonly [home: Application, ...others: Application[]]

export const applicationsAt = ({ shop, admin }: { readonly shop: string; readonly admin: string }): Applications => [
	{ clientId: 'shop', name: 'Paperlane', origin: shop, scope: 'orders' },
	{ clientId: 'admin', name: 'Paperlane Admin', origin: admin, scope: 'orders orders:all' },
]

/** OpenID Connect Front-Channel Logout 1.0 section 2: `frontchannel_logout_uri`. */
export const frontChannelLogoutUriOf = ({ origin }: Application) => `${origin}/front-channel-logout`

/** OpenID Connect Dynamic Client Registration 1.0 section 2. */
export const metadataOf = ({ clientId, name, origin }: Application): ClientMetadata => ({
	client_id: clientId,
	client_name: name,
	token_endpoint_auth_method: 'none',
	grant_types: ['authorization_code', 'refresh_token'],
	response_types: ['code'],
	redirect_uris: [`${origin}/signed-in`],
	post_logout_redirect_uris: [`${origin}/`],
	require_auth_time: true,
})
