// Rows of tokens for several APIs.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { asksFor } from '../calls.ts'
import { json, type Place, type Said } from '../place.ts'
import { CORE, HTML, OAUTH, type Part, row } from './row.ts'

const ORDERS = { resource: 'urn:orders' }
const SEVERAL: WorldOptions = { session: { resource: 'urn:main', apis: ['/api', { url: '/api/orders', ...ORDERS }] } }
const RESOURCE = 'RFC 8707 section 2'

/** The API's alone: the main token and the session are as they were. */
const REFUSED = 'provider_error; signed in; when it is over a token, renewed'
const TROUBLE = 'renewal_failed; kept, retrying; when it is over a token, renewed'
const TAKEN = 'a token; signed in; when it is over a token, renewed'
const over = (reason: string) => `not_authenticated; ended: ${reason}`

const asks = (prepare: (place: Place) => void) => asksFor(ORDERS, prepare)
const isTold = (said: Said) => asks(place => place.says(said))
const error = (code: string) => json(400, { error: code })

const ofAnother: readonly (readonly [input: string, section: string, claims: object])[] = [
	['another user', '12.2', { sub: 'mallory' }],
	['another issuer', '12.2', { iss: 'https://evil.example' }],
	['another client', '12.2', { aud: 'other' }],
]

export const severalApis: Part = {
	title: 'Several APIs',
	rows: [
		row(
			'error invalid_target',
			RESOURCE,
			REFUSED,
			asks(place => place.meets(error('invalid_target'))),
			SEVERAL,
		),
		row(
			'error invalid_scope',
			OAUTH('5.2'),
			REFUSED,
			asks(place => place.meets(error('invalid_scope'))),
			SEVERAL,
		),
		row(
			'error invalid_target, for ever',
			RESOURCE,
			'provider_error; signed in; when it is over provider_error, renewed',
			asks(() => {}),
			{
				...SEVERAL,
				resources: ['urn:main'],
			},
		),
		row(
			'error invalid_grant',
			OAUTH('5.2'),
			over('renewal-rejected'),
			asks(place => place.meets(error('invalid_grant'))),
			SEVERAL,
		),
		row(
			'error temporarily_unavailable',
			OAUTH('5.2'),
			TROUBLE,
			asks(place => place.meets(error('temporarily_unavailable'))),
			SEVERAL,
		),
		row(
			'503',
			OAUTH('5.2'),
			TROUBLE,
			asks(place => place.meets({ status: 503, ...HTML })),
			SEVERAL,
		),
		row(
			'200 with HTML, as a captive portal',
			OAUTH('5.2'),
			TROUBLE,
			asks(place => place.meets({ status: 200, ...HTML })),
			SEVERAL,
		),
		...ofAnother.map(([input, section, claims]) =>
			row(`an ID token of ${input}`, CORE(section), over('invalid-tokens'), isTold({ claims: { ...claims } }), SEVERAL),
		),
		row('an ID token that is none', CORE('12.2'), over('invalid-tokens'), isTold({ idToken: 'none' }), SEVERAL),
		row('no ID token', CORE('12.2'), TAKEN, isTold({ response: { id_token: undefined } }), SEVERAL),
		row('no refresh token, of a provider that keeps the old one', OAUTH('6'), TAKEN, isTold({}), { ...SEVERAL, rotation: 'kept' }),
		row('a refresh token that is null', OAUTH('6'), TAKEN, isTold({ response: { refresh_token: null } }), { ...SEVERAL, rotation: 'kept' }),
		row('token_type is mac', OAUTH('7.1'), over('invalid-tokens'), isTold({ response: { token_type: 'mac' } }), SEVERAL),
		row(
			'a resource that the sign-in did not ask for',
			RESOURCE,
			'sign_in_required; signed in; when it is over sign_in_required, renewed',
			asksFor({ resource: 'urn:other' }, () => {}),
			SEVERAL,
		),
	],
}
