// The ways out beside the plain sign-out: the provider's sign-out and the way back, the revocation, front-channel logout.
import { describe, expect, it } from 'vitest'
import { endBySid } from '../src/local/end-by-sid.ts'
import { FORMAT } from '../src/policy/record.ts'
import { createWorld, type OpenOptions, type TestTab, type World } from '../src/testing/index.ts'
import { createPage } from '../src/testing/page.ts'

/** Alice is signed in, and a second tab of hers has just been opened. */
async function twoTabs(options = {}, open: OpenOptions = {}) {
	const world = createWorld(options)
	const tabA = await world.signedIn('alice')
	const tabB = world.open('/', open)
	await world.time.advance(100)
	return { world, tabA, tabB }
}

describe('the way back from the provider', () => {
	/** Alice has signed out in a tab and is at the provider, which will send her back with `state`. */
	async function atProvider(returnTo?: string, open: OpenOptions = {}) {
		const ownNotes = new Map<string, string>()
		const { world, tabB } = await twoTabs({}, { ownNotes, ...open })
		void tabB.signOut(returnTo === undefined ? {} : { returnTo })
		await world.time.advance(200)
		const request = new URL(tabB.visited.at(-1) as string).searchParams
		tabB.crash()
		return { world, ownNotes, request, state: request.get('state') }
	}

	it('leads to the page that was wanted, before any router sees the state (RP-Initiated Logout 1.0 section 3)', async () => {
		const { world, ownNotes, state } = await atProvider('/bye?x=1#h')
		const tab = world.open(`/?state=${state}`, { ownNotes })
		expect(tab.href).toBe('https://app.example/bye?x=1#h')
		await world.time.advance(200)
		expect(tab.visited).toEqual([])
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', error: undefined })
	})

	it('leads there by the router’s own way, once the record is read', async () => {
		const { world, ownNotes, state } = await atProvider('/bye')
		const went: string[] = []
		const tab = world.open(`/?state=${state}`, { ownNotes, navigate: url => void went.push(`${tab.status()} ${url}`) })
		expect([tab.href, went]).toEqual(['https://app.example/', []])
		await world.time.advance(200)
		expect(went).toEqual(['unauthenticated /bye'])
		expect(tab.visited).toEqual([])
	})

	it('keeps what the post-logout redirect URI has of its own', async () => {
		const options = { postLogoutRedirectUri: '/welcome?from=provider' }
		const { world, ownNotes, state } = await atProvider('/bye', { options })
		const open = { ownNotes, options, navigate: () => {} }
		expect(world.open(`/welcome?from=provider&state=${state}`, open).href).toBe('https://app.example/welcome?from=provider')
	})

	it.each([
		['https://evil.example/x', '/'],
		['//evil.example', '/'],
		['javascript:alert(1)', '/'],
		['https://app.example/a?b#c', '/a?b#c'],
	])('leads only to this origin: %s', async (returnTo, lands) => {
		const { world, ownNotes, state } = await atProvider(returnTo)
		expect(world.open(`/?state=${state}`, { ownNotes }).href).toBe(`https://app.example${lands}`)
	})

	it('is none for another state, another path, or another tab: the address is the application’s', async () => {
		const { world, ownNotes, state } = await atProvider('/bye')
		expect(world.open('/?state=strange', { ownNotes }).href).toBe('https://app.example/?state=strange')
		expect(world.open(`/other?state=${state}`, { ownNotes }).href).toBe(`https://app.example/other?state=${state}`)
		expect(world.open(`/?state=${state}`).href).toBe(`https://app.example/?state=${state}`)
	})

	it('carries no state where no page is wanted', async () => {
		const { request, ownNotes } = await atProvider()
		expect(request.has('state')).toBe(false)
		expect(ownNotes.has('landing')).toBe(false)
	})

	it('is the page itself where the provider has no sign-out page', async () => {
		const wrap: OpenOptions['wrap'] = protocol => ({ ...protocol, endSessionUrl: async () => undefined })
		const { world, tabB } = await twoTabs({}, { wrap })
		void tabB.signOut({ returnTo: '/bye' })
		await world.time.advance(200)
		expect(tabB.visited).toEqual(['/bye'])
	})
})

/** The provider loads the application's static page in an iframe, beside all tabs. */
function frontChannelLogout(world: World, sid: string | undefined) {
	const page = createPage(world.time, 1000)
	const channel = world.ether.of(page)
	channel.open(() => {})
	const hint = { clear: () => void world.localNotes.delete('hint') }
	return endBySid(sid as string, { store: world.store.of(page), post: channel.post, hint }, page.clock)
}

