// Where a sign-in lands: on the page that was wanted, with its query and fragment; else in the folder of the redirect URI.
import { describe, expect, it } from 'vitest'
import type { SignInOptions } from '../src/index.ts'
import { createWorld } from '../src/testing/index.ts'

interface Visit {
	readonly redirectUri: string
	readonly from: string
	readonly options?: SignInOptions
}

/** Signs in from a page, by the provider and back. @returns where the user ends up */
async function landsFrom({ redirectUri, from, options = {} }: Visit) {
	const world = createWorld({ session: { redirectUri } })
	const ownNotes = new Map<string, string>()
	const before = world.open(from, { ownNotes })
	await world.time.flush()
	await Promise.all([before.signIn(options), world.time.advance(100)])
	const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
	before.crash()
	const tab = world.open(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}state=${state}&code=${code}`, { ownNotes })
	await world.time.advance(500)
	expect(tab.status()).toBe('authenticated')
	return tab.href.replace('https://app.example', '')
}

describe('a sign-in', () => {
	it.each([
		['/app/', '/app/?welcome=1'],
		['/app/', '/app/#/orders'],
		['/app/', '/app/orders?x=1#h'],
		['/', '/?welcome=1'],
		['/', '/#/orders?page=2'],
		['/index.html', '/index.html?welcome=1#/orders'],
		['/index.html', '/#/orders'],
		['/app/signed-in', '/app/?welcome=1#h'],
		['/app/signed-in', '/elsewhere?x'],
		['/index.html?from=provider', '/index.html?welcome=1'],
	])('with the redirect URI %s comes back to %s', async (redirectUri, from) => {
		expect(await landsFrom({ redirectUri, from })).toBe(from)
		expect(await landsFrom({ redirectUri, from: '/elsewhere', options: { returnTo: from } })).toBe(from)
	})

	it.each([
		['/signed-in', '/signed-in', '/'],
		['/signed-in', '/signed-in/', '/'],
		['/app/signed-in', '/app/signed-in', '/app/'],
		['/app/signed-in?from=provider', '/app/signed-in?from=provider', '/app/'],
		['/app/', '/app/', '/app/'],
		['/', '/', '/'],
		['/index.html', '/index.html', '/'],
	])('with the redirect URI %s from %s, no place to come back to, lands at %s', async (redirectUri, from, lands) => {
		expect(await landsFrom({ redirectUri, from })).toBe(lands)
	})

	it.each([
		'https://evil.example/x',
		'//evil.example',
		'/\\evil.example',
		'/\t/evil.example',
		'https://app.example.evil.example/',
		'https://app.example@evil.example/',
		'http://app.example/',
		'javascript:alert(1)',
		'data:text/html,x',
		'blob:https://app.example/0',
		'http://[',
	])('lands in the folder of the redirect URI in place of %j', async returnTo => {
		expect(await landsFrom({ redirectUri: '/app/signed-in', from: '/app/orders', options: { returnTo } })).toBe('/app/')
	})

	it.each([
		['/.//evil.example', '/evil.example'],
		['https://app.example//evil.example', '/evil.example'],
	])('stays on this origin with a path that begins with two slashes: %s', async (returnTo, lands) => {
		expect(await landsFrom({ redirectUri: '/app/signed-in', from: '/app/orders', options: { returnTo } })).toBe(lands)
	})
})

describe('a response that was taken before', () => {
	it('leads to the page that was wanted, or to the folder of the redirect URI where nothing is known of it', async () => {
		const world = createWorld({ session: { redirectUri: '/app/signed-in' } })
		const before = world.open('/app/orders')
		await world.time.flush()
		await Promise.all([before.signIn(), world.time.advance(100)])
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		const bookmark = `/app/signed-in?state=${state}&code=${code}`
		world.open(bookmark, { ownNotes: before.ownNotes })
		await world.time.advance(500)
		const known = world.open(bookmark)
		await world.time.advance(500)
		const unknown = world.open(`/app/signed-in?state=long-ago${world.stateSuffix}&code=c`)
		await world.time.advance(500)
		expect([known.visited, unknown.visited]).toEqual([['/app/orders'], ['/app/']])
		expect([known, unknown].map(tab => tab.status())).toEqual(['authenticated', 'authenticated'])
	})
})

describe('retry', () => {
	it('after a refused response signs in to the folder of the redirect URI where nothing is known of the page', async () => {
		const world = createWorld({ session: { redirectUri: '/app/signed-in' } })
		const tab = world.open(`/app/signed-in?state=forged${world.stateSuffix}&code=c`)
		await world.time.advance(500)
		expect(tab.getSnapshot()).toMatchObject({ error: { code: 'state_mismatch' } })
		void tab.retry()
		await world.time.advance(200)
		expect(world.record()?.requests.at(-1)).toMatchObject({ returnTo: '/app/' })
	})
})

describe('a sign-out', () => {
	it('to a page of another origin comes back to the folder of the redirect URI', async () => {
		const world = createWorld({ session: { redirectUri: '/app/signed-in' } })
		const ownNotes = new Map<string, string>()
		const before = world.open('/app/', { ownNotes })
		await world.time.flush()
		await Promise.all([before.signIn(), world.time.advance(100)])
		const response = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
		const tab = world.open(`/app/signed-in?state=${response.state}&code=${response.code}`, { ownNotes })
		await world.time.advance(500)
		void tab.signOut({ returnTo: '//evil.example' })
		await world.time.advance(200)
		const state = new URL(tab.visited.at(-1) as string).searchParams.get('state')
		expect(world.open(`/?state=${state}`, { ownNotes }).href).toBe('https://app.example/app/')
	})
})
