// Rows of what the token endpoint answers: HTTP, errors and the members of a token response.
import type { NetworkFault, WorldOptions } from '../../../src/testing/index.ts'
import { json } from '../place.ts'
import { exchanges, renewalMeets, renewalSays, signsIn } from '../plays.ts'
import { CORE, HTML, KEPT, OAUTH, type Part, PROVIDER, refusedBy, row } from './row.ts'

const ANEW = (code: string) => `refused: ${code}; retry(): redirecting`
const GRACE: WorldOptions = { rotation: 'grace', graceMs: 60_000 }

const TOKEN_ERRORS = 'invalid_request invalid_client unauthorized_client unsupported_grant_type invalid_scope'.split(' ')

/** An answer that says nothing of what the provider did. */
const unknowns: readonly (readonly [input: string, fault: NetworkFault, code: string])[] = [
	...[400, 401, 403, 429, 500, 502].flatMap(status => [
		[`${status} with JSON that is no error`, json(status, { message: 'no' }), 'provider_error'] as const,
		[`${status} with HTML`, { status, ...HTML }, 'provider_error'] as const,
		[`${status} with nothing`, { status, body: '' }, 'provider_error'] as const,
		[`${status} with half a JSON`, { status, body: '{"error":"invalid_g' }, 'provider_error'] as const,
	]),
	['429 with invalid_grant', json(429, { error: 'invalid_grant' }), 'provider_error'],
	['503 with invalid_grant', json(503, { error: 'invalid_grant' }), 'provider_error'],
	['200 with HTML, as a captive portal', { status: 200, ...HTML }, 'provider_error'],
	['200 with an empty object', json(200, {}), 'provider_error'],
	['200 with a list', json(200, []), 'provider_error'],
	['200 with an access token that is a number', json(200, { access_token: 7 }), 'provider_error'],
	['more than a megabyte', { status: 200, body: ' '.repeat(2_000_000) }, 'provider_error'],
	['no network', 'cut', 'network_error'],
	['a redirect to another host', { status: 307, body: '', headers: { Location: 'https://evil.example/token' } }, 'network_error'],
]

export const exchange: Part = {
	title: 'Token endpoint at sign-in',
	rows: [
		row('error invalid_grant', OAUTH('5.2'), ANEW('provider_error'), exchanges(json(400, { error: 'invalid_grant' }))),
		...TOKEN_ERRORS.map(error => row(`error ${error}`, OAUTH('5.2'), ANEW(refusedBy(error)), exchanges(json(400, { error })))),
		row('200 with an error', OAUTH('5.2'), ANEW('provider_error'), exchanges(json(200, { error: 'invalid_grant' }))),
		...unknowns.map(([input, fault, code]) => row(input, OAUTH('5.2'), ANEW(code), exchanges(fault))),
		row('headers that never come', OAUTH('4.1.2'), ANEW('timeout'), exchanges('hang')),
		row('a body that never ends', OAUTH('4.1.2'), ANEW('timeout'), exchanges('endless')),
		row('a body of 100 MB', OAUTH('4.1.2'), ANEW('provider_error'), exchanges('flood')),
		row('half a body', OAUTH('4.1.2'), ANEW('network_error'), exchanges('half')),
	],
}

export const refresh: Part = {
	title: 'Token endpoint at a refresh',
	rows: [
		row('error invalid_grant', OAUTH('5.2'), 'ended: renewal-rejected', renewalMeets(json(400, { error: 'invalid_grant' }))),
		row(
			'invalid_grant with a DPoP nonce',
			'RFC 9449 section 8',
			'ended: renewal-rejected',
			renewalMeets(json(400, { error: 'invalid_grant' }, { 'DPoP-Nonce': 'again' })),
		),
		...TOKEN_ERRORS.map(error => row(`error ${error}`, OAUTH('5.2'), KEPT, renewalMeets(json(400, { error })))),
		...['interaction_required', 'login_required', 'consent_required', 'account_selection_required'].map(error =>
			row(`error ${error}`, CORE('3.1.2.6'), 'ended: interaction-required', renewalMeets(json(400, { error }))),
		),
		...unknowns.map(([input, fault]) => row(input, OAUTH('5.2'), KEPT, renewalMeets(fault))),
		row(
			'a body that never ends, of a provider with a grace period',
			'RFC 9700 section 4.14.2',
			'signed in; renewed when it is over',
			renewalMeets('endless'),
			GRACE,
		),
		row('a body of 100 MB, of a provider with a grace period', 'RFC 9700 section 4.14.2', KEPT, renewalMeets('flood'), GRACE),
		row('half a body, of a provider with a grace period', 'RFC 9700 section 4.14.2', KEPT, renewalMeets('half'), GRACE),
		row('half a body, of a strict provider', 'RFC 9700 section 4.14.2', 'ended: renewal-rejected', renewalMeets('half')),
	],
}

export const tokenResponse: Part = {
	title: 'Token response',
	rows: [
		...[0, -600].map(told => row(`expires_in ${told}`, OAUTH('5.1'), PROVIDER, signsIn({ response: { expires_in: told } }))),
		row('expires_in 0 at a refresh', OAUTH('5.1'), 'kept, retrying; renewed when it is over', renewalSays({ response: { expires_in: 0 } })),
		...[undefined, '600', 'soon', 1e12].map(told =>
			row(
				`expires_in ${told === undefined ? 'is not there' : JSON.stringify(told)}`,
				OAUTH('5.1'),
				'signed in',
				signsIn({ response: { expires_in: told } }),
			),
		),
		row('token_type is not there', OAUTH('5.1'), 'signed in', signsIn({ response: { token_type: undefined } })),
		row('token_type is mac', OAUTH('7.1'), PROVIDER, signsIn({ response: { token_type: 'mac' } })),
		row('token_type is DPoP, unasked', 'RFC 9449 section 5', PROVIDER, signsIn({ response: { token_type: 'DPoP' } })),
		row('refresh_token is not there at a refresh', OAUTH('6'), 'renewed', renewalSays({ response: { refresh_token: undefined } })),
		row('refresh_token is null at a refresh', OAUTH('6'), 'renewed', renewalSays({ response: { refresh_token: null } })),
		row('scope is not there', OAUTH('5.1'), 'signed in', signsIn({ response: { scope: undefined } })),
		row('expires_in is not there at a refresh', OAUTH('5.1'), 'renewed', renewalSays({ response: { expires_in: undefined } })),
	],
}