describe('front-channel logout', () => {
	const sidOf = (world: World) => world.record()?.living?.sid
	const over = { status: 'unauthenticated', reason: 'signed-out-at-provider', by: 'other-tab', error: undefined }

	const expectEndedOnce = (tabs: readonly TestTab[]) => {
		for (const tab of tabs) {
			expect(tab.getSnapshot()).toMatchObject(over)
			expect(tab.eventsOf('ended')).toHaveLength(1)
		}
	}

	it('ends the session in every tab at once, and revokes nothing: the provider has ended its own (I2, I3, I8)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const handled = frontChannelLogout(world, sidOf(world))
		await world.time.flush()
		expect(await handled).toBe(true)
		expectEndedOnce([tabA, tabB])
		expect(world.localNotes.has('hint')).toBe(false)
		await world.time.advance(30_000)
		expect(world.provider.counts.revoked).toEqual([])
	})

	it('signs nobody in by itself, and the next sign-in asks who it is (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		void frontChannelLogout(world, sidOf(world))
		await world.time.advance(1000)
		expect([tabA.visited, tabB.visited]).toEqual([[], []])
		void tabA.signIn()
		await world.time.advance(100)
		expect(new URL(tabA.visited[0] as string).searchParams.get('prompt')).toBe('login')
	})

	it('reaches a frozen tab when it wakes, before that hands out anything (I3)', async () => {
		const { world, tabB } = await twoTabs()
		tabB.freeze()
		await Promise.all([frontChannelLogout(world, sidOf(world)), world.time.advance(1000)])
		tabB.resume()
		await Promise.all([expect(tabB.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' }), world.time.advance(100)])
		expectEndedOnce([tabB])
	})

	it('is not undone by a renewal in flight, whose fresh token is revoked (I2)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		await world.time.advance(120_000)
		tabA.getAccessToken().catch(() => {})
		await world.time.flush()
		expect(world.record()?.living?.intent).toBeDefined()
		void frontChannelLogout(world, sidOf(world))
		await world.time.advance(1000)
		expectEndedOnce([tabA, tabB])
		expect(world.provider.counts.revoked).toEqual([world.provider.grants[0]?.refreshToken])
	})

	it('and a sign-out at the same moment are one end, for the reason of the first (I8)', async () => {
		const { world, tabA, tabB } = await twoTabs()
		const sid = sidOf(world)
		void tabA.signOut({ at: 'device' })
		const handled = frontChannelLogout(world, sid)
		await world.time.advance(1000)
		const isFirst = await handled
		expect(world.record()?.end?.reason).toBe(isFirst ? 'signed-out-at-provider' : 'signed-out')
		expect([tabA, tabB].map(tab => tab.eventsOf('ended').length)).toEqual([1, 1])
	})

	it('of a session that another has followed ends nothing (I9)', async () => {
		const { world } = await twoTabs()
		const ofAlice = sidOf(world)
		const bob = await world.signedIn('bob')
		const handled = frontChannelLogout(world, ofAlice)
		await world.time.advance(1000)
		expect(await handled).toBe(false)
		expect(bob.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'bob' } })
	})

	it('knows the session by the name that the newest ID token gives it', async () => {
		const { world, tabA } = await twoTabs()
		expect(sidOf(world)).toBe(world.provider.grants[0]?.sid)
		void tabA.signIn()
		await world.time.advance(200)
		const { state, code } = world.provider.signIn('alice', new URL(tabA.visited.at(-1) as string))
		const again = world.open(`/signed-in?state=${state}&code=${code}&session_state=of-the-second`, { ownNotes: tabA.ownNotes })
		await world.time.advance(400)
		expect(world.record()?.living).toMatchObject({ sid: world.provider.grants[1]?.sid, sessionState: 'of-the-second' })
		const handled = frontChannelLogout(world, sidOf(world))
		await world.time.advance(1000)
		expect(await handled).toBe(true)
		expectEndedOnce([again])
	})

	it('ends a session whose key is in no storage, in tabs that have it', async () => {
		const { world, tabA, tabB } = await twoTabs({ session: { storage: 'tabs' } })
		await world.time.advance(100)
		void frontChannelLogout(world, sidOf(world))
		await world.time.advance(1000)
		expectEndedOnce([tabA, tabB])
	})

	it('ends a session that the next version of the application has begun, in its tabs too', async () => {
		const { world, tabA } = await twoTabs()
		const next = world.open('/', { isNext: true })
		await world.time.advance(120_000)
		expect(world.record()?.format).toBe(FORMAT + 1)
		const handled = frontChannelLogout(world, sidOf(world))
		await world.time.advance(1000)
		expect(await handled).toBe(true)
		expect([tabA.getSnapshot(), next.getSnapshot()]).toMatchObject([over, over])
	})

	it('is none while the storage is in trouble: the session lives on (I6)', async () => {
		const { world, tabA } = await twoTabs()
		world.store.fail('unreadable')
		const handled = frontChannelLogout(world, sidOf(world))
		await Promise.all([expect(handled).rejects.toMatchObject({ code: 'storage_unavailable' }), world.time.advance(100)])
		world.store.fail(undefined)
		await world.time.advance(5000)
		expect(tabA.status()).toBe('authenticated')
	})
})

describe('the revocation (RFC 7009)', () => {
	it.each(['device', 'provider'] as const)('at: %s outlives the page that is left at once (I8)', async at => {
		// Half of the requests of a page that goes are lost with it, unless they are kept alive.
		for (let seed = 1; seed <= 12; seed++) {
			const world = createWorld({ seed })
			await world.signedIn('alice')
			const tab: TestTab = world.open('/', { onNavigate: () => tab.close() })
			await Promise.all([tab.renew(), world.time.advance(500)])
			const refreshToken = world.provider.grants[0]?.refreshToken
			void tab.signOut({ at }).then(tab.close)
			await world.time.advance(1000)
			expect(tab.page.isGone()).toBe(true)
			expect(world.provider.counts.revoked).toEqual([refreshToken])
		}
	})

	it.each([
		{ how: 'never answers', revoke: () => new Promise<void>(() => {}) },
		{ how: 'fails', revoke: () => Promise.reject(new TypeError('Failed to fetch')) },
	])('that $how holds nothing up, at the provider or on this device', async ({ revoke }) => {
		for (const at of ['provider', 'device'] as const) {
			const world = createWorld()
			await world.signedIn('alice')
			const tab = world.open('/', { wrap: protocol => ({ ...protocol, revoke }) })
			await world.time.advance(100)
			let isDone = false
			void tab.signOut({ at }).then(() => {
				isDone = true
			})
			await world.time.advance(100)
			expect([isDone, tab.status()]).toEqual([true, at === 'provider' ? 'redirecting' : 'unauthenticated'])
			expect(tab.visited).toHaveLength(at === 'provider' ? 1 : 0)
		}
	})
})
