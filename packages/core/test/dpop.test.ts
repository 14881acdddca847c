// Tokens bound to a key (RFC 9449) over many tabs: I1, I6, I7, I10. The proofs of these worlds can be read; real ones are in `dpop.test.ts`.
import { describe, expect, it } from 'vitest'
import { createRecordStore } from '../src/platform/record-store.ts'
import type { SessionRecord } from '../src/policy/record.ts'
import { createTestSession, createWorld, type OpenOptions, type TabOptions, type TestTab, type World } from '../src/testing/index.ts'

const LIFETIME_MS = 60_000
const EXPIRED_MS = 2 * LIFETIME_MS
const API = 'https://app.example/api/orders'

const asksForNonce = (nonce: string) => ({ status: 400, body: '{"error":"use_dpop_nonce"}', headers: { 'DPoP-Nonce': nonce } })

function createBoundWorld(options = {}) {
	const world = createWorld({
		lifetimeMs: LIFETIME_MS,
		...options,
		session: { dpop: true, resource: 'urn:main', ...(options as { session?: object }).session },
	})
	const proofs: { readonly path: string; readonly nonce?: string; readonly jkt: string; readonly jti: number }[] = []
	world.network.watch(({ url, proof }) => {
		if (proof) proofs.push({ ...JSON.parse(proof), path: url.pathname })
		return () => {}
	})
	return { world, proofs }
}

async function signedIn(count = 1, options = {}) {
	const { world, proofs } = createBoundWorld(options)
	const first = await world.signedIn('alice')
	const tabs = [first, ...Array.from({ length: count - 1 }, () => world.open())]
	await world.time.advance(100)
	world.provider.counts.refresh = 0
	return { world, proofs, first, tabs }
}

async function settled<T>({ time }: World, asked: Promise<T>, ms = 3000): Promise<T> {
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

/** The page comes back from the provider. */
async function comeBack(world: World, before: TestTab, request = new URL(before.visited.at(-1) as string), options: OpenOptions = {}) {
	const { state, code } = world.provider.signIn('alice', request)
	before.crash()
	const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: before.ownNotes, ...options })
	await world.time.advance(400)
	return tab
}

describe('a session whose tokens are bound to a key', () => {
	it('has a key of its own, named at the authorization request and used for every token request', async () => {
		const { world, proofs, first } = await signedIn()
		const jkt = world.provider.grants[0]?.jkt
		expect(jkt).toBeDefined()
		await world.time.advance(EXPIRED_MS)
		await settled(world, first.getAccessToken())
		expect(proofs.map(proof => [proof.path, proof.jkt])).toEqual([
			['/token', jkt],
			['/token', jkt],
			['/token', jkt],
		])
		expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3)
		expect(world.record()?.requests[0]?.secret).toBeUndefined()
	})

	it('gives the key to every tab and every later page: one request for all (I1)', async () => {
		const { world, tabs } = await signedIn(5)
		await world.time.advance(EXPIRED_MS)
		world.provider.counts.refresh = 0
		const tokens = await settled(world, Promise.all(tabs.map(tab => tab.getAccessToken())))
		const [jkt] = tokens.map(token => world.provider.introspect(token)?.jkt)
		expect(jkt).toBeDefined()
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
		const reloaded = world.open()
		await world.time.advance(100)
		expect(await settled(world, reloaded.fetch(API))).toMatchObject({ status: 200 })
	})

	it("has it with storage: 'tabs' too, over a reload", async () => {
		const { world, first } = await signedIn(1, { session: { storage: 'tabs' } })
		const reloaded = world.open('/', { ownNotes: first.ownNotes })
		first.crash()
		await world.time.advance(EXPIRED_MS)
		expect(await settled(world, reloaded.fetch(API))).toMatchObject({ status: 200 })
	})

	it('has a new key with a sign-in that goes on with it', async () => {
		const { world, first } = await signedIn()
		const { id } = world.record() as SessionRecord
		await world.signedIn('alice')
		await world.time.advance(100)
		const [former, latter] = world.provider.grants
		expect(world.record()).toMatchObject({ id, living: { dpopKey: { publicKey: { jkt: latter?.jkt } } } })
		expect(latter?.jkt).not.toBe(former?.jkt)
		expect(await settled(world, first.fetch(API))).toMatchObject({ status: 200 })
	})

	it('is signed out where its key does not come back as one (a copied profile)', async () => {
		const { world } = await signedIn()
		const record = world.record() as SessionRecord & { living: object }
		world.store.set({ ...record, living: { ...record.living, dpopKey: { publicKey: {}, privateKey: {} } } })
		const copied = world.open()
		await world.time.advance(100)
		expect(copied.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
	})

	it('is of no use to an application that binds no tokens, nor the other way round', async () => {
		const { world } = await signedIn()
		const unbound = world.open('/', { options: { dpop: false } })
		await world.time.advance(100)
		expect(unbound.status()).toBe('unauthenticated')
		const other = createWorld()
		await other.signedIn('alice')
		const bound = other.open('/', { options: { dpop: true } })
		await other.time.advance(100)
		expect(bound.status()).toBe('unauthenticated')
	})

	it('takes no Bearer token instead (RFC 9449 section 5)', async () => {
		const { world } = createBoundWorld()
		const before = world.open()
		await world.time.advance(100)
		void before.signIn()
		await world.time.advance(100)
		world.network.faults.push({ status: 200, body: '{"access_token":"at","token_type":"Bearer"}' })
		const tab = await comeBack(world, before)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'provider_error', detail: 'token_type' } })
	})

	it('that began in a page’s memory has its key from the exchange on: the way to the provider would lose it', async () => {
		const { world } = createBoundWorld()
		const ports: TabOptions['ports'] = (_world, loadMemory) => ({
			store: createRecordStore('session', loadMemory, () => undefined as unknown as IDBFactory),
		})
		const before = world.open('/', { ports })
		await world.time.advance(100)
		void before.signIn()
		await world.time.advance(100)
		expect(new URL(before.visited[0] as string).searchParams.has('dpop_jkt')).toBe(false)
		const tab = await comeBack(world, before, undefined, { ports })
		expect(tab.status()).toBe('authenticated')
		expect(await settled(world, tab.fetch(API))).toMatchObject({ status: 200 })
	})

	it('is what a test session can have too', async () => {
		const fetch = async (input: RequestInfo | URL) => new Response((input as Request).headers.get('Authorization'))
		const session = createTestSession({ user: { sub: 'ada' }, dpop: true, apis: ['/api'], fetch })
		await session.renew()
		const response = await session.fetch('/api')
		expect(await response.text()).toBe(`DPoP ${await session.getAccessToken()}`)
	})
})

