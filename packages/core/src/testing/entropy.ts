import type { Config } from '../options.ts'
import { paramsOf, resourcesOf, scopeOf } from '../protocol/authorization.ts'
import type { Protocol } from '../protocol/index.ts'
import { AUTHORITY } from './provider.ts'

/** The authorization request without the engine's entropy: the same seed brings the same world. */
export const withoutEntropy = (protocol: Protocol, config: Config, serial: () => number): Protocol => ({
	...protocol,
	async authorizationRequest(params) {
		const given = paramsOf(params)
		await protocol.prepare()
		const [state, nonce] = [`state-${serial()}${config.stateSuffix}`, `nonce-${serial()}`]
		const resources = resourcesOf(config, params)
		const query = new URLSearchParams({ state, nonce, scope: scopeOf(config), ...given })
		for (const resource of resources) query.append('resource', resource)
		return { url: `${AUTHORITY}/authorize?${query}`, state, nonce, codeVerifier: `verifier-${serial()}`, resources }
	},
})
