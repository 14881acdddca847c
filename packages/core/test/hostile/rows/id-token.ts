// Rows of ID tokens: at a sign-in and after a refresh.
import type { WorldOptions } from '../../../src/testing/index.ts'
import type { Said } from '../place.ts'
import { renewalSays, replaced, type SignIn, signsIn } from '../plays.ts'
import { CORE, ENDED, INVALID, type Part, row } from './row.ts'

const NOW_S = Date.UTC(2026, 0, 1) / 1000

/** A provider whose issuer differs from tenant to tenant. */
const TENANTS: WorldOptions = { session: { issuer: iss => iss.startsWith('https://id.example') } }

const TOMORROW = { iat: NOW_S + 86_400, exp: NOW_S + 90_000 }

const idTokens: readonly (readonly [input: string, section: string, said: Said, options?: SignIn])[] = [
	['of another issuer', '3.1.3.7, 2', { claims: { iss: 'https://evil.example' } }],
	['of an issuer that only begins the same', '3.1.3.7, 2', { claims: { iss: 'https://id.example.evil.example' } }],
	['without an issuer', '3.1.3.7, 2', { claims: { iss: undefined } }],
	['for another client', '3.1.3.7, 3', { claims: { aud: 'admin' } }],
	['without an audience', '3.1.3.7, 3', { claims: { aud: undefined } }],
	['for several clients, issued to none, one not trusted', '3.1.3.7, 3', { claims: { aud: ['app', 'admin'] } }],
	['for several clients, issued to another', '3.1.3.7, 5', { claims: { aud: ['app', 'admin'], azp: 'admin' } }],
	['issued to another client', '3.1.3.7, 5', { claims: { azp: 'admin' } }],
	['whose alg is none', '3.1.3.7, 7', { header: { alg: 'none' } }],
	['without an alg', '3.1.3.7, 7', { header: { alg: undefined } }],
	['that is over', '3.1.3.7, 9', { claims: { exp: NOW_S - 3600 } }],
	['without an end', '3.1.3.7, 9', { claims: { exp: undefined } }],
	['whose end is a text', '3.1.3.7, 9', { claims: { exp: String(NOW_S + 3600) } }],
	['issued tomorrow', '3.1.3.7, 10', { claims: { iat: NOW_S + 86_400 } }],
	['issued tomorrow for an hour, with the nonce of another sign-in', '3.1.3.7, 11', { claims: { ...TOMORROW, nonce: 'other' } }],
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
	['of the same user', 'renewed', {}],
	['of another user', ENDED, { claims: { sub: 'mallory' } }],
	['of another issuer', ENDED, { claims: { iss: 'https://evil.example' } }],
	['for another client', ENDED, { claims: { aud: 'admin' } }],
	['issued to another client', ENDED, { claims: { azp: 'admin' } }],
	['with the nonce of another sign-in', ENDED, { claims: { nonce: 'other' } }],
	['whose alg is none', ENDED, { header: { alg: 'none' } }],
	['that is no JWT', ENDED, { idToken: 'opaque' }],
	['that is not there', 'renewed', { response: { id_token: undefined } }],
]

export const atSignIn: Part = {
	title: 'ID token at sign-in',
	rows: [
		...idTokens.map(([input, section, said, options]) => row(input, CORE(section), INVALID, signsIn(said, options))),
		row(
			'for several clients, issued to none, the others trusted',
			CORE('3.1.3.7, 3'),
			'signed in',
			signsIn({ claims: { aud: ['app', 'admin'] } }),
			{ session: { trustedAudiences: ['admin'] } },
		),
		row('issued tomorrow for an hour: the clock of this device is behind', CORE('3.1.3.7, 10'), 'signed in', signsIn({ claims: TOMORROW })),
		row('with a hash of another access token', CORE('3.1.3.8'), INVALID, signsIn({ claims: { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' } })),
		row('without a hash of the access token', CORE('3.1.3.6'), 'signed in', signsIn({ claims: { at_hash: undefined } })),
		row('of another user than the one who signs in again', CORE('3.1.3.7'), 'user-changed', replaced),
	],
}

export const afterRefresh: Part = {
	title: 'ID token after a refresh',
	rows: [
		...refreshedIdTokens.map(([input, outcome, said]) => row(input, CORE('12.2'), outcome, renewalSays(said))),
		row('with a hash of another access token', CORE('3.1.3.8'), ENDED, renewalSays({ claims: { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' } })),
		row(
			'of another issuer, which the predicate takes',
			CORE('12.2'),
			ENDED,
			renewalSays({ claims: { iss: 'https://id.example/other-tenant' } }),
			TENANTS,
		),
	],
}
