// Tokens bound to a key (DPoP, RFC 9449): real keys in IndexedDB, real proofs, a provider that checks them.
import { createHash } from 'node:crypto'
import type { BrowserContext, Page, Request } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { tokenEndpointOf, watchRequests } from '../support/network.ts'
import { callApi, expectSignedIn, openTab, signIn, snapshotOf, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.use({ demoOptions: { sessionOptions: { dpop: true }, accessTokenSeconds: 60 } })

/** The key that the access token is bound to (RFC 9449 section 6.1). */
async function keyOf(page: Page): Promise<string | undefined> {
	return partOf(await tokenOf(page), 'payload').cnf?.jkt
}

/** A part of a JWT. */
function partOf(token: string, part: 'header' | 'payload') {
	const [header = '', payload = ''] = token.split('.')
	return JSON.parse(Buffer.from(part === 'header' ? header : payload, 'base64url').toString())
}

/** The thumbprint of the key that a proof was made with (RFC 7638 section 3.2). */
function thumbprintOf(proof: string): string {
	const { crv, kty, x, y } = partOf(proof, 'header').jwk
	return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

/** Calls of the API, without the preflights. */
const watchCalls = (target: Page | BrowserContext, demo: Demo): Request[] =>
	watchRequests(target, (url, request) => url.origin === demo.api && request.method() !== 'OPTIONS')

const orders = (page: Page) => page.getByTestId('orders').getByRole('listitem')

test('are renewed with the same key, after a reload and in another tab too', async ({ page, context, demo }) => {
	await signIn(page, demo)
	const key = await keyOf(page)
	expect(key).toMatch(/^[\w-]{43}$/)
	await page.evaluate(() => window.session.renew())
	expect(await keyOf(page)).toBe(key)
	await page.reload()
	await expectSignedIn(page)
	await page.evaluate(() => window.session.renew())
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	await other.evaluate(() => window.session.renew())
	expect([await keyOf(page), await keyOf(other)]).toEqual([key, key])
	expect(demo.counts).toMatchObject({ code: 1, refresh: 3, reuse: 0 })
})

test('go to an API with a proof of their own, and the API takes them', async ({ page, demo }) => {
	const calls = watchCalls(page, demo)
	await signIn(page, demo, 'Ada', '/orders')
	await expect(orders(page)).toHaveCount(3)
	const [call] = calls
	const { authorization = '', dpop = '' } = call?.headers() ?? {}
	expect(authorization).toBe(`DPoP ${await tokenOf(page)}`)
	expect(partOf(authorization, 'payload').cnf).toEqual({ jkt: thumbprintOf(dpop) })
	expect(partOf(dpop, 'payload')).toMatchObject({ htm: 'GET', htu: `${demo.api}/api/orders` })

	// The other API's token is bound to the same key.
	await page.getByRole('link', { name: 'Invoices' }).click()
	await expect(page.getByTestId('invoices').getByRole('listitem')).toHaveCount(3)
	const invoices = calls.at(-1)?.headers() ?? {}
	expect(partOf(invoices['authorization'] ?? '', 'payload')).toMatchObject({
		aud: `${demo.api}/invoices`,
		cnf: { jkt: thumbprintOf(dpop) },
	})
	const proofs = calls.map(request => request.headers()['dpop'] ?? '')
	expect(new Set(proofs.map(proof => partOf(proof, 'payload').jti)).size).toBe(calls.length)
	expect(demo.counts).toMatchObject({ code: 1, refresh: 1, reuse: 0, apiRejected: 0 })
})

/** Calls the API in a page of the shop without its session. @returns status and error */
const callWith = (page: Page, url: string, headers: Record<string, string>) =>
	page.evaluate(
		async given => {
			const response = await fetch(given.url, { headers: given.headers })
			return { status: response.status, error: (await response.json()).error, challenge: response.headers.get('WWW-Authenticate') }
		},
		{ url, headers },
	)

/** A flawless proof for a GET, made with a key of the thief's own (RFC 9449 section 4.2). */
const proofOfAnotherKey = (page: Page, url: string, accessToken: string) =>
	page.evaluate(
		async ([htu, ath]) => {
			const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
			const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
			const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
			const encoded = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
			const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { crv, kty, x, y } }
			const payload = { htm: 'GET', htu, ath, jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000) }
			const signed = `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(payload))}`
			const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(signed))
			return `${signed}.${encoded(String.fromCharCode(...new Uint8Array(signature)))}`
		},
		[url, createHash('sha256').update(accessToken).digest('base64url')] as const,
	)

