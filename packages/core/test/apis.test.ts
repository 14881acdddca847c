// Access tokens for several APIs (RFC 8707): renewals like any other, over all tabs: I1, I6, I7, I9.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World } from '../src/testing/index.ts'

const LIFETIME_MS = 60_000

/** Until the tokens have expired: the main one was renewed once, ahead of time, since signing in is activity. */
const EXPIRED_MS = 2 * LIFETIME_MS

const orders = { resource: 'urn:orders', scope: 'orders:read' }
const invoices = { resource: 'urn:invoices' }
const apis = ['/api', { url: '/api/orders', ...orders }, { url: 'https://invoices.example', ...invoices }]

async function manyTabs(count: number, options = {}) {
	const world = createWorld({ lifetimeMs: LIFETIME_MS, session: { resource: 'urn:main', apis }, ...options })
	const first = await world.signedIn('alice')
	const others = Array.from({ length: count - 1 }, () => world.open())
	await world.time.advance(100)
	world.provider.counts.refresh = 0
	return { world, first, tabs: [first, ...others] }
}

/** What is asked for while time passes; a token as the provider knows it, or the error. */
async function settled<T>({ time }: World, asked: Promise<T>, ms = 5000): Promise<T> {
	const outcome = asked.then(
		value => ({ value }),
		error => ({ error }),
	)
	await time.advance(ms)
	const { value, error } = (await outcome) as { value: T; error?: unknown }
	if (error) throw error
	return value
}

const failure = (world: World, asked: Promise<unknown>, ms?: number) =>
	settled(world, asked, ms).then(
		() => undefined,
		error => error,
	)

/** How many token requests were on their way at once, at most. */
function crowd({ network }: World) {
	const most = { inFlight: 0 }
	let inFlight = 0
	network.watch(({ url }) => {
		if (url.pathname !== '/token') return () => {}
		inFlight += 1
		most.inFlight = Math.max(most.inFlight, inFlight)
		return () => {
			inFlight -= 1
		}
	})
	return most
}

/** The provider's answers to refresh requests: what each asked for. */
function asked({ provider }: World) {
	const resources: (string | undefined)[] = []
	provider.watch(({ grantType, resource }) => grantType === 'refresh' && resources.push(resource))
	return resources
}

describe('a sign-in', () => {
	it('asks for all that tokens may be asked for later, and the code exchange for the main token (RFC 8707 section 2)', async () => {
		const world = createWorld({ session: { resource: 'urn:main', apis } })
		const tab = world.open()
		await world.time.advance(100)
		void tab.signIn({ resource: 'urn:more' })
		await world.time.advance(100)
		const { searchParams } = new URL(tab.visited[0] as string)
		expect(searchParams.getAll('resource')).toEqual(['urn:main', 'urn:orders', 'urn:invoices', 'urn:more'])
		expect(searchParams.get('scope')?.split(' ')).toEqual(['openid', 'profile', 'email', 'offline_access', 'orders:read'])
		const { world: other, first } = await manyTabs(1)
		const main = await settled(other, first.getAccessToken())
		expect(other.provider.introspect(main)).toMatchObject({ resource: 'urn:main' })
		expect(other.record()?.living?.resources).toEqual(['urn:main', 'urn:orders', 'urn:invoices'])
	})
})

