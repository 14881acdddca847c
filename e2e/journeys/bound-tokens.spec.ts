// Tokens bound to a key (DPoP, RFC 9449): real keys in IndexedDB, real proofs, a provider that checks them.
import type { Page } from '@playwright/test'
import { expectSignedIn, openTab, signIn, snapshotOf, tokenOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test.use({ demoOptions: { sessionOptions: { dpop: true }, accessTokenSeconds: 60 } })

/** The key that the access token is bound to (RFC 9449 section 6.1). */
async function keyOf(page: Page): Promise<string | undefined> {
	const [, payload = ''] = (await tokenOf(page)).split('.')
	return JSON.parse(Buffer.from(payload, 'base64url').toString()).cnf?.jkt
}

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

test('go to an API with a proof of their own', async ({ page, demo }) => {
	await signIn(page, demo)
	const token = await tokenOf(page)
	const sent = page.waitForRequest(request => request.url().endsWith('/api/orders') && request.method() === 'GET')
	await page.route(`${demo.api}/**`, route =>
		route.fulfill({ status: 200, body: '[]', headers: { 'Access-Control-Allow-Origin': demo.shop, 'Access-Control-Allow-Headers': '*' } }),
	)
	await page.evaluate(url => window.session.fetch(url).catch(() => {}), `${demo.api}/api/orders`)
	const headers = (await sent).headers()
	expect(headers['authorization']).toBe(`DPoP ${token}`)
	const [, payload = ''] = headers['dpop']?.split('.') ?? []
	expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ htm: 'GET', htu: `${demo.api}/api/orders` })
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
