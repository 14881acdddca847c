// Rows of signatures, which are checked with `verifySignature`.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { rotates, signsIn } from '../plays.ts'
import { CORE, INVALID, KEPT, type Part, row } from './row.ts'

const SIGNED: WorldOptions = { session: { verifySignature: true } }

export const signature: Part = {
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
}