describe('a token for another API', () => {
	it('is got with the refresh token, kept for all tabs, and leaves the main one as it is', async () => {
		const { world, first, tabs } = await manyTabs(2)
		const main = await settled(world, first.getAccessToken())
		const token = await settled(world, first.getAccessToken(orders))
		expect(world.provider.introspect(token)).toMatchObject({ sub: 'alice', resource: 'urn:orders', scopes: ['orders:read'] })
		expect(await settled(world, first.getAccessToken())).toBe(main)
		expect(await settled(world, (tabs[1] as TestTab).getAccessToken(orders))).toBe(token)
		const reloaded = world.open()
		expect(await settled(world, reloaded.getAccessToken(orders))).toBe(token)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
		expect(world.record()?.living).toMatchObject({ generation: 2, mainGeneration: 1 })
	})

	it('brings a rotated refresh token, which is kept: both tokens are renewed after', async () => {
		const { world, first } = await manyTabs(1)
		await settled(world, first.getAccessToken(orders))
		await world.time.advance(EXPIRED_MS)
		const main = await settled(world, first.getAccessToken())
		const token = await settled(world, first.getAccessToken(orders))
		expect(world.provider.introspect(main)).toMatchObject({ resource: 'urn:main' })
		expect(world.provider.introspect(token)).toMatchObject({ resource: 'urn:orders' })
		expect(world.provider.counts.reuse).toBe(0)
		expect(first.status()).toBe('authenticated')
	})

	it('is one request for ten tabs that ask at once (I1)', async () => {
		const { world, tabs } = await manyTabs(10)
		const tokens = await settled(world, Promise.all(tabs.map(tab => tab.getAccessToken(orders))))
		expect(new Set(tokens).size).toBe(1)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('is got one after the other with others, in one tab and over all, and everybody has theirs (I1)', async () => {
		const { world, tabs } = await manyTabs(4)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		const most = crowd(world)
		const tokens = await settled(
			world,
			Promise.all(tabs.flatMap(tab => [tab.getAccessToken(invoices), tab.getAccessToken(orders), tab.getAccessToken()])),
		)
		const resources = tokens.map(token => world.provider.introspect(token)?.resource)
		expect(resources).toEqual(tabs.flatMap(() => ['urn:invoices', 'urn:orders', 'urn:main']))
		expect(new Set(tokens).size).toBe(3)
		expect(world.provider.counts).toMatchObject({ refresh: 3, reuse: 0 })
		expect(most.inFlight).toBe(1)
	})

	it('that a crashed tab has left behind is published in its place, and nothing is sent (I7, P25)', async () => {
		const { world, tabs } = await manyTabs(2)
		const [sender, other] = tabs as [TestTab, TestTab]
		const main = await settled(world, other.getAccessToken())
		sender.crashOnce(record => !!record.living?.pending)
		sender.getAccessToken(orders).catch(() => {})
		await world.time.advance(200)
		expect(world.record()?.living?.pending).toBeDefined()
		const token = await settled(world, other.getAccessToken(orders))
		expect(world.provider.introspect(token)).toMatchObject({ resource: 'urn:orders' })
		expect(await settled(world, other.getAccessToken())).toBe(main)
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('is dropped when somebody signs in anew, who may not have it', async () => {
		const { world, first } = await manyTabs(1)
		const token = await settled(world, first.getAccessToken(orders))
		const again = await world.signedIn('alice')
		await world.time.advance(100)
		expect(world.record()?.living?.others).toEqual({})
		const next = await settled(world, again.getAccessToken(orders))
		expect(next).not.toBe(token)
		expect(await settled(world, first.getAccessToken(orders))).toBe(next)
	})

	it('is handed out to nobody after the end (I2)', async () => {
		const { world, tabs } = await manyTabs(2)
		const [first, other] = tabs as [TestTab, TestTab]
		await settled(world, first.getAccessToken(orders))
		await settled(world, other.getAccessToken(orders))
		void first.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(await failure(world, other.getAccessToken(orders))).toMatchObject({ code: 'not_authenticated' })
	})

	it('needs a refresh token', async () => {
		const { world, first } = await manyTabs(1, { rotation: 'none' })
		expect(await failure(world, first.getAccessToken(orders))).toMatchObject({ code: 'sign_in_required', retryable: false })
		expect(first.status()).toBe('authenticated')
	})

	it('is not asked for where its resource was not asked for at sign-in: some providers lose the session over it', async () => {
		const { world, first } = await manyTabs(1)
		expect(await failure(world, first.getAccessToken({ resource: 'urn:new' }))).toMatchObject({
			code: 'sign_in_required',
			detail: 'urn:new',
		})
		expect(world.provider.counts.refresh).toBe(0)
	})

	it('of no words is refused', async () => {
		const { world, first } = await manyTabs(1)
		expect(await failure(world, first.getAccessToken({ scope: '' }))).toMatchObject({ code: 'invalid_option' })
	})
})

describe('trouble with one API', () => {
	const lacking = { resources: ['urn:main', 'urn:invoices'] }

	it('is that API’s alone: no back-off, the turn is given back, and it is not asked again for a minute (I6)', async () => {
		const { world, first } = await manyTabs(1, lacking)
		for (let times = 0; times < 3; times++) {
			expect(await failure(world, first.getAccessToken(orders))).toMatchObject({ code: 'provider_error', oauthError: 'invalid_target' })
		}
		expect(world.provider.counts.refresh).toBe(1)
		expect(world.record()?.living).toMatchObject({ intent: undefined, failure: undefined, generation: 1 })
		expect(first.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(first.eventsOf('renewalFailed')).toEqual([])
		expect(world.provider.introspect(await settled(world, first.getAccessToken(invoices)))).toMatchObject({ resource: 'urn:invoices' })
		await world.time.advance(LIFETIME_MS)
		world.provider.counts.refresh = 0
		await failure(world, first.getAccessToken(orders))
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('does not reach who asks for another at once (I1, I6)', async () => {
		const { world, first } = await manyTabs(1, lacking)
		const refused = first.getAccessToken(orders).catch(error => error.oauthError)
		const token = await settled(world, first.getAccessToken(invoices))
		expect(world.provider.introspect(token)).toMatchObject({ resource: 'urn:invoices' })
		expect(await refused).toBe('invalid_target')
	})

	it.each([
		{ what: 'a network that fails', fault: 'cut' as const },
		{ what: '503', fault: { status: 503, body: '' } },
		{ what: 'an error of the provider that passes', fault: { status: 400, body: '{"error":"temporarily_unavailable"}' } },
	])('that passes is everybody’s: all tabs back off as one ($what, I6)', async ({ fault }) => {
		const { world, tabs } = await manyTabs(3)
		const sent = crowd(world)
		world.network.faults.push(fault)
		const [first, other] = tabs as [TestTab, TestTab]
		expect(await failure(world, first.getAccessToken(orders), 500)).toMatchObject({ code: 'renewal_failed' })
		expect(world.record()?.living?.failure).toMatchObject({ count: 1 })
		expect(await failure(world, other.getAccessToken(invoices), 100)).toMatchObject({ code: 'renewal_failed' })
		expect(sent.inFlight).toBe(1)
		await world.time.advance(2000)
		const token = await settled(world, other.getAccessToken(orders))
		expect(world.provider.introspect(token)).toMatchObject({ resource: 'urn:orders' })
		expect(tabs.map(tab => tab.getSnapshot())).toMatchObject(tabs.map(() => ({ renewal: 'ok' })))
	})

	it('that is the session’s ends it: `invalid_grant`', async () => {
		const { world, tabs } = await manyTabs(2)
		world.provider.endSessions()
		await failure(world, (tabs[0] as TestTab).getAccessToken(orders))
		for (const tab of tabs) expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})

	it('ends the session where an answer is about somebody else (I9)', async () => {
		const { world, first } = await manyTabs(1)
		world.provider.mistake('mallory')
		await failure(world, first.getAccessToken(invoices))
		expect(first.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'invalid-tokens' })
	})
})

describe('session.fetch', () => {
	/** An API that takes tokens for `urn:orders` below its path, and for the main API elsewhere, until they are blocked. */
	async function withApi() {
		const blocked = new Set<string>()
		const calls: { readonly path: string; readonly resource: string | undefined; readonly token: string }[] = []
		const api = async (input: RequestInfo | URL) => {
			const { url, headers } = input as Request
			const token = headers.get('Authorization')?.replace('Bearer ', '') ?? ''
			const resource = world.provider.introspect(token)?.resource
			calls.push({ path: new URL(url).pathname, resource, token })
			return new Response(resource, { status: resource && !blocked.has(token) ? 200 : 401 })
		}
		const { world, first } = await manyTabs(1, { api })
		return { world, first, calls, blocked }
	}

	it('sends to each API its own token: that of the longest path that the request is at or below', async () => {
		const { world, first, calls } = await withApi()
		for (const url of [
			'/api',
			'/api/orders',
			'/api/orders/7?x',
			'/api/orders-of-old',
			'https://invoices.example/v1',
			'https://elsewhere.example/',
		])
			await settled(world, first.fetch(new URL(url, 'https://app.example/')))
		expect(calls.map(({ path, resource }) => [path, resource])).toEqual([
			['/api', 'urn:main'],
			['/api/orders', 'urn:orders'],
			['/api/orders/7', 'urn:orders'],
			['/api/orders-of-old', 'urn:main'],
			['/v1', 'urn:invoices'],
			['/', undefined],
		])
	})

	it('gets a better token for the API that answers 401, and for no other', async () => {
		const { world, first, calls, blocked } = await withApi()
		const url = 'https://app.example/api/orders'
		const main = await settled(world, first.getAccessToken())
		await settled(world, first.fetch(url))
		await world.time.advance(11_000)
		const asking = asked(world)
		blocked.add(calls.at(-1)?.token as string)
		const { status } = await settled(world, first.fetch(url))
		expect({ status, asking }).toEqual({ status: 200, asking: ['urn:orders'] })
		expect(await settled(world, first.getAccessToken())).toBe(main)
	})

	it('takes a 401 for what it is while the token is young, whatever else was renewed since (no storm)', async () => {
		const { world, first, calls, blocked } = await withApi()
		const url = 'https://app.example/api/orders'
		await settled(world, first.fetch(url), 1000)
		await settled(world, first.getAccessToken(invoices), 1000)
		const asking = asked(world)
		blocked.add(calls.at(-1)?.token as string)
		const { status } = await settled(world, first.fetch(url), 1000)
		expect({ status, asking, calls: calls.length }).toEqual({ status: 401, asking: [], calls: 2 })
	})
})
