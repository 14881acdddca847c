import type { Route } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { discoveryOf } from '../support/network.ts'
import { expectSignedIn, expectTrouble, pick, signInButton, snapshotOf, tryAgain } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

type Answer = (route: Route, demo: Demo) => Promise<void>

const json = (route: Route, body: object) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) })

const cases: readonly { readonly what: string; readonly code: 'discovery_failed' | 'network_error'; readonly answer: Answer }[] = [
	{
		what: 'HTML, as an address that is not the issuer gives',
		code: 'discovery_failed',
		answer: route => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Welcome</title>' }),
	},
	{ what: 'a 404', code: 'discovery_failed', answer: route => route.fulfill({ status: 404, body: 'Not found' }) },
	{
		what: 'the metadata of another issuer',
		code: 'discovery_failed',
		answer: async route => json(route, { ...(await (await route.fetch()).json()), issuer: 'https://other.example.com' }),
	},
	{ what: 'no endpoints', code: 'discovery_failed', answer: (route, demo) => json(route, { issuer: demo.provider }) },
	{
		what: 'without a CORS header for this site',
		code: 'network_error',
		answer: async route =>
			route.fulfill({ response: await route.fetch(), headers: { 'access-control-allow-origin': 'https://other.example.com' } }),
	},
	{ what: 'nothing: the connection is cut', code: 'network_error', answer: route => route.abort('connectionreset') },
]

for (const { what, code, answer } of cases) {
	test(`a provider that answers the discovery request with ${what}: ${code}, and a retry goes on once that is mended`, async ({
		page,
		demo,
	}) => {
		await page.route(discoveryOf(demo), route => answer(route, demo))
		await page.goto(demo.shop)
		await signInButton(page).click()
		await expectTrouble(page, code)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', code, retryable: true })
		await page.unroute(discoveryOf(demo))
		await tryAgain(page).click()
		await pick(page, 'Ada')
		await expectSignedIn(page)
	})
}