describe('a provider that wants its nonce', () => {
	it('is asked once more with it, at the code exchange too, and not after that', async () => {
		const { world, proofs } = createBoundWorld()
		world.provider.demand('n1')
		const tab = await world.signedIn('alice')
		expect(tab.status()).toBe('authenticated')
		await settled(world, tab.renew())
		expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'n1', 'n1'])
		// It has told a newer one with the last answer.
		world.provider.demand('n2')
		await settled(world, tab.renew())
		expect(proofs.slice(3).map(({ nonce }) => nonce)).toEqual(['n1', 'n2'])
		expect(world.provider.counts).toMatchObject({ reuse: 0 })
	})

	it('for ever, refuses the sign-in', async () => {
		const { world, proofs } = createBoundWorld()
		const before = world.open()
		await world.time.advance(100)
		void before.signIn()
		await world.time.advance(100)
		world.network.faults.push(asksForNonce('a'), asksForNonce('b'), asksForNonce('c'))
		const tab = await comeBack(world, before)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'provider_error', oauthError: 'use_dpop_nonce' } })
		expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'a'])
	})

	it('for ever, is in trouble that passes: the session goes on, and all wait (I6)', async () => {
		const { world, proofs, first } = await signedIn()
		world.network.faults.push(asksForNonce('a'), asksForNonce('b'))
		expect(await failure(world, first.renew(), 500)).toMatchObject({ code: 'renewal_failed', oauthError: 'use_dpop_nonce' })
		expect(first.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		expect(world.record()?.living?.failure).toMatchObject({ count: 1 })
		expect(proofs.slice(-2).map(({ nonce }) => nonce)).toEqual([undefined, 'a'])
		await settled(world, first.renew())
		expect(first.getSnapshot()).toMatchObject({ renewal: 'ok' })
	})

	it('does not end the session by an invalid proof (I6)', async () => {
		const { world, first } = await signedIn()
		world.network.faults.push({ status: 400, body: '{"error":"invalid_dpop_proof"}' })
		expect(await failure(world, first.renew(), 500)).toMatchObject({ code: 'renewal_failed' })
		expect(first.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
	})

	it('is asked again by a page that stood still only if it is still that page’s turn (I1)', async () => {
		const { world, tabs } = await signedIn(2)
		const [holder, waiter] = tabs as [TestTab, TestTab]
		world.network.faults.push(asksForNonce('a'))
		holder.renew().catch(() => {})
		await world.time.advance(30)
		expect(world.record()?.living?.intent).toBeDefined()
		// Stuck while the challenge is on its way; the other tab overtakes it.
		holder.hang()
		waiter.renew().catch(() => {})
		await world.time.advance(45_000)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
		holder.resume()
		await world.time.advance(5000)
		expect(world.provider.counts).toMatchObject({ refresh: 1, reuse: 0 })
		expect(tabs.map(tab => tab.status())).toEqual(['authenticated', 'authenticated'])
	})

	it('tells of one API in the same way: no refusal of that (RFC 8707)', async () => {
		const { world, first } = await signedIn(1, { session: { apis: [{ url: '/api', resource: 'urn:orders' }] } })
		world.network.faults.push(asksForNonce('a'), asksForNonce('b'))
		expect(await failure(world, first.getAccessToken({ resource: 'urn:orders' }), 500)).toMatchObject({ code: 'renewal_failed' })
		await world.time.advance(2000)
		const token = await settled(world, first.getAccessToken({ resource: 'urn:orders' }))
		expect(world.provider.introspect(token)).toMatchObject({ resource: 'urn:orders', jkt: world.provider.grants[0]?.jkt })
	})
})

