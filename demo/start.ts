// Starts the whole demo: shop, API and provider, each on its own origin of localhost.
import type { SessionManagerOptions } from '@tabsession/core'
import { createApi } from './api/api.ts'
import type { Likeness } from './provider/likeness.ts'
import { createProvider } from './provider/provider.ts'
import type { Hold, Renewal } from './provider/renewals.ts'
import { openServer } from './server.ts'
import { buildShopIfMissing } from './shop/build.ts'
import { builtSite, createShop } from './shop/server.ts'

export type { Renewal } from './provider/renewals.ts'

/** The options of the shop's session manager that can travel as JSON. */
export type SessionOptions = Partial<Omit<SessionManagerOptions, 'navigate'>>

export interface DemoOptions {
	/** Preferred ports; one that is taken is replaced by a free one. Default 4400 to 4402. */
	readonly ports?: { readonly shop?: number; readonly api?: number; readonly provider?: number }
	/** Lifetime of access tokens. Default 60. */
	readonly accessTokenSeconds?: number
	/** Merged into the options of the shop's session manager. */
	readonly sessionOptions?: SessionOptions
	/** How long a used refresh token may be used again. Default 0: reuse ends the session. */
	readonly rotationGraceSeconds?: number
	/** What the provider does differently. */
	readonly likeness?: Likeness
}

export interface DemoCounts {
	readonly refresh: number
	readonly reuse: number
	readonly code: number
	readonly revoked: number
	readonly grantsRevoked: number
	readonly apiCalls: number
	readonly apiRejected: number
}

export interface Demo {
	/** Origins, `http://localhost:PORT`. */
	readonly shop: string
	readonly api: string
	readonly provider: string
	/** The present counts; a new object each time. */
	readonly counts: DemoCounts
	/** Every renewal that reached the provider, in the order in which it took them. */
	readonly renewals: readonly Renewal[]
	/** Keeps back the answer to the next renewal. */
	holdRenewal(): Hold
	stopProvider(): Promise<void>
	/** On the same port, with the same keys and data. */
	startProvider(): Promise<void>
	/** For the pages served from now on; replaces what was given before. */
	setSessionOptions(options: SessionOptions): void
	/** For the tokens issued from now on. */
	setAccessTokenSeconds(seconds: number): void
	stop(): Promise<void>
}

export async function startDemo({ ports = {}, rotationGraceSeconds = 0, likeness = {}, ...options }: DemoOptions = {}): Promise<Demo> {
	let { accessTokenSeconds = 60, sessionOptions = {} } = options

	// All three take their ports first, for each has to know the others' origins.
	const shopServer = await openServer(ports.shop ?? 4400)
	const apiServer = await openServer(ports.api ?? 4401)
	const providerServer = await openServer(ports.provider ?? 4402)
	const servers = [shopServer, apiServer, providerServer]
	const stop = async () => void (await Promise.all(servers.map(server => server.stop())))
	const [shop, api, authority] = [shopServer.origin, apiServer.origin, providerServer.origin]
	const issuer = likeness.hasSlash ? `${authority}/` : authority

	try {
		const provider = await createProvider({
			issuer,
			shop,
			api,
			rotationGraceSeconds,
			likeness,
			accessTokenSeconds: () => accessTokenSeconds,
		})
		const orders = createApi({ shop, issuer, audience: api, keys: new URL('/jwks', issuer) })
		providerServer.handle(provider.listener)
		apiServer.handle(orders.listener)
		await buildShopIfMissing(builtSite)
		shopServer.handle(createShop({ authority, api, sessionOptions: () => sessionOptions, dist: builtSite }))
		return {
			shop,
			api,
			provider: authority,
			get counts() {
				return { ...provider.counts, ...orders.counts }
			},
			renewals: provider.renewals.log,
			holdRenewal: provider.renewals.holdNext,
			stopProvider: providerServer.stop,
			startProvider: providerServer.start,
			setSessionOptions: given => {
				sessionOptions = given
			},
			setAccessTokenSeconds: seconds => {
				accessTokenSeconds = seconds
			},
			stop,
		}
	} catch (error) {
		await stop()
		throw error
	}
}
