import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LocalServer } from '../server.ts'
import {
	api,
	type Browser,
	shop as client,
	createBrowser,
	signIn as signInWith,
	startProvider,
	type Tokens,
} from './browser.test-support.ts'
import { SESSION_SECONDS } from './configuration.ts'
import type { DemoProvider } from './provider.ts'

const shop = client.origin

let server: LocalServer
let provider: DemoProvider
let browser: Browser

beforeAll(async () => {
	;({ server, provider } = await startProvider())
})
afterAll(() => server.stop())
beforeEach(() => {
	browser = createBrowser(server.origin, client)
	Object.assign(provider.counts, { refresh: 0, reuse: 0, code: 0, revoked: 0, grantsRevoked: 0 })
})

const signIn = (sub?: string, extra?: Record<string, string>) => signInWith(browser, sub, extra)

const refreshed = async (token: string): Promise<Tokens> => (await browser.refresh(token)).json()

it('says what it is to whoever opens its address', async () => {
	const page = await fetch(server.origin)
	expect(page.status).toBe(200)
	expect(await page.text()).toContain(`href="${client.origin}/"`)
})

describe('sign-in', () => {
	it('shows who can sign in, and the application', async () => {
		const { html, url, status } = await browser.authorize()
		expect(status).toBe(200)
		expect(url).toMatch(/\/sign-in\//)
		for (const name of ['Paperlane', 'Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Katherine Johnson', 'Cancel'])
			expect(html).toContain(name)
	})

	it('gives an ID token with claims, a JWT access token for the API, and a refresh token', async () => {
		const tokens = await signIn()
		expect(decodeJwt(tokens.id_token)).toMatchObject({
			sub: 'ada',
			name: 'Ada Lovelace',
			email: 'ada@example.com',
			aud: 'shop',
			nonce: 'nonce-1',
		})
		expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'RS256' })
		expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'ada', aud: api, iss: server.origin })
		expect(tokens.expires_in).toBe(42)
		expect(tokens.refresh_token).toBeTruthy()
		expect(provider.counts.code).toBe(1)
	})

	it('returns access_denied on Cancel', async () => {
		const page = await browser.authorize()
		const landed = await browser.open(page.url, { cancel: 'yes' })
		expect(new URL(landed.url).searchParams.get('error')).toBe('access_denied')
		expect(new URL(landed.url).searchParams.get('state')).toBe('state-1')
	})

	it('is not asked for twice, but for prompt=login', async () => {
		await signIn()
		expect((await browser.authorize()).url).toMatch(`${shop}/signed-in?code=`)
		const page = await browser.authorize({ prompt: 'login' })
		expect(page.html).toContain('You are signed in as Ada')
		expect((await browser.open(page.url, { sub: 'ada' })).url).toMatch(`${shop}/signed-in?code=`)
	})

	it('lets another user take over at prompt=login', async () => {
		await signIn('ada')
		const tokens = await signIn('grace', { prompt: 'login' })
		expect(decodeJwt(tokens.id_token).sub).toBe('grace')
	})

	it('requires PKCE', async () => {
		const landed = await browser.authorize({ code_challenge: '', code_challenge_method: '' })
		expect(new URL(landed.url).searchParams.get('error')).toBe('invalid_request')
	})

	it('shows an error page with a way back to the shop', async () => {
		const page = await browser.authorize({ redirect_uri: 'https://evil.example.com/' })
		expect(page.status).toBe(400)
		expect(page.html).toContain(`href="${shop}/"`)
		expect((await browser.open(`${server.origin}/sign-in/unknown`)).status).toBe(400)
	})

	it('answers browsers of the shop alone', async () => {
		const asked = (origin: string) =>
			fetch(`${server.origin}/token`, { method: 'POST', headers: { origin }, body: new URLSearchParams({ client_id: 'shop' }) })
		expect((await asked(shop)).headers.get('access-control-allow-origin')).toBe(shop)
		expect((await asked('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull()
	})
})

describe('refresh tokens', () => {
	it('rotate, with a fresh ID token', async () => {
		const first = await signIn()
		const second = await refreshed(first.refresh_token)
		const third = await refreshed(second.refresh_token)
		expect(new Set([first, second, third].map(tokens => tokens.refresh_token)).size).toBe(3)
		expect(decodeJwt(third.id_token).sub).toBe('ada')
		expect(provider.counts).toMatchObject({ refresh: 2, reuse: 0, grantsRevoked: 0 })
	})

	it('tell how long they last, and count from each rotation', async () => {
		const first = await signIn()
		const second = await refreshed(first.refresh_token)
		for (const { refresh_token_expires_in } of [first, second]) expect(refresh_token_expires_in).toBeCloseTo(SESSION_SECONDS, -1)
		expect(await refreshed(first.refresh_token)).not.toHaveProperty('refresh_token_expires_in')
	})

	it('end the grant when one is used twice', async () => {
		const first = await signIn()
		const second = await refreshed(first.refresh_token)
		expect((await browser.refresh(first.refresh_token)).status).toBe(400)
		expect((await browser.refresh(second.refresh_token)).status).toBe(400)
		expect(provider.counts).toMatchObject({ refresh: 3, reuse: 1, grantsRevoked: 1 })
	})

	it('never succeed twice, even at the same moment', async () => {
		const { refresh_token } = await signIn()
		const answers = await Promise.all([browser.refresh(refresh_token), browser.refresh(refresh_token)])
		expect(answers.map(answer => answer.status).sort()).toEqual([200, 400])
		expect(provider.counts.reuse).toBe(1)
	})

	it('are all ended at once by an operator, and whoever is signed in stays so', async () => {
		const { refresh_token } = await signIn('ada')
		await provider.revokeGrants()
		expect(await refreshed(refresh_token)).toMatchObject({ error: 'invalid_grant' })
		expect((await signIn()).refresh_token).toBeTruthy()
		expect(provider.counts.reuse).toBe(0)
		// Those of the sign-ins before, too.
		expect(provider.counts.grantsRevoked).toBeGreaterThan(0)
	})

	it('are revoked by RFC 7009, without touching another sign-in', async () => {
		const one = await signIn()
		const other = await signIn()
		expect((await browser.revoke(one.refresh_token)).status).toBe(200)
		expect(provider.counts).toMatchObject({ revoked: 1, grantsRevoked: 1 })
		expect((await browser.refresh(one.refresh_token)).status).toBe(400)
		expect((await browser.refresh(other.refresh_token)).status).toBe(200)
	})
})

describe('sign-out', () => {
	const signOut = (query: Record<string, string>) =>
		browser.open(
			`${server.origin}/session/end?${new URLSearchParams({ post_logout_redirect_uri: `${shop}/`, client_id: 'shop', ...query })}`,
		)

	it('with an ID token asks nothing, ends every grant of the session, and returns to the shop', async () => {
		const one = await signIn()
		const other = await signIn()
		const landed = await signOut({ id_token_hint: other.id_token, state: 'bye' })
		expect(landed.url).toBe(`${shop}/?state=bye`)
		for (const tokens of [one, other]) expect((await browser.refresh(tokens.refresh_token)).status).toBe(400)
		expect(provider.counts.grantsRevoked).toBe(2)
		expect((await browser.authorize()).url).toMatch(/\/sign-in\//)
	})

	it('without one asks first', async () => {
		await signIn()
		const page = await signOut({})
		expect(page.html).toContain('Stay signed in')
	})

	it('returns to the shop where nobody is signed in any more', async () => {
		const { id_token } = await signIn()
		await signOut({ id_token_hint: id_token })
		expect((await signOut({ id_token_hint: id_token })).url).toBe(`${shop}/`)
	})
})

describe('the log of renewals', () => {
	const latest = () => provider.renewals.log.slice(-2)

	it('tells which token was sent and which came of it, without the tokens', async () => {
		const first = await signIn()
		const second = await refreshed(first.refresh_token)
		await browser.refresh(first.refresh_token)
		const [taken, refused] = latest()
		expect(taken).toMatchObject({ error: undefined, isCut: false })
		expect(refused).toMatchObject({ sent: taken?.sent, error: 'invalid_grant', issued: undefined })
		expect(taken?.issued).not.toBe(taken?.sent)
		const told = JSON.stringify(provider.renewals.log)
		for (const { refresh_token } of [first, second]) expect(told).not.toContain(refresh_token)
	})

	it('keeps back an answer on demand, and tells when nobody was left to hear it', async () => {
		const { refresh_token } = await signIn()
		const held = provider.renewals.holdNext()
		const answer = browser.refresh(refresh_token).catch(() => undefined)
		const renewal = await held.taken
		expect(renewal).toMatchObject({ settledAt: undefined, isCut: false })
		await server.stop()
		await server.start()
		held.release()
		expect(await answer).toBeUndefined()
		expect(renewal.isCut).toBe(true)
	})
})

describe('a grace period for rotation', () => {
	it('takes a used refresh token again', async () => {
		await server.stop()
		;({ server, provider } = await startProvider({ rotationGraceSeconds: 10 }))
		browser = createBrowser(server.origin, client)
		const { refresh_token } = await signIn()
		const answers = await Promise.all([browser.refresh(refresh_token), browser.refresh(refresh_token)])
		expect(answers.map(answer => answer.status)).toEqual([200, 200])
		expect(provider.counts.reuse).toBe(0)
	})
})

describe('a restart', () => {
	it('keeps port, keys and data', async () => {
		const { refresh_token } = await signIn()
		await server.stop()
		await expect(browser.refresh(refresh_token)).rejects.toThrow()
		await server.start()
		expect((await browser.refresh(refresh_token)).status).toBe(200)
	})
})
