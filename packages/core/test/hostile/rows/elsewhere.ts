// Rows of what else a page meets: the discovery document, addresses, strangers' messages and the revocation.
import { json, type Place } from '../place.ts'
import { discovers, hears, landsOn, revokes } from '../plays.ts'
import { HTML, type Part, row } from './row.ts'

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

export const discovery: Part = {
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
}

export const returnTo: Part = {
	title: 'returnTo',
	rows: pages.map(page => row(`\`${page}\``, 'RFC 9700 section 4.11', 'lands on https://app.example/', landsOn(page))),
}

export const channel: Part = {
	title: 'Channel message of a stranger',
	rows: messages.map(([input, message]) => row(input, 'HTML Standard 9.5', 'signed in', hears(message))),
}

export const revocation: Part = {
	title: 'Revocation at the sign-out',
	rows: (
		[
			['error unsupported_token_type', json(400, { error: 'unsupported_token_type' })],
			['503', { status: 503, ...HTML }],
			['200 with HTML', { status: 200, ...HTML }],
		] as const
	).map(([input, answer]) => row(input, 'RFC 7009 section 2.2', 'ended, leaves for the provider', revokes(answer))),
}
