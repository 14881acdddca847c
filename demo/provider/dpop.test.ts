import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LocalServer } from '../server.ts'
import { type Browser, createBrowser, shop, startProvider } from './browser.test-support.ts'

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwk = await exportJWK(publicKey)

let server: LocalServer
let demanding: LocalServer

beforeAll(async () => {
	;({ server } = await startProvider())
	;({ server: demanding } = await startProvider({ likeness: { demandsNonces: true } }))
})
afterAll(() => Promise.all([server.stop(), demanding.stop()]))

const proof = (htu: string, nonce?: string | null) =>
	new SignJWT({ htm: 'POST', htu, jti: randomUUID(), ...(nonce && { nonce }) })
		.setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
		.setIssuedAt()
		.sign(privateKey)

async function arrive(browser: Browser) {
	const page = await browser.authorize({ dpop_jkt: await calculateJwkThumbprint(jwk) })
	return browser.codeFormOf((await browser.open(page.url, { sub: 'ada' })).url)
}

it('a proof at the token endpoint binds access and refresh token to its key (RFC 9449 section 5)', async () => {
	const browser = createBrowser(server.origin, shop)
	const form = await arrive(browser)
	const answer = await browser.token(form, { DPoP: await proof(`${server.origin}/token`) })
	const { token_type, access_token, refresh_token } = await answer.json()
	expect(token_type).toBe('DPoP')
	expect(decodeJwt(access_token)['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk) })
	const refused = await browser.refresh(refresh_token)
	expect(refused.status).toBe(400)
})

it('a code for a key is refused without a proof of it (RFC 9449 section 10)', async () => {
	const browser = createBrowser(server.origin, shop)
	expect((await browser.token(await arrive(browser))).status).toBe(400)
})

it('the application’s browser may send the header, and read the nonce', async () => {
	const preflight = await fetch(`${server.origin}/token`, {
		method: 'OPTIONS',
		headers: { origin: shop.origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' },
	})
	expect(preflight.headers.get('access-control-allow-headers')).toContain('dpop')
	const browser = createBrowser(server.origin, shop)
	const answer = await browser.token(await arrive(browser), { DPoP: await proof(`${server.origin}/token`) })
	expect(answer.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
	expect(answer.headers.get('dpop-nonce')).toBeTruthy()
})

it('a provider that demands nonces asks for one, and takes its own (RFC 9449 section 8)', async () => {
	const browser = createBrowser(demanding.origin, shop)
	const form = await arrive(browser)
	const htu = `${demanding.origin}/token`
	const asked = await browser.token(form, { DPoP: await proof(htu) })
	expect(asked.status).toBe(400)
	expect((await asked.json()).error).toBe('use_dpop_nonce')
	const answer = await browser.token(form, { DPoP: await proof(htu, asked.headers.get('dpop-nonce')) })
	expect(answer.status).toBe(200)
})
