// The hostile list: what a provider, a network, a stranger or a thief may put before a relying party, and what has to come of it.
import type { Answer, NetworkFault, WorldOptions } from '../../src/testing/index.ts'
import { json, type Place, type Said } from './place.ts'
import {
	discovers,
	exchanges,
	failed,
	hears,
	injected,
	landsOn,
	renewalMeets,
	renewalSays,
	replaced,
	replayed,
	returns,
	revokes,
	rotates,
	type SignIn,
	signsIn,
	withoutIss,
} from './plays.ts'
import { framed, popup, popupAfterEnd, renewedInFrame } from './windows.ts'

export interface Row {
	readonly input: string
	/** The section of the standard that asks for the outcome. */
	readonly standard: string
	readonly outcome: string
	play(place: Place): Promise<string>
	readonly options: WorldOptions
}

export interface Part {
	readonly title: string
	readonly rows: readonly Row[]
}

const CORE = (section: string) => `OpenID Connect Core ${section}`
const OAUTH = (section: string) => `RFC 6749 section ${section}`
const NOW_S = Date.UTC(2026, 0, 1) / 1000
const HTML: Omit<Answer, 'status'> = { body: '<!doctype html><title>Later</title>', headers: { 'Content-Type': 'text/html' } }
const INVALID = 'refused: id_token_invalid'
const PROVIDER = 'refused: provider_error'
const MISMATCH = 'refused: state_mismatch'
const ENDED = 'ended: invalid-tokens'
const KEPT = 'kept, retrying; renewed when it is over'
const AGAIN = (code: string) => `refused: ${code}; retry(): signed in`
const SPENT = 'refused: timeout; retry(): refused: provider_error'
const GRACE: WorldOptions = { rotation: 'grace', graceMs: 60_000 }
const ANEW = (code: string) => `refused: ${code}; retry(): redirecting`

const idTokens: readonly (readonly [input: string, section: string, said: Said, options?: SignIn])[] = [
	['of another issuer', '3.1.3.7, 2', { claims: { iss: 'https://evil.example' } }],
	['of an issuer that only begins the same', '3.1.3.7, 2', { claims: { iss: 'https://id.example.evil.example' } }],
	['without an issuer', '3.1.3.7, 2', { claims: { iss: undefined } }],
	['for another client', '3.1.3.7, 3', { claims: { aud: 'admin' } }],
	['without an audience', '3.1.3.7, 3', { claims: { aud: undefined } }],
	['for several clients, issued to none', '3.1.3.7, 4', { claims: { aud: ['app', 'admin'] } }],
	['for several clients, issued to another', '3.1.3.7, 5', { claims: { aud: ['app', 'admin'], azp: 'admin' } }],
	['issued to another client', '3.1.3.7, 5', { claims: { azp: 'admin' } }],
	['whose alg is none', '3.1.3.7, 7', { header: { alg: 'none' } }],
	['without an alg', '3.1.3.7, 7', { header: { alg: undefined } }],
	['that is over', '3.1.3.7, 9', { claims: { exp: NOW_S - 3600 } }],
	['without an end', '3.1.3.7, 9', { claims: { exp: undefined } }],
	['whose end is a text', '3.1.3.7, 9', { claims: { exp: String(NOW_S + 3600) } }],
	['issued tomorrow', '3.1.3.7, 10', { claims: { iat: NOW_S + 86_400 } }],
	['that does not say when it was issued', '3.1.3.7, 10', { claims: { iat: undefined } }],
	['with the nonce of another sign-in', '3.1.3.7, 11', { claims: { nonce: 'other' } }],
	['without a nonce', '3.1.3.7, 11', { claims: { nonce: undefined } }],
	[
		'without the acr that is essential',
		'3.1.3.7, 12',
		{ claims: { acr: 'pwd' } },
		{ claims: { id_token: { acr: { essential: true, value: 'mfa' } } } },
	],
	['of an authentication longer ago than max_age', '3.1.3.7, 13', { claims: { auth_time: NOW_S - 3600 } }, { maxAge: '5m' }],
	['that does not say when the user authenticated, under max_age', '3.1.3.7, 13', { claims: { auth_time: undefined } }, { maxAge: '5m' }],
	['without a sub', '2', { claims: { sub: undefined } }],
	['whose sub is empty', '2', { claims: { sub: '' } }],
	['whose sub is a number', '2', { claims: { sub: 7 } }],
	['whose sub has 256 characters', '2', { claims: { sub: 'a'.repeat(256) } }],
	['that is no JWT', '2', { idToken: 'opaque' }],
	['that has five parts, as an encrypted one', '2', { idToken: 'a.b.c.d.e' }],
	['that is an object', '2', { idToken: { sub: 'alice' } }],
	['that is not there', '3.1.3.3', { response: { id_token: undefined } }],
]

