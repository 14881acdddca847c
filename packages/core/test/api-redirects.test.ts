// An API that redirects: what another server says of the token is not believed. The browser follows the redirect; the page sees where it led.
import { describe, expect, it } from 'vitest'
import { createWorld, type WorldOptions } from '../src/testing/index.ts'

const STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="urn:weak"'
const API = 'https://app.example/api/orders'

/** Where a redirect of the API leads, or where the response says nothing (a service worker made it). */
const elsewhere = [
	'https://evil.example/api/orders',
	'https://app.example/other',
	'https://app.example/apix/orders',
	'https://app.example/',
	'http://app.example/api/orders',
]
const own = ['', 'https://app.example/api', 'https://app.example/api/orders/7', 'https://app.example/api/orders?page=2']

async function calls(url: string, headers: Record<string, string>, options: WorldOptions = {}) {
	const sent: Request[] = []
	const world = createWorld({
		...options,
		api: async (input, init) => {
			sent.push(new Request(input, init))
			return Object.defineProperty(new Response('', { status: 401, headers }), 'url', { value: url })
		},
	})
	const tab = await world.signedIn()
	world.provider.counts.refresh = 0
	await world.time.advance(20_000)
	const outcome = tab.fetch(API, { method: 'POST', body: 'order 7' }).then(
		({ status }) => status,
		error => error.code,
	)
	await world.time.advance(2000)
	return { world, tab, sent, outcome: await outcome }
}

describe('a 401 that a redirect of an API brought', () => {
	it.each(elsewhere)('from %s renews nothing, and the call is not sent again', async url => {
		const { world, sent, outcome } = await calls(url, {})
		expect([outcome, sent.length, world.provider.counts.refresh]).toEqual([401, 1, 0])
	})

	it.each(elsewhere)('from %s asks the user for nothing, whatever its challenge', async url => {
		const { tab, sent, outcome } = await calls(url, { 'WWW-Authenticate': STEP_UP })
		expect([outcome, sent.length, tab.eventsOf('stepUpRequired')]).toEqual([401, 1, []])
	})

	it.each(own)('from "%s", which is the API itself, is believed', async url => {
		const renewed = await calls(url, {})
		expect([renewed.outcome, renewed.sent.length, renewed.world.provider.counts.refresh]).toEqual([401, 2, 1])
		const { tab, outcome } = await calls(url, { 'WWW-Authenticate': STEP_UP })
		expect([outcome, tab.eventsOf('stepUpRequired')]).toEqual([
			'step_up_required',
			[{ challenge: { acrValues: ['urn:weak'], maxAge: undefined }, url: url || API }],
		])
	})
})

describe('a nonce for proofs of possession (RFC 9449 section 9)', () => {
	const BOUND: WorldOptions = { session: { dpop: true } }
	const nonces = (sent: Request[]) => sent.map(({ headers }) => JSON.parse(headers.get('DPoP') ?? '{}').nonce)

	it.each(elsewhere)('that %s sent, where a redirect led, is not used, and the call is not sent again', async url => {
		const { tab, world, sent } = await calls(url, { 'DPoP-Nonce': 'of-another' }, BOUND)
		void tab.fetch(API).catch(() => {})
		await world.time.advance(2000)
		expect(nonces(sent)).toEqual([undefined, undefined])
	})

	it('that the API itself sent is used at once', async () => {
		const { sent } = await calls(API, { 'DPoP-Nonce': 'own', 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }, BOUND)
		expect(nonces(sent)).toEqual([undefined, 'own'])
	})

	it('of a document of the provider is not that of another origin, where a redirect led', async () => {
		const world = createWorld({ session: { dpop: true, resource: 'urn:main' } })
		const { handle } = world.provider
		const headers = { 'DPoP-Nonce': 'of-another' }
		world.provider.handle = (url, form, proof) => {
			const answer = handle(url, form, proof)
			return url.pathname.includes('.well-known') ? { ...answer, headers, url: 'https://evil.example/document' } : answer
		}
		const proofs: (string | undefined)[] = []
		world.network.watch(({ proof }) => {
			if (proof) proofs.push(JSON.parse(proof).nonce)
			return () => {}
		})
		await world.signedIn()
		expect(proofs).toEqual([undefined])
	})
})

describe('a challenge that repeats the access token', () => {
	it('goes neither to the application nor to the provider', async () => {
		const world = createWorld({
			api: async (input, init) => {
				const token = new Request(input, init).headers.get('Authorization')?.split(' ')[1]
				const says = `Bearer error="insufficient_user_authentication", acr_values="urn:mfa ${token} x${token}"`
				return new Response('', { status: 401, headers: { 'WWW-Authenticate': says } })
			},
		})
		const tab = await world.signedIn()
		const outcome = tab.fetch(API).catch(error => error)
		await world.time.advance(1000)
		expect(await outcome).toMatchObject({ code: 'step_up_required', challenge: { acrValues: ['urn:mfa'] } })
		expect(tab.eventsOf('stepUpRequired')).toMatchObject([{ challenge: { acrValues: ['urn:mfa'] } }])
	})
})
