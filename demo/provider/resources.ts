// The APIs that access tokens can be for, each with scopes and an audience of its own (RFC 8707).
import type { Configuration, ResourceServer } from 'oidc-provider'
import { loadProviderModule } from './load.ts'

export interface Resource {
	readonly identifier: string
	/** Space-separated. */
	readonly scope: string
}

/** The first one is what a token is for that was asked for without a `resource`. */
export type Resources = readonly [main: Resource, ...others: Resource[]]

/** @param api the origin of the API */
export const resourcesAt = (api: string): Resources => [
	{ identifier: api, scope: 'orders orders:all' },
	{ identifier: `${api}/invoices`, scope: 'invoices:read' },
]

type Feature = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

interface Issuing {
	readonly resources: Resources
	readonly accessTokens: 'jwt' | 'opaque'
	readonly accessTokenSeconds: () => number
}

export async function resourceIndicators({ resources, accessTokens, accessTokenSeconds }: Issuing): Promise<Feature> {
	const { errors } = await loadProviderModule()
	const main = resources[0].identifier
	return {
		enabled: true,
		// A code for several resources: the token it is exchanged for is that of the main one, unless asked for another.
		defaultResource: (_ctx, _client, oneOf) => (!oneOf || oneOf.includes(main) ? main : (oneOf[0] ?? main)),
		useGrantedResource: () => true,
		getResourceServerInfo(_ctx, identifier): ResourceServer {
			const resource = resources.find(one => one.identifier === identifier)
			if (!resource) throw new errors.InvalidTarget()
			return {
				scope: resource.scope,
				audience: identifier,
				accessTokenTTL: accessTokenSeconds(),
				accessTokenFormat: accessTokens,
				jwt: { sign: { alg: 'RS256' } },
			}
		},
	}
}