const refreshedIdTokens: readonly (readonly [input: string, outcome: string, said: Said])[] = [
	['of another user', ENDED, { claims: { sub: 'mallory' } }],
	['of another issuer', ENDED, { claims: { iss: 'https://evil.example' } }],
	['for another client', ENDED, { claims: { aud: 'admin' } }],
	['issued to another client', ENDED, { claims: { azp: 'admin' } }],
	['with the nonce of another sign-in', ENDED, { claims: { nonce: 'other' } }],
	['whose alg is none', ENDED, { header: { alg: 'none' } }],
	['that is no JWT', ENDED, { idToken: 'opaque' }],
	['that is not there', 'renewed', { response: { id_token: undefined } }],
]

const responses: readonly (readonly [input: string, section: string, outcome: string, change: (url: URL) => void])[] = [
	['a state that nobody sent', '10.12', MISMATCH, url => url.searchParams.set('state', 'stranger')],
	['no state', '4.1.2', 'ended: no-session', url => url.searchParams.delete('state')],
	['an empty state', '4.1.2', 'ended: no-session', url => url.searchParams.set('state', '')],
	['neither code nor error', '4.1.2', 'ended: no-session', url => url.searchParams.delete('code')],
	['a code that the provider does not know', '4.1.2', PROVIDER, url => url.searchParams.set('code', 'stolen')],
	['an error beside the code', '4.1.2.1', 'refused: access_denied', url => url.searchParams.set('error', 'access_denied')],
]

const AUTHORIZATION_ERRORS = (
	'invalid_request unauthorized_client unsupported_response_type invalid_scope server_error temporarily_unavailable ' +
	'interaction_required login_required account_selection_required consent_required invalid_request_uri request_not_supported'
).split(' ')
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

const pages = [
	'https://evil.example/x',
	'//evil.example/x',
	'/\\evil.example/x',
	'\\\\evil.example',
	'javascript:alert(1)',
	'data:text/html,x',
]

const messages: readonly (readonly [input: string, message: (place: Place) => unknown])[] = [
	['garbage', () => 'garbage'],
	['null', () => null],
	['a revision that never was', () => ({ revision: 1e9 })],
	['a revision that is an object', () => ({ revision: { valueOf: null } })],
	['an end', () => ({ revision: 1e9, end: { reason: 'signed-out' }, ended: true })],
	['a key for the session', ({ world }) => ({ keyOf: world.record()?.id, bytes: new Uint8Array(32) })],
]

/** `*_required` and the like: the provider's answer to `prompt=none` (OpenID Connect Core 3.1.2.6). */
const SILENT_ERRORS = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required']
const FRAMED: WorldOptions = { session: { sso: 'iframe' } }
const NO_TOKENS: WorldOptions = { ...FRAMED, rotation: 'none' }
const NOBODY = 'ended: no-session'

const SIGNED: WorldOptions = { session: { verifySignature: true } }

const row = (input: string, standard: string, outcome: string, play: Row['play'], options: WorldOptions = {}): Row => ({
	input,
	standard,
	outcome,
	play,
	options,
})

