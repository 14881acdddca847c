import { afterEach, describe, expect, it, vi } from 'vitest'
import { SessionError } from '../errors.ts'
import { checkAccessTokenHash, checkIdToken, decode, type Expected, payloadOf } from './id-token.ts'

const ISSUER = 'https://id.example/realm'
const NOW_S = 1_800_000_000
const TOLERANCE_S = 300

const expected: Expected = {
	isIssuer: iss => iss === ISSUER,
	clientId: 'shop',
	nonce: 'n-0S6_WzA2Mj',
	sub: undefined,
	isRefresh: false,
	now: NOW_S * 1000,
	toleranceMs: TOLERANCE_S * 1000,
}
const afterRefresh: Expected = { ...expected, nonce: undefined, sub: 'alice', isRefresh: true }

const good = { iss: ISSUER, aud: 'shop', exp: NOW_S + 600, iat: NOW_S - 1, nonce: expected.nonce, sub: 'alice' }

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const jwt = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`

afterEach(() => {
	vi.unstubAllGlobals()
})

/** The detail of the error that `run` throws: the claim that was wrong. */
function refusal(run: () => unknown): string | undefined {
	try {
		run()
		return undefined
	} catch (error) {
		expect(error).toBeInstanceOf(SessionError)
		expect(error).toMatchObject({ code: 'id_token_invalid' })
		return (error as SessionError).detail
	}
}

describe('a clock is not taken from an ID token', () => {
	const tomorrow = NOW_S + 86_400
	const skewMs = -86_400_000

	it.each([
		{ because: 'it has another nonce', claims: { iat: tomorrow, exp: tomorrow + 600, nonce: 'other' }, claim: 'iat' },
		{ because: 'it has none', claims: { iat: tomorrow, exp: tomorrow + 600, nonce: undefined }, claim: 'iat' },
		{ because: 'it is over as it is issued', claims: { iat: tomorrow, exp: tomorrow }, claim: 'iat' },
	])('if $because', ({ claims, claim }) => {
		expect(refusal(() => checkIdToken(jwt({ ...good, ...claims }), { ...expected, skewMs }))).toBe(claim)
	})
})

describe('an audience that is trusted', () => {
	it('does not stand for one to whom the token was issued (3.1.3.7, 5)', () => {
		const trusting = { ...expected, trustedAudiences: ['api'] }
		expect(refusal(() => checkIdToken(jwt({ ...good, aud: ['api', 'shop'], azp: 'api' }), trusting))).toBe('azp')
		expect(refusal(() => checkIdToken(jwt({ ...good, aud: ['api'] }), trusting))).toBe('aud')
	})
})

describe('an ID token is accepted (OpenID Connect Core 3.1.3.7)', () => {
	it.each([
		{ with: 'all as it should be', claims: {} },
		{ with: 'this client as the only one of a list', claims: { aud: ['shop'] } },
		{ with: 'several audiences, issued to this client', claims: { aud: ['api', 'shop'], azp: 'shop' } },
		{ with: 'one audience, issued to this client', claims: { azp: 'shop' } },
		{ with: 'an end within the tolerance', claims: { exp: NOW_S - TOLERANCE_S + 1 } },
		{ with: 'an issue in the future within the tolerance', claims: { iat: NOW_S + TOLERANCE_S } },
		{ with: 'a sub of 255 characters', claims: { sub: 'a'.repeat(255) } },
		{ with: 'claims of its own', claims: { acr: 'phr', amr: ['hwk'], roles: { shop: ['admin'] } } },
	])('with $with', ({ claims }) => {
		expect(checkIdToken(jwt({ ...good, ...claims }), expected)).toEqual({ ...good, ...claims })
	})

	it('with letters of any script', () => {
		expect(checkIdToken(jwt({ ...good, name: 'Åsa 李' }), expected)['name']).toBe('Åsa 李')
	})

	it('by a browser, whose atob knows no base64url', () => {
		const lenient = globalThis.atob
		vi.stubGlobal('atob', (text: string) => lenient(/[-_]/.test(text) ? '!' : text))
		const token = jwt({ ...good, name: '>>>???~~~ÿÿÿ' })
		expect(token.split('.')[1]).toMatch(/-.*_|_.*-/)
		expect(checkIdToken(token, expected)['name']).toBe('>>>???~~~ÿÿÿ')
	})

	it.each([
		{ what: 'one of the acr that were asked for as essential', asked: { acr: ['phr', 'mfa'] }, claims: { acr: 'mfa' } },
		{ what: 'an authentication as recent as asked', asked: { maxAge: 60 }, claims: { auth_time: NOW_S - 60 - TOLERANCE_S } },
		{ what: 'a login that was asked for anew', asked: { maxAge: 0 }, claims: { auth_time: NOW_S - 1 } },
	])('with $what', ({ asked, claims }) => {
		expect(checkIdToken(jwt({ ...good, ...claims }), { ...expected, asked })).toEqual({ ...good, ...claims })
	})

	it.each([['api', 'shop'], ['shop', 'admin', 'api'], ['shop']])(
		'with %s beside this client, where the others are trusted (3.1.3.7, 3)',
		(...aud) => {
			const trusting = { ...expected, trustedAudiences: ['api', 'admin'] }
			expect(checkIdToken(jwt({ ...good, aud }), trusting)).toEqual({ ...good, aud })
		},
	)

	it.each([
		{ what: '10 minutes ahead', skewMs: 600_000 },
		{ what: '10 minutes behind', skewMs: -600_000 },
	])('by a clock that is $what, which the token with the nonce of the request shows', ({ skewMs }) => {
		const wrong = { ...expected, now: NOW_S * 1000 + skewMs, skewMs }
		expect(checkIdToken(jwt(good), wrong)).toEqual(good)
		const asked = { maxAge: 60 }
		expect(refusal(() => checkIdToken(jwt({ ...good, auth_time: NOW_S - 361 }), { ...wrong, asked }))).toBe('auth_time')
		expect(checkIdToken(jwt({ ...good, auth_time: NOW_S - 359 }), { ...wrong, asked })).toMatchObject({ sub: 'alice' })
	})

	it('after a refresh with the nonce of the sign-in (12.2)', () => {
		expect(checkIdToken(jwt(good), { ...afterRefresh, nonce: good.nonce })).toEqual(good)
	})

	it('after a refresh without a nonce, of the same user (12.2)', () => {
		const { nonce: _, ...claims } = good
		expect(checkIdToken(jwt(claims), afterRefresh)).toEqual(claims)
		expect(checkIdToken(jwt(claims), { ...afterRefresh, nonce: good.nonce })).toEqual(claims)
	})
})

describe('an ID token is refused (I9, P25)', () => {
	it.each([
		{ because: 'it has no issuer', claims: { iss: undefined }, claim: 'iss' },
		{ because: 'it is of another issuer', claims: { iss: 'https://evil.example' }, claim: 'iss' },
		{ because: 'its issuer has another slash at the end', claims: { iss: `${ISSUER}/` }, claim: 'iss' },
		{ because: 'its issuer is a list', claims: { iss: [ISSUER] }, claim: 'iss' },
		{ because: 'it has no audience', claims: { aud: undefined }, claim: 'aud' },
		{ because: 'it is for another client', claims: { aud: 'admin' }, claim: 'aud' },
		{ because: 'its audience only begins like this client', claims: { aud: 'shopping' }, claim: 'aud' },
		{ because: 'it is for other clients', claims: { aud: ['api', 'admin'], azp: 'shop' }, claim: 'aud' },
		{ because: 'its list of audiences is empty', claims: { aud: [] }, claim: 'aud' },
		{
			because: 'it names an audience that is not trusted',
			claims: { aud: ['api', 'shop'] },
			claim: 'aud: "api" is not in trustedAudiences',
		},
		{
			because: 'it names an audience that is no string',
			claims: { aud: ['shop', { api: 1 }] },
			claim: 'aud: {"api":1} is not in trustedAudiences',
		},
		{ because: 'it was issued to another of several', claims: { aud: ['api', 'shop'], azp: 'api' }, claim: 'azp' },
		{ because: 'it was issued to another client', claims: { azp: 'admin' }, claim: 'azp' },
		{ because: 'it was issued to nobody', claims: { azp: null }, claim: 'azp' },
		{ because: 'it has no end', claims: { exp: undefined }, claim: 'exp' },
		{ because: 'its end is a text', claims: { exp: String(NOW_S + 600) }, claim: 'exp' },
		{ because: 'it is over', claims: { exp: NOW_S - 3600 }, claim: 'exp' },
		{ because: 'it is over by just the tolerance', claims: { exp: NOW_S - TOLERANCE_S }, claim: 'exp' },
		{ because: 'it does not say when it was issued', claims: { iat: undefined }, claim: 'iat' },
		{ because: 'its time of issue is a text', claims: { iat: String(NOW_S) }, claim: 'iat' },
		{ because: 'it was issued in the future, beyond the tolerance', claims: { iat: NOW_S + TOLERANCE_S + 1 }, claim: 'iat' },
		{ because: 'it has no nonce', claims: { nonce: undefined }, claim: 'nonce' },
		{ because: 'its nonce is of another sign-in', claims: { nonce: 'other' }, claim: 'nonce' },
		{ because: 'it has no sub', claims: { sub: undefined }, claim: 'sub' },
		{ because: 'its sub is empty', claims: { sub: '' }, claim: 'sub' },
		{ because: 'its sub is a number', claims: { sub: 7 }, claim: 'sub' },
		{ because: 'its sub is longer than 255 characters', claims: { sub: 'a'.repeat(256) }, claim: 'sub' },
	])('if $because', ({ claims, claim }) => {
		expect(refusal(() => checkIdToken(jwt({ ...good, ...claims }), expected))).toBe(claim)
	})

	it.each([{ alg: 'none' }, { alg: 'NONE' }, { alg: '' }, {}, { alg: null }])('if its header is %o (RFC 7518 section 3.6)', header => {
		expect(refusal(() => checkIdToken(`${encode(header)}.${encode(good)}.c2ln`, expected))).toBe('alg')
	})

	it.each([
		{ because: 'it has no acr', asked: { acr: ['mfa'] }, claims: {}, claim: 'acr' },
		{ because: 'its acr is not one of those asked for', asked: { acr: ['mfa'] }, claims: { acr: 'pwd' }, claim: 'acr' },
		{ because: 'its acr is a list', asked: { acr: ['mfa'] }, claims: { acr: ['mfa'] }, claim: 'acr' },
		{ because: 'it does not say when the user authenticated', asked: { maxAge: 60 }, claims: {}, claim: 'auth_time' },
		{ because: 'it says so in words', asked: { maxAge: 60 }, claims: { auth_time: String(NOW_S) }, claim: 'auth_time' },
		{
			because: 'the authentication is too long ago',
			asked: { maxAge: 60 },
			claims: { auth_time: NOW_S - 61 - TOLERANCE_S },
			claim: 'auth_time',
		},
	])('if $because, which was asked for', ({ asked, claims, claim }) => {
		expect(refusal(() => checkIdToken(jwt({ ...good, ...claims }), { ...expected, asked }))).toBe(claim)
	})

	it('if a refresh brings another nonce (12.2)', () => {
		expect(refusal(() => checkIdToken(jwt({ ...good, nonce: 'other' }), { ...afterRefresh, nonce: good.nonce }))).toBe('nonce')
	})

	it('if a refresh brings that of another user (12.2)', () => {
		expect(refusal(() => checkIdToken(jwt({ ...good, sub: 'bob' }), afterRefresh))).toBe('sub')
	})

	it.each([
		{ jwt: undefined },
		{ jwt: null },
		{ jwt: 7 },
		{ jwt: {} },
		{ jwt: '' },
		{ jwt: 'opaque' },
		{ jwt: `${encode({})}.${encode(good)}` },
		{ jwt: `.${encode(good)}.sig` },
		{ jwt: `${encode({})}..sig` },
		{ jwt: `${jwt(good)}.more` },
		{ jwt: `${encode({})}.!.sig` },
		{ jwt: `${encode({})}.${Buffer.from('{"sub":').toString('base64url')}.sig` },
		{ jwt: jwt(null) },
		{ jwt: jwt('alice') },
		{ jwt: jwt([good]) },
	])('if it is no JWT but $jwt', ({ jwt: token }) => {
		expect(refusal(() => checkIdToken(token, expected))).toBe('not a JWT')
		expect(refusal(() => decode(token))).toBe('not a JWT')
	})

	it('without a word of the token in the error', () => {
		const token = jwt({ ...good, sub: 'bob' })
		try {
			checkIdToken(token, afterRefresh)
			expect.unreachable()
		} catch (error) {
			const { message, stack } = error as Error
			for (const part of [...token.split('.'), 'bob']) expect(message + stack + JSON.stringify(error)).not.toContain(part)
		}
	})
})

describe('the payload of an access token', () => {
	it('is read where it is a JWT', () => {
		expect(payloadOf(jwt({ exp: 7 }))).toEqual({ exp: 7 })
	})

	it.each(['opaque', 'a.b.c', '..'])('is none where it is %s', token => {
		expect(payloadOf(token)).toBeUndefined()
	})
})

describe('the hash of the access token (OpenID Connect Core 3.1.3.8)', () => {
	const of = (alg: string, atHash: unknown) => `${encode({ alg })}.${encode({ ...good, at_hash: atHash })}.c2ln`
	/** The example of the standard, A.4. */
	const ACCESS_TOKEN = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'
	const AT_HASH = '77QmUPtjPfzWtF2AnpK9RQ'
	const half = async (hash: string) => {
		const digest = Buffer.from(await crypto.subtle.digest(hash, Buffer.from(ACCESS_TOKEN)))
		return digest.subarray(0, digest.length / 2).toString('base64url')
	}

	it.each([
		{ alg: 'RS256', hash: 'SHA-256' },
		{ alg: 'ES256K', hash: 'SHA-256' },
		{ alg: 'PS384', hash: 'SHA-384' },
		{ alg: 'ES512', hash: 'SHA-512' },
		{ alg: 'EdDSA', hash: 'SHA-512' },
		{ alg: 'Ed25519', hash: 'SHA-512' },
	])('is that of $alg, $hash', async ({ alg, hash }) => {
		await expect(checkAccessTokenHash(of(alg, await half(hash)), ACCESS_TOKEN)).resolves.toBeUndefined()
		await expect(checkAccessTokenHash(of(alg, await half(hash)), 'another')).rejects.toMatchObject({ detail: 'at_hash' })
	})

	it('is that of the example in the standard', async () => {
		expect(await half('SHA-256')).toBe(AT_HASH)
	})

	it.each([{ given: null }, { given: 7 }, { given: '' }, { given: `${AT_HASH}=` }])('is not $given', async ({ given }) => {
		await expect(checkAccessTokenHash(of('RS256', given), ACCESS_TOKEN)).rejects.toMatchObject({ code: 'id_token_invalid' })
	})

	it('need not be there, nor be one that WebCrypto has no function for', async () => {
		await expect(checkAccessTokenHash(jwt(good), ACCESS_TOKEN)).resolves.toBeUndefined()
		await expect(checkAccessTokenHash(of('Ed448', 'hash'), ACCESS_TOKEN)).resolves.toBeUndefined()
	})
})