describe('session.fetch', () => {
	/** An API that answers with the next of these, and then with 200. */
	async function withApi(answers: readonly (() => Response)[]) {
		const left = [...answers]
		const calls: { readonly scheme: string | undefined; readonly nonce: string | undefined; readonly body: string }[] = []
		const api = async (input: RequestInfo | URL) => {
			const request = input as Request
			const [scheme, token] = request.headers.get('Authorization')?.split(' ') ?? []
			const { nonce, ath, htm, htu } = JSON.parse(request.headers.get('DPoP') ?? '{}')
			expect({ ath, htm, htu }).toEqual({ ath: token, htm: request.method, htu: API })
			calls.push({ scheme, nonce, body: await request.text() })
			return left.shift()?.() ?? new Response('')
		}
		const { world, first } = await signedIn(1, { api })
		return { world, first, calls }
	}

	const challenge = (nonce: string, more?: Record<string, string>) => () =>
		new Response('', { status: 401, headers: { 'DPoP-Nonce': nonce, 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', ...more } })
	const order = { method: 'POST', body: 'ink' }

	it('proves possession of the key for each request', async () => {
		const { world, first, calls } = await withApi([])
		await settled(world, first.fetch(`${API}?page=2#top`))
		expect(calls).toEqual([{ scheme: 'DPoP', nonce: undefined, body: '' }])
	})

	it('sends no token of a session that has ended while its proof was waited for (I2)', async () => {
		const { world, proofs, first } = await signedIn()
		let load = () => {}
		const slow = world.open('/', { chunk: () => new Promise(resolve => (load = resolve)) })
		await world.time.advance(100)
		proofs.length = 0
		const asked = failure(world, slow.fetch(API), 2000)
		void first.signOut({ at: 'device' })
		await world.time.advance(1000)
		load()
		await world.time.advance(2000)
		expect(await asked).toMatchObject({ code: 'not_authenticated' })
		expect(proofs).toEqual([])
	})

	it('leaves alone what goes elsewhere', async () => {
		const { world, proofs, first } = await signedIn()
		proofs.length = 0
		await settled(world, first.fetch('https://elsewhere.example/'))
		expect(proofs).toEqual([])
	})

	it('is sent once more, body and all, where the API wants its nonce; later requests have the newest', async () => {
		const { world, first, calls } = await withApi([challenge('n1'), () => new Response('', { headers: { 'DPoP-Nonce': 'n2' } })])
		const { status } = await settled(world, first.fetch(API, order))
		await settled(world, first.fetch(API))
		expect(status).toBe(200)
		expect(calls.map(({ nonce, body }) => [nonce, body])).toEqual([
			[undefined, 'ink'],
			['n1', 'ink'],
			['n2', ''],
		])
	})

	it('is sent once more where the challenge may not be read, for the API does not expose that header', async () => {
		const blind = () => new Response('', { status: 401, headers: { 'DPoP-Nonce': 'n1' } })
		const { world, first, calls } = await withApi([blind])
		expect((await settled(world, first.fetch(API))).status).toBe(200)
		expect(calls.map(({ nonce }) => nonce)).toEqual([undefined, 'n1'])
	})

	it('hands out the 401 of an API that asks for ever, and renews nothing for it', async () => {
		const { world, first, calls } = await withApi([challenge('n1'), challenge('n2'), challenge('n3')])
		await world.time.advance(11_000)
		expect((await settled(world, first.fetch(API))).status).toBe(401)
		expect(calls).toHaveLength(2)
		expect(world.provider.counts.refresh).toBe(0)
	})

	it('renews for a 401 about the token, and proves the new one', async () => {
		const expired = () =>
			new Response('', { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="invalid_token"', 'DPoP-Nonce': 'n1' } })
		const { world, first, calls } = await withApi([expired])
		await world.time.advance(11_000)
		expect((await settled(world, first.fetch(API, order))).status).toBe(200)
		expect(calls.map(({ body }) => body)).toEqual(['ink', 'ink'])
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('sends a stream once', async () => {
		const { world, first, calls } = await withApi([challenge('n1')])
		const body = new ReadableStream({
			start(controller) {
				controller.enqueue(new TextEncoder().encode('ink'))
				controller.close()
			},
		})
		const { status } = await settled(world, first.fetch(API, { method: 'POST', body, duplex: 'half' } as RequestInit))
		expect({ status, calls: calls.length }).toEqual({ status: 401, calls: 1 })
	})
})
