// The nonces that the API gives out for DPoP proofs (RFC 9449 section 9): a new one with each answer, good for a while.
import { randomBytes } from 'node:crypto'

const GOOD_FOR_MS = 60_000

export interface Nonces {
	issue(): string
	accepts(nonce: unknown): boolean
}

export function createNonces(now: () => number = Date.now): Nonces {
	const issued = new Map<unknown, number>()
	return {
		issue() {
			for (const [nonce, at] of issued) if (now() - at > GOOD_FOR_MS) issued.delete(nonce)
			const nonce = randomBytes(16).toString('base64url')
			issued.set(nonce, now())
			return nonce
		},
		accepts: nonce => now() - (issued.get(nonce) ?? Number.NEGATIVE_INFINITY) <= GOOD_FOR_MS,
	}
}
