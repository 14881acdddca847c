import { afterEach, describe, expect, it, vi } from 'vitest'
import { SessionError } from '../errors.ts'
import { checkIdToken, decode, type Expected, payloadOf } from './id-token.ts'

const NOW_S = 1_800_000_000
const TOLERANCE_S = 300

const expected: Expected = {
	issuer: 'https://id.example/realm',
	clientId: 'shop',
	nonce: 'n-0S6_WzA2Mj',
	sub: undefined,
	now: NOW_S * 1000,
	toleranceMs: TOLERANCE_S * 1000,
}
const afterRefresh: Expected = { ...expected, nonce: undefined, sub: 'alice' }

const good = { iss: expected.issuer, aud: 'shop', exp: NOW_S + 600, iat: NOW_S - 1, nonce: expected.nonce, sub: 'alice' }

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

	it('after a refresh without a nonce, of the same user (12.2)', () => {
		const { nonce: _, ...claims } = good
		expect(checkIdToken(jwt(claims), afterRefresh)).toEqual(claims)
	})
})

describe('an ID token is refused (I9, P25)', () => {
	it.each([
		{ because: 'it has no issuer', claims: { iss: undefined }, claim: 'iss' },
		{ because: 'it is of another issuer', claims: { iss: 'https://evil.example' }, claim: 'iss' },
		{ because: 'its issuer has another slash at the end', claims: { iss: `${expected.issuer}/` }, claim: 'iss' },
		{ because: 'its issuer is a list', claims: { iss: [expected.issuer] }, claim: 'iss' },
		{ because: 'it has no audience', claims: { aud: undefined }, claim: 'aud' },
		{ because: 'it is for another client', claims: { aud: 'admin' }, claim: 'aud' },
		{ because: 'its audience only begins like this client', claims: { aud: 'shopping' }, claim: 'aud' },
		{ because: 'it is for other clients', claims: { aud: ['api', 'admin'], azp: 'shop' }, claim: 'aud' },
		{ because: 'its list of audiences is empty', claims: { aud: [] }, claim: 'aud' },
		{ because: 'nobody says to whom of several it was issued', claims: { aud: ['api', 'shop'] }, claim: 'azp' },
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
