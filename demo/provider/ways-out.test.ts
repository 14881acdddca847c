import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LocalServer } from '../server.ts'
import { admin, type Browser, createBrowser, shop, signIn, startProvider } from './browser.test-support.ts'

let server: LocalServer
let inShop: Browser
let inAdmin: Browser

beforeAll(async () => {
	;({ server } = await startProvider())
})
afterAll(() => server.stop())
beforeEach(() => {
	inShop = createBrowser(server.origin, shop)
	inAdmin = createBrowser(server.origin, admin, inShop.cookies)
})

const signOut = (query: Record<string, string>) =>
	inShop.open(`${server.origin}/session/end?${new URLSearchParams({ client_id: 'shop', ...query })}`)

const discovery = async () => (await fetch(`${server.origin}/.well-known/openid-configuration`)).json()

describe('front-channel logout', () => {
	it('tells each application of the session, with its own sid, and goes on', async () => {
		const tokens = { shop: await signIn(inShop), admin: await signIn(inAdmin) }
		const landed = await signOut({ id_token_hint: tokens.shop.id_token, post_logout_redirect_uri: `${shop.origin}/`, state: 'bye' })
		expect(landed.url).toBe(`${shop.origin}/?state=bye`)
		expect(inShop.told.map(({ origin, pathname }) => origin + pathname)).toEqual([
			`${shop.origin}/front-channel-logout`,
			`${admin.origin}/front-channel-logout`,
		])
		const told = inShop.told.map(({ searchParams }) => Object.fromEntries(searchParams))
		expect(told).toEqual([tokens.shop, tokens.admin].map(({ id_token }) => ({ iss: server.origin, sid: decodeJwt(id_token)['sid'] })))
		expect(told[0]?.['sid']).toBeTruthy()
		expect(told[0]?.['sid']).not.toBe(told[1]?.['sid'])
	})

	it('the sid outlives renewals and silent sign-ins', async () => {
		const first = await signIn(inShop)
		const renewed = await (await inShop.refresh(first.refresh_token)).json()
		const again = await inShop.exchange((await inShop.authorize({ prompt: 'none' })).url)
		for (const { id_token } of [renewed, again]) expect(decodeJwt(id_token)['sid']).toBe(decodeJwt(first.id_token)['sid'])
	})

	it('tells only those that the user has been to', async () => {
		const { id_token } = await signIn(inShop)
		await signOut({ id_token_hint: id_token, post_logout_redirect_uri: `${shop.origin}/` })
		expect(inShop.told.map(({ origin }) => origin)).toEqual([shop.origin])
	})

	it('tells nobody of a sign-out that is called off, nor of one where nobody was signed in', async () => {
		const { id_token } = await signIn(inShop)
		const page = await signOut({})
		const action = /action="([^"]+)"/.exec(page.html)?.[1] ?? ''
		await inShop.open(action, { xsrf: /name="xsrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '' })
		expect(inShop.told).toEqual([])
		const stranger = createBrowser(server.origin, shop)
		await stranger.open(`${server.origin}/session/end?${new URLSearchParams({ id_token_hint: id_token })}`)
		expect(stranger.told).toEqual([])
	})

	it('without an address to return to it ends at the provider’s own page', async () => {
		const { id_token } = await signIn(inShop)
		expect((await signOut({ id_token_hint: id_token })).html).toContain('You are signed out')
		expect(inShop.told).toHaveLength(1)
	})

	it('is announced (section 3)', async () => {
		expect(await discovery()).toMatchObject({ frontchannel_logout_supported: true, frontchannel_logout_session_supported: true })
	})
})

describe('session management', () => {
	const stateCookie = () => [...inShop.cookies].find(([name]) => name.includes('_state '))?.[1].value
	const sessionStateOf = (url: string) => new URL(url).searchParams.get('session_state') ?? ''

	/** As section 3.2 has the iframe do it. */
	const expectedOf = (clientId: string, origin: string, sessionState: string) => {
		const salt = sessionState.split('.')[1]
		return `${createHash('sha256').update(`${clientId} ${origin} ${stateCookie()} ${salt}`).digest('base64url')}.${salt}`
	}

	async function arrive(browser: Browser, extra: Record<string, string> = {}) {
		const page = await browser.authorize(extra)
		return sessionStateOf((page.html ? await browser.open(page.url, { sub: 'ada' }) : page).url)
	}

	it('each response has a session_state that the browser’s state bears out', async () => {
		for (const [browser, { clientId, origin }] of [[inShop, shop] as const, [inAdmin, admin] as const]) {
			const sessionState = await arrive(browser)
			expect(sessionState).not.toContain(' ')
			expect(sessionState).toBe(expectedOf(clientId, origin, sessionState))
		}
	})

	it('a silent sign-in leaves the browser’s state, a sign-in of the same user and a sign-out change it', async () => {
		const { id_token } = await signIn(inShop)
		const before = stateCookie()
		await arrive(inAdmin, { prompt: 'none' })
		expect(stateCookie()).toBe(before)
		await new Promise(resolve => setTimeout(resolve, 1100))
		const again = await arrive(inShop, { prompt: 'login' })
		const after = stateCookie()
		expect(after).not.toBe(before)
		expect(again).toBe(expectedOf('shop', shop.origin, again))
		await signOut({ id_token_hint: id_token, post_logout_redirect_uri: `${shop.origin}/` })
		expect(stateCookie()).toBeTruthy()
		expect(stateCookie()).not.toBe(after)
	})

	it('a script may read the cookie, and it tells nothing', async () => {
		const page = await inShop.authorize()
		const response = await inShop.request(page.url, { sub: 'ada' })
		const resumed = await inShop.request(new URL(response.headers.get('location') ?? '', page.url).href)
		const cookie = resumed.headers.getSetCookie().find(line => line.includes('_state=')) ?? ''
		expect(cookie).not.toMatch(/httponly/i)
		expect(cookie).toMatch(/samesite=lax/i)
		expect(cookie).not.toContain('ada')
	})

	it('only the applications may embed the page that answers', async () => {
		const { check_session_iframe: address } = await discovery()
		const page = await fetch(address)
		expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors ${shop.origin} ${admin.origin}`)
		expect(await page.text()).toContain('/check-session.js')
		expect((await fetch(`${server.origin}/check-session.js`)).headers.get('content-type')).toContain('javascript')
	})
})
