// Rows of tokens that are bound to a key, and of the nonces that servers want in proofs of it.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { calls, many } from '../calls.ts'
import { json, type Place } from '../place.ts'
import { renews, signsIn, signsInWhere } from '../plays.ts'
import { CORE, ENDED, KEPT, type Part, PROVIDER, row } from './row.ts'

const DPOP = (section: string) => `RFC 9449 section ${section}`
const BOUND: WorldOptions = { session: { dpop: true } }
/** Without a renewal in the time that a sign-in may take. */
const AT_SIGN_IN: WorldOptions = { ...BOUND, lifetimeMs: 600_000 }

/** As long as browsers take it. */
const LONG = 'n'.repeat(100_000)
/** A browser brings a value of several lines as one (RFC 9112 section 5.2). */
const LINES = 'of several lines'

const wantsNonce = (nonce: string) => json(400, { error: 'use_dpop_nonce' }, { 'DPoP-Nonce': nonce })
const refuses = (error: string) => json(400, { error }, { 'DPoP-Nonce': 'again' })

/** An outcome, and how many requests the token endpoint had for it. */
const counted = (play: (place: Place) => Promise<string>) => async (place: Place) => {
	const outcome = await play(place)
	return `${outcome}, ${many(place.requestsTo('/token'), 'token request')}`
}

const demands = (nonce: string) => (place: Place) => place.world.provider.demand(nonce)
const demandsForEver = (nonce: string) => (place: Place) => place.answers('/token', wantsNonce(nonce))

/** 401, and the nonce that is wanted. */
const challenge = (nonce: string, more: Record<string, string> = { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }) =>
	new Response('', { status: 401, headers: { 'DPoP-Nonce': nonce, ...more } })

const nonceOf = (request: Request): unknown => JSON.parse(request.headers.get('DPoP') ?? '{}').nonce
const wanting = (nonce: string) => (request: Request) => (nonceOf(request) === nonce ? new Response('') : challenge(nonce))

export const dpop: Part = {
	title: 'Tokens bound to a key (dpop)',
	rows: [
		row('a nonce wanted at sign-in', DPOP('8'), 'signed in, 2 token requests', counted(signsInWhere(demands('n'))), AT_SIGN_IN),
		row(
			'a nonce wanted at sign-in, for ever',
			DPOP('8'),
			`${PROVIDER}, 2 token requests`,
			counted(signsInWhere(demandsForEver('n'))),
			BOUND,
		),
		row('a nonce wanted at a refresh', DPOP('8'), 'renewed, 3 token requests', counted(renews(demands('n'))), BOUND),
		row('a nonce wanted at a refresh, for ever', DPOP('8'), KEPT, renews(demandsForEver('n')), BOUND),
		row(
			'a nonce of 100 kB wanted at sign-in',
			DPOP('8.1'),
			'signed in, 2 token requests',
			counted(signsInWhere(demands(LONG))),
			AT_SIGN_IN,
		),
		row('a nonce of 100 kB wanted at a refresh', DPOP('8.1'), 'renewed, 3 token requests', counted(renews(demands(LONG))), BOUND),
		row('a nonce of several lines wanted at a refresh', DPOP('8.1'), 'renewed, 3 token requests', counted(renews(demands(LINES))), BOUND),
		row(
			'a nonce that is not told',
			DPOP('8'),
			`${PROVIDER}, 2 token requests`,
			counted(signsInWhere(place => place.answers('/token', json(400, { error: 'use_dpop_nonce' })))),
			BOUND,
		),
		row(
			'error invalid_dpop_proof at sign-in',
			DPOP('5'),
			`${PROVIDER}, 1 token request`,
			counted(signsInWhere(place => place.answers('/token', refuses('invalid_dpop_proof')))),
			BOUND,
		),
		row(
			'error invalid_dpop_proof at a refresh',
			DPOP('5'),
			KEPT,
			renews(place => place.answers('/token', refuses('invalid_dpop_proof'))),
			BOUND,
		),
		row(
			'error invalid_grant with a nonce at a refresh',
			DPOP('8'),
			'ended: renewal-rejected, 2 token requests',
			counted(renews(place => place.answers('/token', refuses('invalid_grant')))),
			BOUND,
		),
		...['Bearer', 'bearer', undefined, null, '', ['DPoP', 'Bearer']].flatMap(type => {
			const named = type === undefined ? 'is not there' : `is \`${JSON.stringify(type)}\``
			return [
				row(`token_type ${named} at sign-in`, DPOP('5'), PROVIDER, signsIn({ response: { token_type: type } }), BOUND),
				row(
					`token_type ${named} at a refresh`,
					DPOP('5'),
					ENDED,
					renews(place => place.says({ response: { token_type: type } })),
					BOUND,
				),
			]
		}),
		row('token_type is dpop, in lower case', DPOP('5'), 'signed in', signsIn({ response: { token_type: 'dpop' } }), BOUND),
		row(
			'another user after a refresh',
			CORE('12.2'),
			ENDED,
			renews(place => place.says({ claims: { sub: 'mallory' } })),
			BOUND,
		),
		row('a nonce wanted by an API', DPOP('9'), 'answered 200, 2 requests, no renewal; signed in', calls(wanting('n')), BOUND),
		row(
			'a nonce wanted by an API, for ever',
			DPOP('9'),
			'answered 401, 2 requests, no renewal; signed in',
			calls((_, nth) => challenge(`n${nth}`)),
			BOUND,
		),
		row(
			'a nonce wanted by an API whose challenge may not be read, for ever',
			DPOP('9'),
			'answered 401, 4 requests, 1 renewal; signed in',
			calls((_, nth) => challenge(`n${nth}`, {})),
			BOUND,
		),
		row('a nonce of 100 kB wanted by an API', DPOP('8.1'), 'answered 200, 2 requests, no renewal; signed in', calls(wanting(LONG)), BOUND),
		row(
			'a nonce of several lines wanted by an API',
			DPOP('8.1'),
			'answered 200, 2 requests, no renewal; signed in',
			calls(wanting(LINES)),
			BOUND,
		),
	],
}
