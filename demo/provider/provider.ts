// The demo's OpenID Provider: oidc-provider, with a sign-in page of its own and counters for tests.
import type { RequestListener } from 'node:http'
import { assets } from './assets.ts'
import { type ProviderOptions, providerConfiguration } from './configuration.ts'
import { countRequests, type ProviderCounts } from './counts.ts'
import { createGrants } from './grants.ts'
import { disguise } from './likeness.ts'
import { loadProviderModule } from './load.ts'
import { logRenewals, type Renewals } from './renewals.ts'
import { signIn } from './sign-in.ts'

export interface DemoProvider {
	readonly listener: RequestListener
	readonly counts: ProviderCounts
	readonly renewals: Pick<Renewals, 'log' | 'holdNext'>
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

export async function createProvider(options: Omit<ProviderOptions, 'grants'>): Promise<DemoProvider> {
	const grants = createGrants(options.api)
	const { default: Provider } = await loadProviderModule()
	const provider = new Provider(options.issuer, await providerConfiguration({ ...options, grants }))
	provider.use(disguise(options.likeness))
	provider.use(await assets())
	provider.use(signIn(provider, options.shop))
	const renewals = logRenewals()
	// Outside of the queue: an answer kept back keeps nobody else waiting.
	provider.use(renewals.middleware)
	provider.use(oneByOne())
	provider.use(grants.endWithSession)
	const counts = countRequests(provider)
	return { listener: provider.callback(), counts, renewals }
}
