import { isCallback, watchRequests } from '../support/network.ts'
import { expectSignedIn, pick, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('signing in on a deep link returns to it, query and fragment included', async ({ page, demo }) => {
	await signIn(page, demo, 'Ada', '/orders?x=1#h')
	await expect(page).toHaveURL(`${demo.shop}/orders?x=1#h`)
	await expect(page.getByTestId('orders').getByRole('listitem')).toHaveCount(3)
	expect(demo.counts).toMatchObject({ code: 1, refresh: 0, reuse: 0 })
})

test('the response leaves the address bar before anything else sees it, and its code goes to the token endpoint alone', async ({
	page,
	demo,
}) => {
	const requests = watchRequests(page, () => true)
	await page.addInitScript(() => {
		// What an analytics script of the page would read.
		addEventListener('DOMContentLoaded', () => sessionStorage.setItem('test-address', location.href))
	})
	await signIn(page, demo, 'Ada', '/orders')
	const code = new URL(requests.find(request => isCallback(new URL(request.url())))?.url() ?? '').searchParams.get('code')
	expect(code).toBeTruthy()
	expect(await page.evaluate(() => sessionStorage.getItem('test-address'))).not.toContain('code=')
	const carriers = requests.filter(request => `${request.url()} ${request.postData()} ${request.headers()['referer']}`.includes(code ?? ''))
	expect(carriers.map(request => new URL(request.url()).pathname)).toEqual(['/signed-in', '/token'])
	await page.goBack()
	await page.goForward()
	expect(requests.filter(request => isCallback(new URL(request.url())))).toHaveLength(1)
})

test('the authorization request has PKCE with S256, a state and a nonce, fresh each time', async ({ page, demo }) => {
	const requests = watchRequests(page, url => url.origin === demo.provider && url.pathname === '/request')
	for (const _time of [1, 2]) {
		await page.goto(`${demo.shop}/orders`)
		await expect(page.getByRole('heading', { name: 'Paperlane' })).toBeVisible()
	}
	expect(requests).toHaveLength(2)
	const [first, second] = requests.map(request => Object.fromEntries(new URLSearchParams(request.postData() ?? '')))
	expect(first).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', redirect_uri: `${demo.shop}/signed-in` })
	for (const param of ['code_challenge', 'state', 'nonce']) {
		expect(first?.[param]?.length).toBeGreaterThanOrEqual(22)
		expect(second?.[param]).not.toBe(first?.[param])
	}
})

test('a pushed request has its name alone in the address (RFC 9126)', async ({ page, demo }) => {
	const addresses = watchRequests(page, url => url.origin === demo.provider && url.pathname === '/auth')
	await signIn(page, demo)
	const { searchParams } = new URL(addresses[0]?.url() ?? '')
	expect([...searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
})

test('full sessionStorage loses no response: the wanted page opens, with a clean address', async ({ page, demo }) => {
	await page.goto(demo.shop)
	await page.evaluate(() => {
		for (let size = 2 ** 22; size >= 1; size /= 2) {
			try {
				for (let at = 0; at < 8; at++) sessionStorage.setItem(`fill-${size}-${at}`, 'x'.repeat(size))
			} catch {} // full for this size
		}
	})
	await page.goto(`${demo.shop}/orders?x=1#h`)
	await pick(page, 'Ada')
	await expectSignedIn(page)
	await expect(page).toHaveURL(`${demo.shop}/orders?x=1#h`)
	expect(await page.evaluate(() => Object.keys(sessionStorage).filter(key => key.startsWith('tabsession')))).toEqual([])
	expect(demo.counts).toMatchObject({ code: 1 })
})
