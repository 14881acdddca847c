// Starts the whole demo: two applications, API and provider, each on its own origin of this machine.
import type { SessionManagerOptions } from '@tabsession/core'
import type { ReceivedAlert } from './api/alerts.ts'
import { createApi } from './api/api.ts'
import { accounts } from './provider/accounts.ts'
import type { Likeness } from './provider/likeness.ts'
import { createProvider } from './provider/provider.ts'
import type { Hold, Renewal } from './provider/renewals.ts'
import { type Host, openServer } from './server.ts'
import { buildIfMissing } from './site/build.ts'
import { createSite } from './site/server.ts'

export type { Renewal } from './provider/renewals.ts'

/** The options of a session manager that can travel as JSON. */
export type SessionOptions = Partial<Omit<SessionManagerOptions, 'navigate'>>

export interface DemoOptions {
	/** Preferred ports; one that is taken is replaced by a free one. Default 4400 to 4403. */
	readonly ports?: { readonly shop?: number; readonly api?: number; readonly provider?: number; readonly admin?: number }
	/** `'127.0.0.1'`: the provider is on another site than the applications, and its cookies in their iframes are blocked. Default `'localhost'`. */
	readonly providerHost?: Host
	/** Lifetime of access tokens. Default 60. */
	readonly accessTokenSeconds?: number
	/** Merged into the options of the shop's session manager. */
	readonly sessionOptions?: SessionOptions
	/** The same of the admin application's. */
	readonly adminOptions?: SessionOptions
	/** How long a used refresh token may be used again. Default 0: reuse ends the session. */
	readonly rotationGraceSeconds?: number
	/** What the provider does differently. */
	readonly likeness?: Likeness
	/** Whether the callback page is at the redirect URI; else the application boots there. Default `true`. */
	readonly callbackPage?: boolean
	/** How long a second step counts for a refund. Default 300. */
	readonly stepUpSeconds?: number
	/** Whether the API wants a nonce of its own in DPoP proofs. Default `false`. */
	readonly apiDemandsNonces?: boolean
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
	readonly admin: string
	readonly api: string
	readonly provider: string
	/** The present counts; a new object each time. */
	readonly counts: DemoCounts
	/** What the applications have reported to the API, newest first. */
	readonly alerts: readonly ReceivedAlert[]
	/** Every renewal that reached the provider, in the order in which it took them. */
	readonly renewals: readonly Renewal[]
	/** Keeps back the answer to the next renewal. */
	holdRenewal(): Hold
	/** Ends what the applications can renew with; the provider still knows its users. */
	revokeGrants(): Promise<void>
	stopProvider(): Promise<void>
	/** On the same port, with the same keys and data. */
	startProvider(): Promise<void>
	/** For the pages of the shop served from now on; replaces what was given before. */
	setSessionOptions(options: SessionOptions): void
	/** The same for the admin application. */
	setAdminOptions(options: SessionOptions): void
	/** For the tokens issued from now on. */
	setAccessTokenSeconds(seconds: number): void
	stop(): Promise<void>
}

export async function startDemo({ ports = {}, providerHost = 'localhost', ...options }: DemoOptions = {}): Promise<Demo> {
	const { rotationGraceSeconds = 0, likeness = {}, stepUpSeconds = 300, apiDemandsNonces = false, callbackPage = true } = options
	let { accessTokenSeconds = 60, sessionOptions = {}, adminOptions = {} } = options

	// All take their ports first, for each has to know the others' origins.
	const shopServer = await openServer(ports.shop ?? 4400)
	const apiServer = await openServer(ports.api ?? 4401)
	const providerServer = await openServer(ports.provider ?? 4402, providerHost)
	const adminServer = await openServer(ports.admin ?? 4403)
	const servers = [shopServer, apiServer, providerServer, adminServer]
	const stop = async () => void (await Promise.all(servers.map(server => server.stop())))
	const [shop, api, authority, admin] = [shopServer.origin, apiServer.origin, providerServer.origin, adminServer.origin]
	const issuer = likeness.hasSlash ? `${authority}/` : authority

	try {
		const provider = await createProvider({
			issuer,
			shop,
			admin,
			api,
			rotationGraceSeconds,
			likeness,
			accessTokenSeconds: () => accessTokenSeconds,
		})
		const orders = createApi({
			applications: [shop, admin],
			issuer,
			origin: api,
			keys: new URL('/jwks', issuer),
			customers: accounts,
			stepUpSeconds,
			demandsNonces: apiDemandsNonces,
		})
		providerServer.handle(provider.listener)
		apiServer.handle(orders.listener)
		const shopDist = await buildIfMissing('shop')
		const adminDist = await buildIfMissing('admin')
		const site = { authority, api, hasCallbackPage: callbackPage }
		shopServer.handle(createSite({ ...site, neighbour: admin, sessionOptions: () => sessionOptions, dist: shopDist }))
		adminServer.handle(createSite({ ...site, neighbour: shop, sessionOptions: () => adminOptions, dist: adminDist }))
		return {
			shop,
			admin,
			api,
			provider: authority,
			get counts() {
				return { ...provider.counts, ...orders.counts }
			},
			get alerts() {
				return orders.alerts
			},
			renewals: provider.renewals.log,
			holdRenewal: provider.renewals.holdNext,
			revokeGrants: provider.revokeGrants,
			stopProvider: providerServer.stop,
			startProvider: providerServer.start,
			setSessionOptions: given => {
				sessionOptions = given
			},
			setAdminOptions: given => {
				adminOptions = given
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
