// Whose a response is: each session manager takes its own, wherever it arrives, and leaves the others and the application's own alone.
import { describe, expect, it } from 'vitest'
import { createWorld, type OpenOptions, type World } from '../src/testing/index.ts'

/** Leaves for the provider, where Alice signs in. */
async function atProvider(world: World, open: OpenOptions = {}, returnTo = '/cart?x=1#h') {
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes, ...open })
	await world.time.flush()
	await Promise.all([before.signIn({ returnTo }), world.time.advance(100)])
	const request = new URL(before.visited.at(-1) as string)
	before.crash()
	const { state, code } = world.provider.signIn('alice', request)
	return { ownNotes, state, code, query: `state=${state}&code=${code}` }
}

const errorOf = (tab: ReturnType<World['open']>) => tab.getSnapshot().error

describe('a response at the redirect URI', () => {
	const admin: OpenOptions = { options: { clientId: 'admin' } }

	it('of another client stays in the address, with no error and no alert, and that client takes it', async () => {
		const world = createWorld()
		const { query } = await atProvider(world)
		const other = world.open(`/signed-in?${query}`, admin)
		await world.time.advance(500)
		expect(other.href).toBe(`https://app.example/signed-in?${query}`)
		expect([errorOf(other), other.eventsOf('alert'), world.provider.counts.code]).toEqual([undefined, [], 0])
		const own = world.open(`/signed-in?${query}`)
		await world.time.advance(500)
		expect(own.status()).toBe('authenticated')
	})

	it.each(['code=of-the-application&state=its-own', 'code=c&state=x.123', 'error=access_denied&state=its-own', 'state=its-own'])(
		'that the application has asked for itself stays: %s',
		async query => {
			const world = createWorld()
			const tab = world.open(`/signed-in?${query}`)
			await world.time.advance(500)
			expect(tab.href).toBe(`https://app.example/signed-in?${query}`)
			expect([errorOf(tab), tab.eventsOf('alert')]).toEqual([undefined, []])
		},
	)

	it('with a state of ours that no sign-in here began is refused, off the address, and reported once', async () => {
		const world = createWorld()
		const tab = world.open(`/signed-in?state=forged${world.stateSuffix}&code=c`)
		expect(tab.href).toBe('https://app.example/signed-in')
		await world.time.advance(500)
		expect(errorOf(tab)).toMatchObject({ code: 'state_mismatch' })
		tab.crash()
		const reloaded = world.open('/signed-in', { ownNotes: tab.ownNotes })
		await world.time.advance(500)
		expect(errorOf(reloaded)).toBeUndefined()
		expect([...tab.eventsOf('alert'), ...reloaded.eventsOf('alert')]).toMatchObject([{ type: 'unsolicited-callback', check: 'state' }])
	})

	it('to a sign-in of the former version, whose state has no mark, is taken by the tab that began it', async () => {
		const world = createWorld()
		const former: OpenOptions['wrap'] = protocol => ({
			...protocol,
			async authorizationRequest(params) {
				const request = await protocol.authorizationRequest(params)
				const url = new URL(request.url)
				url.searchParams.set('state', 'of-the-former-version')
				return { ...request, url: url.href, state: 'of-the-former-version' }
			},
		})
		const { ownNotes, query } = await atProvider(world, { wrap: former })
		const tab = world.open(`/signed-in?${query}`, { ownNotes })
		await world.time.advance(500)
		expect(tab.status()).toBe('authenticated')
	})
})

describe('a response at a path that differs by a trailing slash alone', () => {
	it.each([
		{ redirectUri: '/signed-in', arrives: '/signed-in/' },
		{ redirectUri: '/signed-in/', arrives: '/signed-in' },
	])('is exchanged: $arrives for $redirectUri', async ({ redirectUri, arrives }) => {
		const world = createWorld({ session: { redirectUri } })
		const { ownNotes, query } = await atProvider(world)
		const tab = world.open(`${arrives}?${query}`, { ownNotes })
		expect(tab.href).toBe('https://app.example/cart?x=1#h')
		await world.time.advance(500)
		expect([tab.status(), world.provider.counts.code]).toEqual(['authenticated', 1])
	})

	it('is the way back from a sign-out too (RP-Initiated Logout 1.0 section 3)', async () => {
		const world = createWorld({ session: { postLogoutRedirectUri: '/bye' } })
		const before = await world.signedIn()
		void before.signOut({ returnTo: '/welcome' })
		await world.time.advance(200)
		const state = new URL(before.visited.at(-1) as string).searchParams.get('state')
		before.crash()
		expect(world.open(`/bye/?state=${state}`, { ownNotes: before.ownNotes }).href).toBe('https://app.example/welcome')
	})
})

