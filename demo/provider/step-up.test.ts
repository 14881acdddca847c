import { setTimeout as pause } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { LocalServer } from '../server.ts'
import { type Browser, createBrowser, shop, signIn, startProvider } from './browser.test-support.ts'

const MFA = 'urn:paperlane:mfa'

let server: LocalServer
let browser: Browser

beforeAll(async () => {
	;({ server } = await startProvider())
})
afterAll(() => server.stop())
beforeEach(() => {
	browser = createBrowser(server.origin, shop)
})

const now = () => Math.floor(Date.now() / 1000)
const errorOf = (url: string) => new URL(url).searchParams.get('error')

it('acr_values asks for a code after the person, and both tokens tell how and when', async () => {
	const first = await browser.authorize({ acr_values: MFA })
	const second = await browser.open(first.url, { sub: 'ada' })
	expect(second.html).toContain('One-time code')
	const landed = await browser.open(second.url, { sub: 'ada', code: '123456' })
	const tokens = await browser.exchange(landed.url)
	for (const token of [tokens.id_token, tokens.access_token]) {
		const { acr, auth_time: authTime } = decodeJwt(token)
		expect(acr).toBe(MFA)
		expect(Math.abs(Number(authTime) - now())).toBeLessThan(5)
	}
	const renewed = await (await browser.refresh(tokens.refresh_token)).json()
	expect(decodeJwt(renewed.access_token)).toMatchObject({ acr: MFA, auth_time: decodeJwt(tokens.access_token)['auth_time'] })
})

it('whoever is signed in is asked for the code alone, and not once that has been given', async () => {
	await signIn(browser)
	const page = await browser.authorize({ acr_values: MFA })
	expect(page.html).toContain('Hello Ada')
	expect((await browser.open(page.url, { sub: 'ada', code: '000000' })).url).toContain('code=')
	expect((await browser.authorize({ acr_values: MFA })).url).toContain('code=')
})

it('what is no code is asked for again', async () => {
	await signIn(browser)
	const page = await browser.authorize({ acr_values: MFA })
	const again = await browser.open(page.url, { sub: 'ada', code: '12345' })
	expect(again.html).toContain('A code has six digits.')
	expect((await browser.open(again.url, { sub: 'ada', code: '123456' })).url).toContain('code=')
})

it('a plain sign-in has no acr, in neither token', async () => {
	const tokens = await signIn(browser)
	expect(decodeJwt(tokens.id_token)['acr']).toBeUndefined()
	expect(decodeJwt(tokens.access_token)['acr']).toBeUndefined()
	expect(decodeJwt(tokens.access_token)['auth_time']).toBeTypeOf('number')
})

it('prompt=none says login_required where the session does not suffice', async () => {
	await signIn(browser)
	expect(errorOf((await browser.authorize({ acr_values: MFA, prompt: 'none' })).url)).toBe('login_required')
})

it('“Not now” returns unmet_authentication_requirements, and the session stays', async () => {
	await signIn(browser)
	const page = await browser.authorize({ acr_values: MFA })
	expect(errorOf((await browser.open(page.url, { sub: 'ada', cancel: 'yes' })).url)).toBe('unmet_authentication_requirements')
	expect((await browser.authorize({ prompt: 'none' })).url).toContain('code=')
})

it('an essential acr that nobody can reach returns unmet_authentication_requirements', async () => {
	const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:nobody'] } } })
	await signIn(browser)
	expect(errorOf((await browser.authorize({ claims })).url)).toBe('unmet_authentication_requirements')
})

it('an essential acr that can be reached is reached', async () => {
	const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [MFA] } } })
	const page = await browser.authorize({ claims })
	const second = await browser.open(page.url, { sub: 'ada' })
	const tokens = await browser.exchange((await browser.open(second.url, { sub: 'ada', code: '123456' })).url)
	expect(decodeJwt(tokens.id_token)['acr']).toBe(MFA)
})

it('max_age asks again once the sign-in is older', async () => {
	const before = decodeJwt((await signIn(browser)).id_token)['auth_time']
	expect((await browser.authorize({ max_age: '60' })).url).toContain('code=')
	await pause(2100)
	expect(errorOf((await browser.authorize({ max_age: '1', prompt: 'none' })).url)).toBe('login_required')
	const page = await browser.authorize({ max_age: '1' })
	expect(page.html).toContain('You are signed in as Ada')
	const tokens = await browser.exchange((await browser.open(page.url, { sub: 'ada' })).url)
	expect(Number(decodeJwt(tokens.id_token)['auth_time'])).toBeGreaterThan(Number(before))
})
