import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { tokenEndpointOf } from '../support/network.ts'
import { recordName } from '../support/record.ts'
import { expectSignedIn, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

/** Everything in the session record as text, bytes as the characters they would be, and whether its key gives itself away. */
const dumpRecord = (page: Page, demo: Demo): Promise<{ readonly text: string; readonly bytes: number; readonly exported: string }> =>
	page.evaluate(
		name =>
			new Promise((resolve, reject) => {
				let bytes = 0
				let exported: Promise<string> = Promise.resolve('no key')
				const dump = (value: unknown): string => {
					if (value instanceof CryptoKey) {
						exported = crypto.subtle.exportKey('raw', value).then(
							() => 'exported',
							() => 'refused',
						)
						return `key:${value.extractable}`
					}
					if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
						const array = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer)
						bytes += array.length
						return [...array].map(byte => String.fromCharCode(byte)).join('')
					}
					if (typeof value !== 'object' || !value) return String(value)
					return Object.entries(value)
						.map(([key, part]) => `${key}=${dump(part)}`)
						.join('\n')
				}
				const opening = indexedDB.open('tabsession')
				opening.onsuccess = () => {
					const reading = opening.result.transaction('sessions').objectStore('sessions').get(name)
					reading.onsuccess = async () => {
						const text = dump(reading.result)
						opening.result.close()
						resolve({ text, bytes, exported: await exported })
					}
				}
				opening.onerror = () => reject(opening.error)
			}),
		recordName(demo),
	)

test('no token is in web storage, an address, the console, the snapshot, the page or, in plain, in the record', async ({ page, demo }) => {
	const secrets = new Set<string>()
	const seen: string[] = []
	page.on('request', request => seen.push(request.url(), request.headers()['referer'] ?? ''))
	page.on('console', message => seen.push(message.text()))
	page.on('framenavigated', frame => seen.push(frame.url()))
	await page.route(tokenEndpointOf(demo), async route => {
		const sent = new URLSearchParams(route.request().postData() ?? '')
		const response = await route.fetch()
		const { access_token, refresh_token, id_token } = await response.json()
		for (const secret of [access_token, refresh_token, id_token, sent.get('code_verifier'), sent.get('refresh_token')]) {
			if (secret) secrets.add(secret)
		}
		await route.fulfill({ response })
	})
	await signIn(page, demo)
	await page.evaluate(() => window.session.renew())
	await page.getByRole('button', { name: 'Call the API' }).click()
	await expect(page.getByTestId('result')).toContainText('answered 200')
	await page.goto(`${demo.shop}/session`)
	await expectSignedIn(page)
	expect(secrets.size).toBeGreaterThanOrEqual(6)

	const record = await dumpRecord(page, demo)
	expect(record.exported).toBe('refused')
	expect(record.bytes).toBeGreaterThan(1000)
	expect(record.text).toContain('Ada Lovelace')
	const places = {
		record: record.text,
		page: await page.content(),
		...(await page.evaluate(() => ({
			localStorage: JSON.stringify({ ...localStorage }),
			sessionStorage: JSON.stringify({ ...sessionStorage }),
			snapshot: JSON.stringify(window.session.getSnapshot()),
			deadlines: JSON.stringify(window.session.getDeadlines()),
			globals: Object.keys(window)
				.filter(key => key !== 'session')
				.map(key => String(window[key as never]))
				.join('\n'),
		}))),
		wire: seen.join('\n'),
	}
	expect(places.localStorage).toContain('Ada Lovelace')
	for (const secret of secrets) {
		// The middle of a token gives it away as well as the whole.
		const telling = secret.slice(secret.length > 100 ? 60 : 0).slice(0, 40)
		for (const [place, text] of Object.entries(places)) expect(text.includes(telling), `a token in ${place}`).toBe(false)
	}
})
