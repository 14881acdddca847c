import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LocalServer, openServer } from '../server.ts'
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

const errorOf = (url: string) => new URL(url).searchParams.get('error')

describe('two applications, one sign-on', () => {
	it('who is signed in in one is signed in in the other without being asked', async () => {
		await signIn(inShop, 'grace')
		const landed = await inAdmin.authorize()
		expect(landed.html).toBe('')
		expect(decodeJwt((await inAdmin.exchange(landed.url)).id_token)).toMatchObject({ sub: 'grace', aud: 'admin' })
	})

	it('prompt=none asks nothing: it answers, or says login_required', async () => {
		expect(errorOf((await inAdmin.authorize({ prompt: 'none' })).url)).toBe('login_required')
		await signIn(inShop)
		const { url } = await inAdmin.authorize({ prompt: 'none' })
		expect(decodeJwt((await inAdmin.exchange(url)).id_token).sub).toBe('ada')
	})

	it('the second application asks by its own name', async () => {
		expect((await inAdmin.authorize()).html).toContain('<h1>Paperlane Admin</h1>')
	})

	it('only the admin application gets at the orders of all (RFC 6749 section 3.3)', async () => {
		const scope = 'openid offline_access orders orders:all'
		expect(decodeJwt((await signIn(inShop, 'ada', { scope })).access_token)['scope']).toBe('orders')
		expect(decodeJwt((await signIn(inAdmin, 'ada', { scope })).access_token)['scope']).toBe('orders orders:all')
	})

	it('each may call from its own origin alone', async () => {
		const asked = (origin: string, client_id: string) =>
			fetch(`${server.origin}/token`, { method: 'POST', headers: { origin }, body: new URLSearchParams({ client_id }) })
		const allowed = async (origin: string, clientId: string) => (await asked(origin, clientId)).headers.get('access-control-allow-origin')
		expect(await allowed(admin.origin, 'admin')).toBe(admin.origin)
		expect(await allowed(shop.origin, 'admin')).toBeNull()
	})
})

describe('in an iframe', () => {
	it('the redirects of prompt=none carry nothing that keeps them out', async () => {
		const response = await fetch(
			`${server.origin}/auth?${new URLSearchParams({
				client_id: 'admin',
				response_type: 'code',
				redirect_uri: `${admin.origin}/signed-in`,
				scope: 'openid',
				prompt: 'none',
				code_challenge: 'x'.repeat(43),
				code_challenge_method: 'S256',
			})}`,
			{ redirect: 'manual' },
		)
		expect(response.status).toBe(303)
		expect(response.headers.get('location')).toContain('error=login_required')
		expect(response.headers.get('x-frame-options')).toBeNull()
		expect(response.headers.get('content-security-policy') ?? '').not.toContain('frame-ancestors')
	})

	it('on another site the session’s cookie stays away', async () => {
		const page = await inShop.authorize()
		const answered = await inShop.request(page.url, { sub: 'ada' })
		const resumed = await inShop.request(new URL(answered.headers.get('location') ?? '', page.url).href)
		const session = resumed.headers.getSetCookie().filter(cookie => cookie.includes('_session='))
		expect(session.length).toBeGreaterThan(0)
		for (const cookie of session) expect(cookie).toMatch(/samesite=lax/i)
	})

	it('no stranger may embed the sign-in page', async () => {
		const { url } = await inShop.authorize()
		expect((await fetch(url)).headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
	})
})

describe('a provider on 127.0.0.1', () => {
	it('is on another site than localhost', async () => {
		const other = await openServer(0, '127.0.0.1')
		other.handle((_request, response) => response.end('here'))
		expect(other.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
		expect(await (await fetch(other.origin)).text()).toBe('here')
		await other.stop()
	})
})

describe('a sign-in page that severs its opener', () => {
	it('says so in a header, which others do not have', async () => {
		const severing = await startProvider({ likeness: { seversOpener: true } })
		const policyOf = async (origin: string) => {
			const browser = createBrowser(origin, shop)
			const page = await browser.authorize()
			return (await browser.request(page.url)).headers.get('cross-origin-opener-policy')
		}
		expect(await policyOf(severing.server.origin)).toBe('same-origin')
		expect(await policyOf(server.origin)).toBeNull()
		await severing.server.stop()
	})
})
