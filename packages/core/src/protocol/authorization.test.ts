import { describe, expect, it } from 'vitest'
import { askedBy, paramsOf } from './authorization.ts'

describe('the parameters of an authorization request (OpenID Connect Core 3.1.2.1)', () => {
	it('are those that were asked for, and no others', () => {
		expect(paramsOf({})).toEqual({})
		const claims = { id_token: { acr: { essential: true, values: ['mfa'] } } }
		expect(
			paramsOf({
				prompt: 'login',
				loginHint: 'ada@example.com',
				acrValues: ['phr', 'mfa'],
				maxAge: 300,
				uiLocales: ['fr-CA', 'fr'],
				claims,
				extraParams: { kc_idp_hint: 'google' },
			}),
		).toEqual({
			prompt: 'login',
			login_hint: 'ada@example.com',
			acr_values: 'phr mfa',
			max_age: '300',
			ui_locales: 'fr-CA fr',
			claims: JSON.stringify(claims),
			kc_idp_hint: 'google',
		})
	})

	it('ask for a login with an age of 0', () => {
		expect(paramsOf({ maxAge: 0 })).toEqual({ max_age: '0' })
	})

	it('leave out what is empty', () => {
		expect(paramsOf({ acrValues: [], uiLocales: [], loginHint: '' })).toEqual({})
	})

	it.each([
		'client_id',
		'redirect_uri',
		'response_type',
		'response_mode',
		'scope',
		'state',
		'nonce',
		'code_challenge',
		'code_challenge_method',
		'request',
		'request_uri',
		'client_secret',
		'prompt',
		'max_age',
		'claims',
		'resource',
		'dpop_jkt',
	])('may not set %s by the way', name => {
		expect(() => paramsOf({ extraParams: { [name]: 'x' } })).toThrow(
			expect.objectContaining({ code: 'invalid_option', detail: expect.stringContaining(name) }),
		)
	})
})

describe('what the ID token has to show', () => {
	it.each([
		{ params: {}, asked: { maxAge: undefined, acr: undefined } },
		{ params: { maxAge: 60 }, asked: { maxAge: 60, acr: undefined } },
		{ params: { acrValues: ['mfa'] }, asked: { maxAge: undefined, acr: undefined } },
		{ params: { claims: { id_token: { acr: { values: ['mfa'] } } } }, asked: { maxAge: undefined, acr: undefined } },
		{ params: { claims: { id_token: { acr: null } } }, asked: { maxAge: undefined, acr: undefined } },
		{ params: { claims: { id_token: { acr: { essential: true } } } }, asked: { maxAge: undefined, acr: undefined } },
		{ params: { claims: { id_token: { acr: { essential: true, values: ['a', 'b'] } } } }, asked: { maxAge: undefined, acr: ['a', 'b'] } },
		{ params: { claims: { id_token: { acr: { essential: true, value: 'a' } } } }, asked: { maxAge: undefined, acr: ['a'] } },
	])('for $params is $asked', ({ params, asked }) => {
		expect(askedBy(params)).toEqual(asked)
	})
})