test('are worth nothing to a thief: not as bearer tokens, not with another key, and not with a proof that was seen', async ({
	page,
	browser,
	demo,
}) => {
	const calls = watchCalls(page, demo)
	await signIn(page, demo, 'Ada', '/orders')
	await expect(orders(page)).toHaveCount(3)
	const stolen = await tokenOf(page)
	const seen = calls[0]?.headers()['dpop'] ?? ''
	const elsewhere = await browser.newContext()
	const thief = await elsewhere.newPage()
	await thief.goto(demo.shop)
	const url = `${demo.api}/api/orders`

	const asBearer = await callWith(thief, url, { Authorization: `Bearer ${stolen}` })
	expect(asBearer).toMatchObject({ status: 401, error: 'invalid_token', challenge: expect.stringMatching(/^DPoP /) })
	expect(await callWith(thief, url, { Authorization: `DPoP ${stolen}` })).toMatchObject({ status: 401, error: 'invalid_dpop_proof' })
	// Nothing is wrong with the proof itself: the token is of another key.
	const DPoP = await proofOfAnotherKey(thief, url, stolen)
	expect(await callWith(thief, url, { Authorization: `DPoP ${stolen}`, DPoP })).toMatchObject({ status: 401, error: 'invalid_token' })
	const replayed = await callWith(thief, url, { Authorization: `DPoP ${stolen}`, DPoP: seen })
	expect(replayed).toMatchObject({ status: 401, error: 'invalid_dpop_proof', challenge: expect.stringContaining('jti has been seen') })

	expect(await callApi(page, demo)).toBe(200)
	await elsewhere.close()
})

test.describe('where provider and API both demand their nonces', () => {
	test.use({
		demoOptions: {
			sessionOptions: { dpop: true },
			accessTokenSeconds: 60,
			likeness: { demandsNonces: true },
			apiDemandsNonces: true,
		},
	})

	test('each page is told once by each of them, and no request is sent more often than twice', async ({ page, context, demo }) => {
		const calls = watchCalls(context, demo)
		const tokenRequests = watchRequests(context, (url, request) => url.href === tokenEndpointOf(demo) && request.method() === 'POST')
		const step = async (what: () => Promise<unknown>) => {
			const [before, beforeCalls] = [tokenRequests.length, calls.length]
			await what()
			return { token: tokenRequests.length - before, api: calls.length - beforeCalls }
		}
		const renew = (tab: Page) => tab.evaluate(() => window.session.renew())
		const seesOrders = (tab: Page) => expect(orders(tab)).toHaveCount(3)

		expect(await step(() => signIn(page, demo, 'Ada', '/orders').then(() => seesOrders(page)))).toEqual({ token: 2, api: 2 })
		// Both are known now.
		expect(await step(() => renew(page))).toEqual({ token: 1, api: 0 })
		expect(await step(() => callApi(page, demo))).toEqual({ token: 0, api: 1 })
		// A page remembers no other page's.
		expect(await step(() => page.reload().then(() => seesOrders(page)))).toEqual({ token: 0, api: 2 })
		expect(await step(() => renew(page))).toEqual({ token: 2, api: 0 })
		expect(await step(() => renew(page))).toEqual({ token: 1, api: 0 })
		const other = await context.newPage()
		expect(await step(() => other.goto(`${demo.shop}/orders`).then(() => seesOrders(other)))).toEqual({ token: 0, api: 2 })
		expect(await step(() => renew(other))).toEqual({ token: 2, api: 0 })
		expect(await step(() => Promise.all([callApi(page, demo), callApi(other, demo)]))).toEqual({ token: 0, api: 2 })
		expect(await keyOf(other)).toBe(await keyOf(page))
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(demo.counts).toMatchObject({ code: 1, reuse: 0, apiRejected: 3 })
	})
})

test('cannot be renewed by a profile that was copied without the key', async ({ page, demo }) => {
	await signIn(page, demo)
	await page.evaluate(
		name =>
			new Promise<void>((resolve, reject) => {
				const opening = indexedDB.open('tabsession')
				opening.onerror = () => reject(opening.error)
				opening.onsuccess = () => {
					const transaction = opening.result.transaction('sessions', 'readwrite')
					const store = transaction.objectStore('sessions')
					const reading = store.get(name)
					reading.onsuccess = () => {
						const record = reading.result
						store.put(
							{ ...record, revision: record.revision + 1, living: { ...record.living, dpopKey: { publicKey: {}, privateKey: {} } } },
							name,
						)
					}
					transaction.oncomplete = () => resolve()
				}
			}),
		`tabsession:${demo.provider}:shop`,
	)
	await page.reload()
	await expect.poll(() => snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
})