describe('a response in the fragment', () => {
	it('is exchanged at the redirect URI (response_mode=fragment)', async () => {
		const world = createWorld()
		const { ownNotes, query } = await atProvider(world)
		const tab = world.open(`/signed-in#${query}`, { ownNotes })
		expect(tab.href).toBe('https://app.example/cart?x=1#h')
		await world.time.advance(500)
		expect([tab.status(), world.provider.counts.code]).toEqual(['authenticated', 1])
	})

	it('of another client stays where it is', async () => {
		const world = createWorld()
		const tab = world.open('/signed-in#state=its-own&code=c')
		await world.time.advance(500)
		expect(tab.href).toBe('https://app.example/signed-in#state=its-own&code=c')
	})
})

describe('a response at another path', () => {
	it.each(['?', '#'])('is off the address before any router sees it, and its code is never sent (%s)', async separator => {
		const world = createWorld()
		const { query, code } = await atProvider(world)
		const tab = world.open(`/orders/${separator}${query}`)
		expect(tab.href).toBe('https://app.example/orders/')
		await world.time.advance(500)
		const detail = 'response at /orders/, expected at /signed-in'
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'redirect_uri_mismatch', detail } })
		expect(errorOf(tab)?.message).not.toContain(code)
		expect([world.provider.counts.code, world.record()?.requests.at(-1)?.outcome]).toEqual([0, 'refused'])
	})

	it('stays on this origin where the path begins with two slashes', async () => {
		const world = createWorld()
		const { query } = await atProvider(world)
		expect(world.open(`https://app.example//evil.example?${query}`).href).toBe('https://app.example//evil.example')
	})

	it('can be retried: a new sign-in to the page that was wanted', async () => {
		const world = createWorld()
		const { query } = await atProvider(world)
		const tab = world.open(`/orders?${query}`)
		await world.time.advance(500)
		void tab.retry()
		await world.time.advance(200)
		expect(tab.status()).toBe('redirecting')
		expect(world.record()?.requests.at(-1)).toMatchObject({ returnTo: '/cart?x=1#h', outcome: 'begun' })
	})

	it('makes a guard show the error at the first time, and never a loop', async () => {
		const world = createWorld()
		const ownNotes = new Map<string, string>()
		const before = world.open('/', { ownNotes })
		void before.requireSession().catch(() => {})
		await world.time.advance(200)
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		before.crash()
		const tab = world.open(`/elsewhere?state=${state}&code=${code}`, { ownNotes })
		await Promise.all([expect(tab.requireSession()).rejects.toMatchObject({ code: 'redirect_uri_mismatch' }), world.time.advance(500)])
		expect(tab.visited).toEqual([])
	})

	it('with a state that no sign-in here began raises the alert for a forged response', async () => {
		const world = createWorld()
		const tab = world.open(`/orders?state=forged${world.stateSuffix}&code=c`)
		await world.time.advance(500)
		expect(errorOf(tab)).toMatchObject({ code: 'state_mismatch' })
		expect(tab.eventsOf('alert')).toMatchObject([{ type: 'unsolicited-callback' }])
	})

	it('does nothing to a session that is there', async () => {
		const world = createWorld()
		await world.signedIn()
		const { query } = await atProvider(world)
		const tab = world.open(`/orders?${query}`)
		await world.time.advance(500)
		expect([tab.status(), errorOf(tab), world.provider.counts.code]).toEqual(['authenticated', undefined, 1])
	})
})

describe('a response that a callback page has passed on, for it could not keep it (full or blocked sessionStorage)', () => {
	it('is exchanged on the page that was wanted, which the address becomes at once', async () => {
		const world = createWorld()
		const { ownNotes, query } = await atProvider(world)
		const tab = world.open(`/cart?x=1#${query}&arrived_at=%2Fsigned-in`, { ownNotes })
		expect(tab.href).toBe('https://app.example/cart?x=1#h')
		await world.time.advance(500)
		expect([tab.status(), tab.visited]).toEqual(['authenticated', []])
	})

	it('is exchanged where nothing of the tab is known, and lands on the page that was wanted', async () => {
		const world = createWorld()
		const { query } = await atProvider(world)
		const tab = world.open(`/cart?x=1#${query}&arrived_at=%2Fsigned-in%2F`)
		expect(tab.href).toBe('https://app.example/cart')
		await world.time.advance(500)
		expect([tab.status(), tab.visited]).toEqual(['authenticated', ['/cart?x=1#h']])
	})
})
