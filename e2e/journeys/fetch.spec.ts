import type { Page, Request } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { signIn, snapshotOf, subOf, tokenLeft } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

interface Call {
	readonly url: string
	readonly method?: string
	readonly body?: string
	/** A stream that gives `body` once. */
	readonly isStream?: boolean
	readonly authorization?: string
}

/** Calls with the session's `fetch`; the answer's status, or the error's name. */
const call = (page: Page, request: Call): Promise<number | string> =>
	page.evaluate(async ({ url, method, body, isStream, authorization }) => {
		const init: RequestInit & { duplex?: 'half' } = { ...(method && { method }), ...(authorization && { headers: { authorization } }) }
		if (body && isStream) Object.assign(init, { body: new Blob([body]).stream(), duplex: 'half' })
		else if (body) init.body = body
		try {
			return (await window.session.fetch(url, init)).status
		} catch (error) {
			return String((error as Error).message)
		}
	}, request)

/** Stands in for the API: keeps what arrives, and refuses the first token it ever sees, whoever brings it. */
async function refuseFirstToken(page: Page, demo: Demo) {
	const arrived: { readonly token: string; readonly method: string; readonly body: string | null }[] = []
	await page.route(`${demo.api}/api/**`, async route => {
		const request = route.request()
		const token = (await request.allHeaders())['authorization'] ?? ''
		arrived.push({ token, method: request.method(), body: request.postData() })
		const isRefused = token === arrived[0]?.token
		await route.fulfill({ status: isRefused ? 401 : 200, body: '[]', contentType: 'application/json' })
	})
	return arrived
}

const TOKEN_MS = 300_000
// So long that no busy machine has it renewed by itself.
test.use({ demoOptions: { accessTokenSeconds: TOKEN_MS / 1000 } })

/** Signs in, and has the page's clock go on: a 401 for a token younger than ten seconds is not about its age. */
async function signInAWhileAgo(page: Page, demo: Demo) {
	await page.clock.install()
	await signIn(page, demo)
	await page.clock.fastForward(11_000)
	expect(await tokenLeft(page)).toBeLessThan(TOKEN_MS - 10_000)
}

test('the token goes to the API alone: no other origin, no other path, and no path that only begins like it', async ({ page, demo }) => {
	await signIn(page, demo)
	const arrived: Request[] = []
	await page.route(/localhost/, async route => {
		arrived.push(route.request())
		await route.fulfill({ body: '{}', contentType: 'application/json' })
	})
	const other = [
		`${demo.api}/apix`,
		`${demo.api}/apix/orders`,
		`${demo.api}/api-v2/orders`,
		`${demo.api}/`,
		`${demo.api}/API/orders`,
		`${demo.api}/api/../secret`,
		`${demo.api}/api/%2e%2e/secret`,
		`${demo.api}/other?next=/api/orders`,
		`${demo.api}/other#/api/orders`,
		`${demo.shop}/api/orders`,
		'/api/orders',
		`${demo.provider}/api/orders`,
	]
	for (const url of other) expect(await call(page, { url }), url).toBe(200)
	expect(arrived).toHaveLength(other.length)
	for (const request of arrived) expect((await request.allHeaders())['authorization'], request.url()).toBeUndefined()

	const own = [`${demo.api}/api`, `${demo.api}/api/orders?x=1`, `${demo.api}//api/../api/orders`, `${demo.api}/api/a/../orders`]
	for (const url of own.filter(each => !each.includes('//api/'))) {
		expect(await call(page, { url }), url).toBe(200)
		expect(subOf((await arrived.at(-1)?.allHeaders())?.['authorization']), url).toBe('ada')
	}
	// What the application has set itself is left alone.
	await call(page, { url: `${demo.api}/api/orders`, authorization: 'Basic YTpi' })
	expect((await arrived.at(-1)?.allHeaders())?.['authorization']).toBe('Basic YTpi')
})

test('a 401 is renewed once and replayed once, body and all; calls at the same time share the renewal', async ({ page, demo }) => {
	await signInAWhileAgo(page, demo)
	const arrived = await refuseFirstToken(page, demo)
	const url = `${demo.api}/api/orders`
	const calls = ['one', 'two', 'three'].map(body => call(page, { url, method: 'POST', body }))
	expect(await Promise.all(calls)).toEqual([200, 200, 200])
	expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
	expect(arrived.map(({ body }) => body).sort()).toEqual(['one', 'one', 'three', 'three', 'two', 'two'])
	expect(new Set(arrived.map(({ token }) => token)).size).toBe(2)
})

test('an API that answers 401 to every token gets each request twice at most, and the session goes on (P8)', async ({ page, demo }) => {
	await signInAWhileAgo(page, demo)
	let arrived = 0
	await page.route(`${demo.api}/api/**`, async route => {
		arrived += 1
		await route.fulfill({ status: 401 })
	})
	const url = `${demo.api}/api/orders`
	expect(await call(page, { url })).toBe(401)
	expect([arrived, demo.counts.refresh]).toEqual([2, 1])
	// The fresh token is young: its refusal is not about its age.
	expect(await call(page, { url })).toBe(401)
	expect([arrived, demo.counts.refresh]).toEqual([3, 1])
	expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
})

test('a 401 for a token younger than ten seconds renews nothing', async ({ page, demo }) => {
	await signIn(page, demo)
	const arrived = await refuseFirstToken(page, demo)
	expect(await call(page, { url: `${demo.api}/api/orders` })).toBe(401)
	expect(arrived).toHaveLength(1)
	expect(demo.counts.refresh).toBe(0)
})

test('a body that can be read once is sent once; the token is renewed for whoever sends it anew', async ({ page, demo }) => {
	await signInAWhileAgo(page, demo)
	const arrived = await refuseFirstToken(page, demo)
	expect(await call(page, { url: `${demo.api}/api/orders`, method: 'POST', body: 'once', isStream: true })).toBe(401)
	expect(arrived).toHaveLength(1)
	expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
	expect(await call(page, { url: `${demo.api}/api/orders`, method: 'POST', body: 'anew', isStream: true })).toBe(200)
	expect(arrived).toHaveLength(2)
	expect(demo.counts.refresh).toBe(1)
})
