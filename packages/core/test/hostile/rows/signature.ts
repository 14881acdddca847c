// Rows of signatures, which are checked with `verifySignature`.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { nameless, publicText, published } from '../keys.ts'
import type { Said } from '../place.ts'
import { renewsSigned, signedRenewalSays, signsIn, withKeysElsewhere } from '../plays.ts'
import { CORE, INVALID, KEPT, type Part, row } from './row.ts'

const SIGNED: WorldOptions = { session: { verifySignature: true } }

const CHECK = CORE('3.1.3.7, 6')
const MAC = 'RFC 8725 section 2.1'
const NAME = 'RFC 7515 section 4.1.4'
const KEYS = 'RFC 7517 section 5'
const ROTATION = CORE('10.1.1')
const SECRET = 'a-secret-that-client-and-provider-share'

/** The header says nothing of the key. */
const unnamed: Said = { header: { kid: undefined } }

const own = { keys: [published('a')] }

const signIns: readonly (readonly [input: string, standard: string, outcome: string, said: Said])[] = [
	['of the provider', CHECK, 'signed in', { signature: 'a' }],
	['of the provider, RS256', CHECK, 'signed in', { signature: 'r', keys: [published('r')] }],
	['of another key under the same name', CHECK, INVALID, { ...own, signature: 'b', header: { kid: 'a' } }],
	['of another key under the same name, RS256', CHECK, INVALID, { signature: 's', header: { kid: 'r' }, keys: [published('r')] }],
	['of a key that the provider does not have', NAME, INVALID, { ...own, signature: 'b' }],
	['that is none', CHECK, INVALID, {}],
	['that is a MAC with the public key', MAC, INVALID, { signature: { secret: publicText('a') }, header: { kid: 'a' } }],
	['that is a MAC with the client id', MAC, INVALID, { signature: { secret: 'app' } }],
	[
		'that is a MAC with a secret which the provider publishes',
		MAC,
		INVALID,
		{ signature: { secret: SECRET }, keys: [{ kty: 'oct', k: Buffer.from(SECRET).toString('base64url') }] },
	],
	['by the only key of its kind, unnamed', NAME, 'signed in', { ...unnamed, signature: 'r', keys: [nameless('a'), nameless('r')] }],
	['by one of several keys, unnamed', NAME, 'signed in', { ...unnamed, signature: 's', keys: [nameless('r'), nameless('s')] }],
	['by none of several keys, unnamed', NAME, INVALID, { ...unnamed, signature: 's', keys: [nameless('r'), nameless('r')] }],
	[
		'of the provider, beside keys of unknown kinds',
		KEYS,
		'signed in',
		{ signature: 'a', keys: [{ kty: 'AKP', alg: 'ML-DSA-0', kid: 'p', pub: 'AA' }, { kty: 'new', kid: 'q' }, published('a')] },
	],
	[
		'by one of several keys, unnamed, beside one that cannot be read',
		KEYS,
		'signed in',
		{ ...unnamed, signature: 'a', keys: [{ kty: 'EC', crv: 'P-256', x: '!', y: '!' }, nameless('a')] },
	],
	['of a key that has been rotated in just before, the old one gone', ROTATION, 'signed in', { signature: 'b', keys: [published('b')] }],
]

export const signature: Part = {
	title: 'Signature, with verifySignature',
	rows: [
		...signIns.map(([input, standard, outcome, said]) => row(input, standard, outcome, signsIn(said), SIGNED)),
		row('of the provider, whose document says where its keys are', CORE('10.1'), 'signed in', withKeysElsewhere, SIGNED),
		row(
			'of a key that has been rotated in since',
			ROTATION,
			'renewed',
			signedRenewalSays({ signature: 'b', keys: [published('a'), published('b')] }),
			SIGNED,
		),
		row(
			'of a key that has been rotated in since, the old one gone',
			ROTATION,
			'renewed',
			signedRenewalSays({ signature: 'b', keys: [published('b')] }),
			SIGNED,
		),
		row(
			'of another key under the same name, after a refresh',
			CHECK,
			'ended: invalid-tokens',
			signedRenewalSays({ signature: 'b', header: { kid: 'a' } }),
			SIGNED,
		),
		row(
			'while the keys are HTML',
			ROTATION,
			KEPT,
			renewsSigned(place => {
				place.says({ signature: 'b' })
				place.hidesKeys()
			}),
			SIGNED,
		),
	],
}