export const parts: readonly Part[] = [
	{
		title: 'ID token at sign-in',
		rows: [
			...idTokens.map(([input, section, said, options]) => row(input, CORE(section), INVALID, signsIn(said, options))),
			row('with a hash of another access token', CORE('3.1.3.8'), INVALID, signsIn({ claims: { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' } })),
			row('of another user than the one who signs in again', CORE('3.1.3.7'), 'user-changed', replaced),
		],
	},
	{
		title: 'ID token after a refresh',
		rows: refreshedIdTokens.map(([input, outcome, said]) => row(input, CORE('12.2'), outcome, renewalSays(said))),
	},
	{
		title: 'Signature, with verifySignature',
		rows: [
			row('of the provider', CORE('3.1.3.7, 6'), 'signed in', signsIn({ signature: { kid: 'a' } }), SIGNED),
			row('of another key under the same name', CORE('3.1.3.7, 6'), INVALID, signsIn({ signature: { kid: 'a', isForged: true } }), SIGNED),
			row('of a key that the provider does not have', 'RFC 7515 section 4.1.4', INVALID, signsIn({ signature: { kid: 'b' } }), SIGNED),
			row('that is none', CORE('3.1.3.7, 6'), INVALID, signsIn({}), SIGNED),
			row('that is a MAC', 'RFC 8725 section 2.1', INVALID, signsIn({ header: { alg: 'HS256' } }), SIGNED),
			row('of a key that has been rotated in since', CORE('10.1.1'), 'renewed', rotates(true), SIGNED),
			row('while the keys are HTML', CORE('10.1.1'), KEPT, rotates(false), SIGNED),
		],
	},
	{
		title: 'Response at the redirect URI',
		rows: [
			...responses.map(([input, section, outcome, change]) => row(input, OAUTH(section), outcome, returns(change))),
			row(
				'of another provider: iss',
				'RFC 9207 section 2.4',
				MISMATCH,
				returns(url => url.searchParams.set('iss', 'https://evil.example')),
			),
			row('without the iss that the provider always sends', 'RFC 9207 section 2.4', MISMATCH, withoutIss),
			row('that was taken before', OAUTH('10.5'), 'signed in, one exchange', replayed),
			row('taken from another browser (login CSRF)', OAUTH('10.12'), MISMATCH, injected),
			...AUTHORIZATION_ERRORS.map(error =>
				row(
					`error ${error}`,
					error.endsWith('_required') ? CORE('3.1.2.6') : OAUTH('4.1.2.1'),
					PROVIDER,
					returns(url => failed(url, error)),
				),
			),
			row(
				'error access_denied',
				OAUTH('4.1.2.1'),
				'refused: access_denied',
				returns(url => failed(url, 'access_denied')),
			),
		],
	},
	{
		title: 'Token endpoint at sign-in',
		rows: [
			row('error invalid_grant', OAUTH('5.2'), ANEW('provider_error'), exchanges(json(400, { error: 'invalid_grant' }))),
			...TOKEN_ERRORS.map(error => row(`error ${error}`, OAUTH('5.2'), ANEW('provider_error'), exchanges(json(400, { error })))),
			row('200 with an error', OAUTH('5.2'), ANEW('provider_error'), exchanges(json(200, { error: 'invalid_grant' }))),
			...unknowns.map(([input, fault, code]) => row(input, OAUTH('5.2'), AGAIN(code), exchanges(fault))),
			// The provider has taken the code: there is no second answer to it.
			row('headers that never come', OAUTH('4.1.2'), SPENT, exchanges('hang')),
			row('a body that never ends', OAUTH('4.1.2'), SPENT, exchanges('endless')),
			row('a body of 100 MB', OAUTH('4.1.2'), 'refused: provider_error; retry(): refused: provider_error', exchanges('flood')),
			row('half a body', OAUTH('4.1.2'), 'refused: network_error; retry(): refused: provider_error', exchanges('half')),
		],
	},
	{
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
	},
	{
		title: 'Token response',
		rows: [
			...[undefined, 0, -600, '600', 'soon', 1e12].map(told =>
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
	},
	{
		title: 'Discovery document',
		rows: (
			[
				['HTML', { status: 200, ...HTML }],
				['404', { status: 404, ...HTML }],
				['500', json(500, {})],
				['half a JSON', { status: 200, body: '{"issuer":"https://id.ex' }],
				['a list', json(200, [])],
				[
					'of another issuer',
					json(200, {
						issuer: 'https://evil.example',
						authorization_endpoint: 'https://evil.example/a',
						token_endpoint: 'https://evil.example/t',
					}),
				],
				['without an issuer', json(200, { authorization_endpoint: 'https://id.example/a', token_endpoint: 'https://id.example/t' })],
				['without endpoints', json(200, { issuer: 'https://id.example' })],
				['more than a megabyte', { status: 200, body: ' '.repeat(2_000_000) }],
			] as const
		).map(([input, document]) =>
			row(
				input,
				'OpenID Connect Discovery 1.0 section 4.3',
				'refused: discovery_failed; retry(): leaves for the provider',
				discovers(document),
			),
		),
	},
	{
		title: 'returnTo',
		rows: pages.map(page => row(`\`${page}\``, 'RFC 9700 section 4.11', 'lands on https://app.example/', landsOn(page))),
	},
	{
		title: 'Channel message of a stranger',
		rows: messages.map(([input, message]) => row(input, 'HTML Standard 9.5', 'signed in', hears(message))),
	},
	{
		title: 'Popup',
		rows: [
			row(
				'that the user closes',
				OAUTH('4.1'),
				'popup_closed; ended: no-session',
				popup(({ window }) => window.leave()),
			),
			row(
				'that seems closed, by Cross-Origin-Opener-Policy',
				'HTML Standard 7.1.3',
				'signed in; signed in',
				popup(({ window, answer }) => {
					window.sever()
					answer({})
				}),
			),
			row(
				'that navigates away and never comes back',
				OAUTH('4.1'),
				'timeout; refused: timeout',
				popup(() => {}),
			),
			row(
				'a response to a state that nobody sent',
				OAUTH('10.12'),
				'timeout; refused: timeout',
				popup(({ answer }) => answer({ state: 'stranger' })),
			),
			row(
				'a response of another provider: iss',
				'RFC 9207 section 2.4',
				'state_mismatch; refused: state_mismatch',
				popup(({ answer }) => answer({ iss: 'https://evil.example' })),
			),
			row(
				'a code that the provider does not know',
				OAUTH('4.1.2'),
				'provider_error; refused: provider_error',
				popup(({ answer }) => answer({ code: 'stolen' })),
			),
			row(
				'error access_denied',
				OAUTH('4.1.2.1'),
				'access_denied; refused: access_denied',
				popup(({ answer }) => answer({ code: '', error: 'access_denied' })),
			),
			...['garbage', null, { callback: 5 }, { callback: '?code=c&state=' }, { taken: 'stranger' }].map(message =>
				row(
					`channel message \`${JSON.stringify(message)}\``,
					'HTML Standard 9.5',
					'signed in; signed in',
					popup(({ say, answer }) => {
						say(message)
						answer({})
					}),
				),
			),
			row(
				'a response, after the session that it was for has ended',
				'OpenID Connect RP-Initiated Logout 1.0 section 2',
				'not_authenticated; ended: signed-out',
				popupAfterEnd,
			),
		],
	},
	{
		title: 'Hidden frame (prompt=none)',
		rows: [
			...SILENT_ERRORS.map(error => row(`error ${error}`, CORE('3.1.2.6'), NOBODY, framed({ error }), FRAMED)),
			...['server_error', 'invalid_request', 'access_denied'].map(error =>
				row(`error ${error}`, OAUTH('4.1.2.1'), NOBODY, framed({ error }), FRAMED),
			),
			row('that never answers', CORE('3.1.2.6'), NOBODY, framed(undefined), FRAMED),
			row('a response to a state that nobody sent', OAUTH('10.12'), NOBODY, framed({ state: 'stranger' }), FRAMED),
			row('a response of another provider: iss', 'RFC 9207 section 2.4', NOBODY, framed({ iss: 'https://evil.example' }), FRAMED),
			row('a code that the provider does not know', OAUTH('4.1.2'), NOBODY, framed({ code: 'stolen' }), FRAMED),
			...SILENT_ERRORS.map(error =>
				row(`error ${error} in place of a renewal`, CORE('3.1.2.6'), 'ended: renewal-rejected', renewedInFrame({ error }), NO_TOKENS),
			),
			row('error server_error in place of a renewal', OAUTH('4.1.2.1'), KEPT, renewedInFrame({ error: 'server_error' }), NO_TOKENS),
			row('that does not answer in place of a renewal', CORE('3.1.2.6'), 'ended: expired', renewedInFrame(undefined), NO_TOKENS),
			row('another user in place of a renewal', CORE('12.2'), ENDED, renewedInFrame({}, { claims: { sub: 'mallory' } }), NO_TOKENS),
			row(
				'the nonce of another sign-in in place of a renewal',
				CORE('3.1.3.7, 11'),
				ENDED,
				renewedInFrame({}, { claims: { nonce: 'other' } }),
				NO_TOKENS,
			),
			row(
				'no ID token in place of a renewal',
				CORE('3.1.3.3'),
				ENDED,
				renewedInFrame({}, { response: { id_token: undefined } }),
				NO_TOKENS,
			),
		],
	},
	{
		title: 'Revocation at the sign-out',
		rows: (
			[
				['error unsupported_token_type', json(400, { error: 'unsupported_token_type' })],
				['503', { status: 503, ...HTML }],
				['200 with HTML', { status: 200, ...HTML }],
			] as const
		).map(([input, answer]) => row(input, 'RFC 7009 section 2.2', 'ended, leaves for the provider', revokes(answer))),
	},
]
