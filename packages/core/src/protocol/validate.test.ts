import { describe, expect, it } from 'vitest'
import { type Answer, clockOffMs, type Former, validate } from './validate.ts'

/** Wall clock and session time at receipt: apart, since a wall clock that was set back moves one of them. */
const WALL = 1_800_000_000_000
const RECEIVED = WALL + 86_400_000
const FALLBACK_MS = 300_000
const LONGEST_MS = 30 * 86_400_000

const expected: Parameters<typeof validate>[1] = {
	isIssuer: iss => iss === 'https://id.example',
	clientId: 'shop',
	nonce: undefined,
	sub: undefined,
	toleranceMs: 300_000,
	isOfMany: false,
	isBound: false,
}

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const jwt = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`

const claims = { iss: 'https://id.example', aud: 'shop', exp: WALL / 1000 + 600, iat: WALL / 1000, sub: 'alice', name: 'Alice' }
const complete = { access_token: 'at', token_type: 'Bearer', expires_in: 600, refresh_token: 'rt', id_token: jwt(claims), scope: 'openid' }

const former: Former = { refreshToken: 'former-rt', idToken: 'former-id', user: { sub: 'alice', name: 'Alice before' } }

const answer = (response: Record<string, unknown>): Answer => ({ response, issuedAt: RECEIVED, receivedWall: WALL })
const signedIn = (change: Record<string, unknown> = {}) => validate(answer({ ...complete, ...change }), expected, undefined, FALLBACK_MS)
const refreshed = (change: Record<string, unknown> = {}) =>
	validate(answer({ ...complete, ...change }), { ...expected, sub: 'alice' }, former, FALLBACK_MS)

describe('an answer to a sign-in', () => {
	it('gives tokens, user and times in session time', () => {
		expect(signedIn()).toEqual({
			tokens: { accessToken: 'at', refreshToken: 'rt', idToken: complete.id_token },
			user: { sub: 'alice', name: 'Alice' },
			issuedAt: RECEIVED,
			expiresAt: RECEIVED + 600_000,
			refreshExpiresAt: undefined,
			sessionExpiresAt: undefined,
			renewable: true,
			sid: undefined,
		})
	})

	it.each([
		['s1', 's1'],
		['', undefined],
		[7, undefined],
	])('tells which session of the provider it is of: sid %j', (sid, expected) => {
		expect(signedIn({ id_token: jwt({ ...claims, sid }) })).toMatchObject({ sid: expected, user: { sub: 'alice', name: 'Alice' } })
	})

	it('without a refresh token is not renewable', () => {
		expect(signedIn({ refresh_token: undefined })).toMatchObject({ renewable: false, tokens: { refreshToken: undefined } })
	})

	it('must bring an ID token', () => {
		expect(() => signedIn({ id_token: undefined })).toThrow(expect.objectContaining({ code: 'id_token_invalid' }))
	})

	it('is checked by the wall clock of its receipt, not of its validation after a crash (I7)', () => {
		const response = { ...complete, id_token: jwt({ ...claims, exp: WALL / 1000 - 299 }) }
		expect(() => validate(answer(response), expected, undefined, FALLBACK_MS)).not.toThrow()
		const later = { ...answer(response), receivedWall: WALL + 1000 }
		expect(() => validate(later, expected, undefined, FALLBACK_MS)).toThrow(expect.objectContaining({ detail: 'exp' }))
	})
})

describe('an answer to a refresh', () => {
	it('takes the place of what was there', () => {
		expect(refreshed()).toMatchObject({
			tokens: { accessToken: 'at', refreshToken: 'rt', idToken: complete.id_token },
			user: { name: 'Alice' },
		})
	})

	it.each([{ given: undefined }, { given: null }, { given: '' }, { given: 7 }])(
		'with the refresh token $given keeps the former one, which is not rotated (P25)',
		({ given }) => {
			expect(refreshed({ refresh_token: given })).toMatchObject({ renewable: true, tokens: { refreshToken: 'former-rt' } })
		},
	)

	it('is of the very issuer of the sign-in, whichever else would be taken (12.2, I9)', () => {
		const tenants = { ...expected, isIssuer: () => true, sub: 'alice' }
		const of = (iss: string, nonce?: string) =>
			validate(
				{ ...answer({ ...complete, id_token: jwt({ ...claims, iss, nonce }) }), nonce },
				tenants,
				{ ...former, idToken: jwt(claims) },
				1,
			)
		const elsewhere = expect.objectContaining({ code: 'id_token_invalid', detail: 'iss' })
		expect(of(claims.iss).user).toEqual({ sub: 'alice', name: 'Alice' })
		expect(() => of('https://other.example')).toThrow(elsewhere)
		expect(of(claims.iss, 'of a silent sign-in').user).toEqual({ sub: 'alice', name: 'Alice' })
		expect(() => of('https://other.example', 'of a silent sign-in')).toThrow(elsewhere)
	})

	it('without an ID token keeps the former one and the user (12.2)', () => {
		expect(refreshed({ id_token: undefined })).toMatchObject({ user: former.user, tokens: { idToken: 'former-id' } })
	})

	it('without a scope is as good as one with it (RFC 6749 section 5.1)', () => {
		expect(refreshed({ scope: undefined })).toEqual(refreshed())
	})

	it('of which only the access token is there is accepted', () => {
		expect(validate(answer({ access_token: 'at' }), { ...expected, sub: 'alice' }, former, FALLBACK_MS)).toEqual({
			tokens: { accessToken: 'at', refreshToken: 'former-rt', idToken: 'former-id' },
			user: former.user,
			issuedAt: RECEIVED,
			expiresAt: RECEIVED + FALLBACK_MS,
			renewable: true,
		})
	})

	it('that brings the ID token of another user is refused (I9)', () => {
		expect(() => refreshed({ id_token: jwt({ ...claims, sub: 'bob' }) })).toThrow(
			expect.objectContaining({ code: 'id_token_invalid', detail: 'sub' }),
		)
	})
})

describe('the end of a refresh token', () => {
	const endOf = ({ refreshExpiresAt }: ReturnType<typeof validate>) => refreshExpiresAt
	const again = (change: Record<string, unknown>) =>
		endOf(validate(answer({ ...complete, ...change }), { ...expected, sub: 'alice' }, former, FALLBACK_MS))

	it.each(['refresh_expires_in', 'refresh_token_expires_in'])('is told as %s, in s', name => {
		expect(endOf(signedIn({ [name]: 1800 }))).toBe(RECEIVED + 1_800_000)
		expect(again({ [name]: '60' })).toBe(RECEIVED + 60_000)
	})

	it.each([0, -1, null, undefined, 'never', {}])('is not known where %j is told', told => {
		expect(endOf(signedIn({ refresh_expires_in: told }))).toBeUndefined()
		expect(again({ refresh_expires_in: told })).toBeUndefined()
	})
})

describe('the clock', () => {
	it('is as far ahead of the provider’s as the ID token says', () => {
		expect(clockOffMs(answer(complete))).toBe(0)
		expect(clockOffMs(answer({ id_token: jwt({ ...claims, iat: WALL / 1000 - 90 }) }))).toBe(90_000)
		expect(clockOffMs(answer({ id_token: jwt({ ...claims, iat: WALL / 1000 + 90 }) }))).toBe(-90_000)
	})

	it.each([undefined, null, 'garbage', 7, jwt({}), jwt({ iat: 'now' })])('is not known where the ID token is %j', idToken => {
		expect(clockOffMs(answer({ id_token: idToken }))).toBeUndefined()
	})
})

describe('the type of an access token', () => {
	const typed = (token_type: unknown, isBound: boolean) =>
		validate(answer({ ...complete, token_type }), { ...expected, isBound }, undefined, FALLBACK_MS)

	it.each([
		{ type: 'DPoP', isBound: true },
		{ type: 'dpop', isBound: true },
		{ type: 'Bearer', isBound: false },
		{ type: 'bearer', isBound: false },
		{ type: undefined, isBound: false },
		{ type: null, isBound: false },
	])('$type is what was asked for where it is to be bound: $isBound', ({ type, isBound }) => {
		expect(typed(type, isBound).tokens.accessToken).toBe('at')
	})

	it.each([
		{ type: 'Bearer', isBound: true },
		{ type: undefined, isBound: true },
		{ type: null, isBound: true },
		{ type: 'DPoP', isBound: false },
		{ type: 'mac', isBound: false },
	])('$type is refused where it is to be bound: $isBound (RFC 9449 section 5)', ({ type, isBound }) => {
		expect(() => typed(type, isBound)).toThrow(expect.objectContaining({ code: 'provider_error', detail: 'token_type' }))
	})
})

describe('the lifetime of an access token', () => {
	it.each([
		{ told: 600, ms: 600_000 },
		{ told: '600', ms: 600_000 },
		{ told: 0.5, ms: 500 },
		{ told: 1e12, ms: LONGEST_MS },
		{ told: Number.POSITIVE_INFINITY, ms: LONGEST_MS },
		{ told: 'soon', ms: FALLBACK_MS },
		{ told: null, ms: FALLBACK_MS },
		{ told: undefined, ms: FALLBACK_MS },
		{ told: '', ms: FALLBACK_MS },
		{ told: {}, ms: FALLBACK_MS },
		{ told: [], ms: FALLBACK_MS },
	])('told as $told s is $ms ms from its receipt', ({ told, ms }) => {
		expect(signedIn({ expires_in: told }).expiresAt - RECEIVED).toBe(ms)
	})

	it.each([
		{ what: 'in an hour', exp: WALL / 1000 + 3600, ms: 3_600_000 },
		{ what: 'in a thousand years', exp: WALL / 1000 + 31_557_600_000, ms: LONGEST_MS },
		{ what: 'in words', exp: 'soon', ms: FALLBACK_MS },
		{ what: 'nowhere', exp: undefined, ms: FALLBACK_MS },
	])('that is not told is taken from an access token whose exp is $what (RFC 9068)', ({ exp, ms }) => {
		expect(signedIn({ expires_in: undefined, access_token: jwt({ exp }) }).expiresAt - RECEIVED).toBe(ms)
	})

	it.each([
		{ what: 'expires_in 0', change: { expires_in: 0 } },
		{ what: 'expires_in "0"', change: { expires_in: '0' } },
		{ what: 'expires_in -600', change: { expires_in: -600 } },
		{ what: 'an exp that has passed', change: { expires_in: undefined, access_token: jwt({ exp: WALL / 1000 - 3600 }) } },
	])('that is over as it arrives, by $what, is an error of the sign-in, and 0 ms in a renewal', ({ change }) => {
		expect(() => signedIn(change)).toThrow(expect.objectContaining({ code: 'provider_error' }))
		expect(refreshed(change).expiresAt).toBe(RECEIVED)
	})

	it.each([10 * 60_000, -10 * 60_000])('that is taken from exp does not depend on a clock that is off by %d ms', ms => {
		const response = {
			...complete,
			expires_in: undefined,
			access_token: jwt({ exp: WALL / 1000 + 600 }),
			id_token: jwt({ ...claims, nonce: 'n1' }),
		}
		const [issuedAt, sentWall, receivedWall] = [WALL + ms, WALL + ms, WALL + ms]
		const off = { response, issuedAt, sentWall, receivedWall }
		expect(validate(off, { ...expected, nonce: 'n1' }, undefined, FALLBACK_MS).expiresAt - issuedAt).toBe(600_000)
	})

	it('that is taken from exp without an ID token is not over for a clock within the tolerance', () => {
		const exp = (s: number) => ({ id_token: undefined, expires_in: undefined, access_token: jwt({ exp: RECEIVED / 1000 + s }) })
		expect(refreshed(exp(600)).expiresAt - RECEIVED).toBe(600_000)
		expect(refreshed(exp(-200)).expiresAt - RECEIVED).toBe(FALLBACK_MS)
		expect(refreshed(exp(-301)).expiresAt).toBe(RECEIVED)
	})

	it('that is told goes before what the access token says', () => {
		expect(signedIn({ access_token: jwt({ exp: WALL / 1000 + 9999 }) }).expiresAt - RECEIVED).toBe(600_000)
	})
})

describe('a token response', () => {
	it.each([{ given: 'bearer' }, { given: 'Bearer' }, { given: 'BEARER' }, { given: undefined }])(
		'of the type $given is accepted',
		({ given }) => {
			expect(signedIn({ token_type: given }).tokens.accessToken).toBe('at')
		},
	)

	it.each([{ given: 'DPoP' }, { given: 'mac' }, { given: 'N_A' }, { given: '' }, { given: 7 }])(
		'of the type $given is refused (RFC 6749 section 7.1)',
		({ given }) => {
			expect(() => signedIn({ token_type: given })).toThrow(expect.objectContaining({ code: 'provider_error', detail: 'token_type' }))
		},
	)

	it.each([{ given: undefined }, { given: null }, { given: '' }, { given: 7 }, { given: {} }])(
		'with the access token $given is refused',
		({ given }) => {
			expect(() => refreshed({ access_token: given })).toThrow(expect.objectContaining({ code: 'provider_error', detail: 'access_token' }))
		},
	)

	it('that is refused names no token in its error', () => {
		const secrets = [complete.access_token, complete.refresh_token, complete.id_token]
		const refused = { ...complete, access_token: 'acc355', refresh_token: 'r3fr35h', token_type: 'mac' }
		expect(() => signedIn(refused)).toThrow(
			expect.toSatisfy((error: Error) =>
				['acc355', 'r3fr35h', ...secrets.slice(2)].every(secret => !(error.message + JSON.stringify(error)).includes(secret)),
			),
		)
	})
})

describe('the user', () => {
	it('has the claims about them, how they signed in, and what the provider adds', () => {
		const about = { sub: 'alice', name: 'Alice', email: 'alice@example.com', acr: 'phr', amr: ['hwk'], roles: ['admin'] }
		expect(signedIn({ id_token: jwt({ ...claims, ...about }) }).user).toEqual(about)
	})

	it.each(['iss', 'aud', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'at_hash', 'c_hash', 'azp', 'sid', 'auth_time'])(
		'does not have the claim %s, which is about the token',
		claim => {
			const given: Record<string, unknown> = {
				nbf: 1,
				jti: 'j',
				nonce: 'n',
				at_hash: 'h',
				c_hash: 'h',
				azp: 'shop',
				sid: 's',
				auth_time: 1,
			}
			expect(signedIn({ id_token: jwt({ ...claims, ...given }) }).user).not.toHaveProperty(claim)
		},
	)
})

describe("the provider's own limits", () => {
	const limitsOf = ({
		refreshExpiresAt,
		sessionExpiresAt,
	}: {
		refreshExpiresAt: number | undefined
		sessionExpiresAt: number | undefined
	}) => [refreshExpiresAt && refreshExpiresAt - RECEIVED, sessionExpiresAt && sessionExpiresAt - RECEIVED]

	it.each([
		['refresh_token_expires_in', { refresh_token_expires_in: 1800 }, [1_800_000, undefined]],
		['refresh_expires_in of Keycloak', { refresh_expires_in: 1800 }, [1_800_000, undefined]],
		['a number as text', { refresh_token_expires_in: '1800' }, [1_800_000, undefined]],
		['Keycloak’s 0, of what never expires', { refresh_expires_in: 0 }, [undefined, undefined]],
		['authorization_expires_in', { authorization_expires_in: 3600 }, [undefined, 3_600_000]],
		[
			'session_expiry, by the provider’s own clock',
			{ id_token: jwt({ ...claims, session_expiry: claims.iat + 7200 }) },
			[undefined, 7_200_000],
		],
		[
			'the nearer of two',
			{ authorization_expires_in: 3600, id_token: jwt({ ...claims, session_expiry: claims.iat + 7200 }) },
			[undefined, 3_600_000],
		],
		['no number', { refresh_token_expires_in: 'never', authorization_expires_in: {} }, [undefined, undefined]],
		['a time in words', { id_token: jwt({ ...claims, session_expiry: 'tonight' }) }, [undefined, undefined]],
	])('are read: %s', (_what, change, limits) => {
		expect(limitsOf(signedIn(change))).toEqual(limits)
	})

	it('are not told to the application as a claim of the user', () => {
		expect(signedIn({ id_token: jwt({ ...claims, session_expiry: claims.iat + 7200 }) }).user).toEqual({ sub: 'alice', name: 'Alice' })
	})
})
