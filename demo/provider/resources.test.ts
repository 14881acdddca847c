import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { LocalServer } from '../server.ts'
import { api, type Browser, createBrowser, shop, startProvider } from './browser.test-support.ts'

const invoices = `${api}/invoices`
const scope = 'openid offline_access orders invoices:read'

let server: LocalServer
let browser: Browser

beforeAll(async () => {
	;({ server } = await startProvider())
})
afterAll(() => server.stop())
beforeEach(() => {
	browser = createBrowser(server.origin, shop)
})

async function signedInFor(...resources: string[]) {
	const page = await browser.authorize({ scope }, resources)
	return browser.exchange((await browser.open(page.url, { sub: 'ada' })).url)
}

it('a sign-in for two APIs gets the token of the main one, and renews for each (RFC 8707 section 2.2)', async () => {
	const tokens = await signedInFor(api, invoices)
	expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: api, scope: 'orders' })
	const other = await (await browser.refresh(tokens.refresh_token, { resource: invoices })).json()
	expect(decodeJwt(other.access_token)).toMatchObject({ aud: invoices, scope: 'invoices:read' })
	const main = await (await browser.refresh(other.refresh_token)).json()
	expect(decodeJwt(main.access_token)).toMatchObject({ aud: api, scope: 'orders' })
})

it('a sign-in for the second alone gets its token', async () => {
	expect(decodeJwt((await signedInFor(invoices)).access_token)['aud']).toBe(invoices)
})

it('an API that was not asked for at sign-in is refused later', async () => {
	const { refresh_token } = await signedInFor(api)
	const answer = await browser.refresh(refresh_token, { resource: invoices })
	expect(answer.status).toBe(400)
	expect((await answer.json()).error).toBe('invalid_target')
})

it('an API that nobody knows is refused at once', async () => {
	const { url } = await browser.authorize({}, ['https://elsewhere.example.com'])
	expect(new URL(url).searchParams.get('error')).toBe('invalid_target')
})
