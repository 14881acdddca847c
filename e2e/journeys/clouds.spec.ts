// Providers that do as the common clouds do, which is not always what the standards had in mind.
import type { DemoOptions, SessionOptions } from '@tabsession/demo'
import { isCallback, watchRequests } from '../support/network.ts'
import {
	callApi,
	endReason,
	expectSignedIn,
	expectTrouble,
	expectWelcome,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenLeft,
	tokenOf,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

type Likeness = NonNullable<DemoOptions['likeness']>

const like = (likeness: Likeness, options: DemoOptions = {}) => ({ demoOptions: { ...options, likeness } })

test.describe('a provider that gives no refresh token', () => {
	test.use(like({ refreshTokens: 'none' }, { accessTokenSeconds: 4 }))

	test('has its session end with the access token, and no token request is made in vain', async ({ page, demo }) => {
		await signIn(page, demo)
		// By itself: nobody asks for a token.
		await expect(endReason(page)).toBeVisible()
		expect(await tokenOf(page)).toBe('not_authenticated')
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'expired' })
		expect(demo.counts).toMatchObject({ code: 1, refresh: 0 })
	})
})

test.describe('a provider that keeps its refresh tokens', () => {
	test.use(like({ refreshTokens: 'kept' }, { accessTokenSeconds: 5 }))

	test('has them used again and again', async ({ page, demo }) => {
		await signIn(page, demo)
		const first = await tokenOf(page)
		for (const renewals of [1, 2, 3]) {
			await page.evaluate(() => window.session.renew())
			expect(demo.counts.refresh).toBeGreaterThanOrEqual(renewals)
		}
		expect(await tokenOf(page)).not.toBe(first)
		expect(demo.counts.reuse).toBe(0)
	})
})

test.describe('a provider whose access tokens are opaque', () => {
	test.use(like({ accessTokens: 'opaque' }))

	test('has them handed out as they are', async ({ page, demo }) => {
		await signIn(page, demo)
		expect(await tokenOf(page)).toMatch(/^[\w-]{20,}$/)
		await page.evaluate(() => window.session.renew())
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})
})

test.describe('a provider that tells no lifetime', () => {
	test.use(like({ tellsLifetime: false }, { accessTokenSeconds: 90 }))

	test('has that of a JWT taken for its word (RFC 9068)', async ({ page, demo }) => {
		await signIn(page, demo)
		const left = await tokenLeft(page)
		expect(left).toBeGreaterThan(60_000)
		expect(left).toBeLessThanOrEqual(90_000)
	})
})

test.describe('a provider that tells no lifetime, of opaque tokens', () => {
	test.use(like({ tellsLifetime: false, accessTokens: 'opaque' }, { sessionOptions: { accessTokenLifetime: '2m' } }))

	test('has `accessTokenLifetime` taken', async ({ page, demo }) => {
		await signIn(page, demo)
		const left = await tokenLeft(page)
		expect(left).toBeGreaterThan(100_000)
		expect(left).toBeLessThanOrEqual(120_000)
	})
})

test.describe('a provider without a sign-out page', () => {
	test.use(like({ hasSignOut: false }))

	test('has the session end on this device, and its refresh token revoked', async ({ page, demo }) => {
		await signIn(page, demo)
		await page.evaluate(() => window.session.signOut())
		await expectWelcome(page)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'signed-out' })
		await expect.poll(() => demo.counts.revoked).toBe(1)
	})
})

test.describe('a provider that takes no pushed requests', () => {
	test.use(like({ takesPushedRequests: false }))

	test('has all of the request in the address', async ({ page, demo }) => {
		const requests = watchRequests(page, url => url.origin === demo.provider && url.pathname === '/auth')
		await signIn(page, demo)
		const params = Object.fromEntries(new URL(requests[0]?.url() ?? '').searchParams)
		expect(params).toMatchObject({
			response_type: 'code',
			code_challenge_method: 'S256',
			state: expect.any(String),
			nonce: expect.any(String),
		})
	})
})

test.describe('a provider whose issuer ends in a slash', () => {
	test.use(like({ hasSlash: true }, { sessionOptions: { verifySignature: true } }))

	test('is the one of the authority without it; its tokens are of the issuer with it', async ({ page, demo }) => {
		const requests = watchRequests(page, isCallback)
		await signIn(page, demo)
		expect(new URL(requests[0]?.url() ?? '').searchParams.get('iss')).toBe(`${demo.provider}/`)
		expect(await callApi(page, demo)).toBe(200)
		await page.evaluate(() => window.session.renew())
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})
})

test.describe('a provider whose discovery document no other origin may read', () => {
	test.use(like({ showsMetadata: false }))

	test('works with `metadata`, and is not asked', async ({ page, demo }) => {
		const { provider: issuer } = demo
		const metadata: NonNullable<SessionOptions['metadata']> = {
			issuer,
			authorization_endpoint: `${issuer}/auth`,
			token_endpoint: `${issuer}/token`,
			end_session_endpoint: `${issuer}/session/end`,
			revocation_endpoint: `${issuer}/token/revocation`,
			jwks_uri: `${issuer}/jwks`,
		}
		demo.setSessionOptions({ metadata, verifySignature: true })
		const asked = watchRequests(page, url => url.pathname.startsWith('/.well-known/'))
		await signIn(page, demo)
		await page.evaluate(() => window.session.renew())
		expect(await callApi(page, demo)).toBe(200)
		expect(asked).toEqual([])
	})
})

test('a signature is checked where that is asked for, with a chunk that is loaded for it alone', async ({ page, demo }) => {
	const keys = watchRequests(page, url => url.pathname === '/jwks')
	await signIn(page, demo)
	expect(keys).toHaveLength(0)
	await page.evaluate(() => window.session.signOut({ at: 'device' }))
	demo.setSessionOptions({ verifySignature: true })
	await page.route(`${demo.provider}/jwks`, route => route.fulfill({ json: { keys: [] } }))
	await page.goto(demo.shop)
	await signInButton(page).click()
	await pick(page, 'Ada')
	await expectTrouble(page, 'id_token_invalid')
	expect(keys.length).toBeGreaterThan(0)
	await page.unroute(`${demo.provider}/jwks`)
	await page.goto(demo.shop)
	await signInButton(page).click()
	await pick(page, 'Ada')
	await expectSignedIn(page)
})
