// The ways out beside the plain sign-out: the provider's sign-out and the way back, the revocation, front-channel logout.
import { describe, expect, it } from 'vitest'
import { createWorld, type OpenOptions } from '../src/testing/index.ts'

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
