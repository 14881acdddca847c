// What is remembered between proofs of possession: the servers' nonces (RFC 9449 sections 8 and 9). The proofs themselves are made in `dpop.ts`.
import { SessionError } from '../errors.ts'
import type { Proven, Prover } from './dpop.ts'
import { OAuthError } from './http.ts'

export type LoadProver = () => Promise<Prover>

/** The provider wants its nonce in the proof and has told it: nothing was done yet (RFC 9449 section 8). */
export const asksForNonce = (error: unknown): boolean => error instanceof OAuthError && error.code === 'use_dpop_nonce'

export type Proofs = ReturnType<typeof createProofs>

/** @param now the present, ms since the epoch: the device's clock may be wrong */
export function createProofs(load: LoadProver, now: () => number) {
	let loading: Promise<Prover> | undefined
	/** The newest, by the server's origin. */
	const nonces = new Map<string, string>()
	const nonceOf = (url: string) => nonces.get(new URL(url).origin)

	/** A load that failed is tried again at the next use. @throws SessionError `chunk_failed` */
	function prover(): Promise<Prover> {
		loading ??= load().catch(cause => {
			loading = undefined
			throw new SessionError('chunk_failed', { cause })
		})
		return loading
	}

	return {
		prover,
		nonceOf,
		/** @throws SessionError `chunk_failed` */
		async prove(key: CryptoKeyPair, proven: Omit<Proven, 'nonce' | 'now'>): Promise<string> {
			const { prove } = await prover()
			return prove(key, { ...proven, nonce: nonceOf(proven.url), now: now() })
		},
		/** Takes the nonce for the next request, of whatever answer (RFC 9449 section 8.2). */
		note(url: string, { headers }: Response) {
			const nonce = headers.get('DPoP-Nonce')
			if (nonce) nonces.set(new URL(url).origin, nonce)
		},
	}
}
