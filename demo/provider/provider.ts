// The demo's OpenID Provider: oidc-provider, with a sign-in page of its own and counters for tests.
import type { RequestListener } from 'node:http'
import { assets } from './assets.ts'
import { addSessionState, browserState, checkSession } from './browser-state.ts'
import { applicationsAt } from './clients.ts'
import { cookieName, providerConfiguration, SESSION_SECONDS } from './configuration.ts'
import { countRequests, type ProviderCounts } from './counts.ts'
import { frontChannelLogout } from './front-channel.ts'
import { createGrants } from './grants.ts'
import { disguise, type Likeness } from './likeness.ts'
import { loadProviderModule } from './load.ts'
import { home } from './pages.ts'
import { tellRefreshExpiry } from './refresh-expiry.ts'
import { logRenewals, type Renewals } from './renewals.ts'
import { resourcesAt } from './resources.ts'
import { signIn } from './sign-in.ts'

export interface ProviderOptions {
	readonly issuer: string
	/** Origins of the applications. */
	readonly shop: string
	readonly admin: string
	/** Origin of the API, the audience of its access tokens. */
	readonly api: string
	readonly accessTokenSeconds: () => number
	readonly rotationGraceSeconds: number
	readonly likeness: Likeness
}

export interface DemoProvider {
	readonly listener: RequestListener
	readonly counts: ProviderCounts
	readonly renewals: Pick<Renewals, 'log' | 'holdNext'>
	/** Nobody can renew any more; whoever is signed in here stays so. */
	revokeGrants(): Promise<void>
}

/** One token request at a time: two with the same refresh token can then never both succeed. */
function oneByOne() {
	let last: Promise<void> = Promise.resolve()
	return ({ path }: { path: string }, next: () => Promise<void>) => {
		if (path !== '/token') return next()
		const answered = last.then(next)
		last = answered.catch(() => {})
		return answered
	}
}

export async function createProvider({ shop, admin, api, ...options }: ProviderOptions): Promise<DemoProvider> {
	const { issuer, likeness } = options
	const applications = applicationsAt({ shop, admin })
	const resources = resourcesAt(api)
	const grants = createGrants(resources, applications)
	const { default: Provider } = await loadProviderModule()
	const provider = new Provider(issuer, await providerConfiguration({ ...options, applications, resources, grants }))
	// Every ID token has a `sid`; oidc-provider gives one only to clients with back-channel logout.
	Object.assign(provider.Client.prototype, { includeSid: () => true })
	provider.on('authorization.success', addSessionState)
	const stateCookie = cookieName(issuer, 'state')
	provider.use(disguise(likeness))
	provider.use(await assets())
	provider.use(home(applications))
	provider.use(checkSession(stateCookie, applications))
	provider.use(signIn(provider, applications))
	const renewals = logRenewals()
	// Outside of the queue: an answer kept back keeps nobody else waiting.
	provider.use(renewals.middleware)
	provider.use(oneByOne())
	provider.use(tellRefreshExpiry)
	provider.use(browserState(stateCookie, SESSION_SECONDS))
	provider.use(frontChannelLogout(applications, issuer))
	provider.use(grants.endWithSession)
	const counts = countRequests(provider)
	const revokeGrants = async () => {
		counts.grantsRevoked += await grants.revokeAll(provider)
	}
	return { listener: provider.callback(), counts, renewals, revokeGrants }
}
