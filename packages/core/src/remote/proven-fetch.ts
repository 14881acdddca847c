// A request to an API with a token that is worth nothing without a proof of possession (RFC 9449 section 7).
import { confirm, type Held } from '../local/tokens.ts'
import type { Proofs } from '../protocol/proofs.ts'
import { isFromApi } from './api-response.ts'
import type { Context } from './context.ts'

/** The API wants its nonce in the proof (RFC 9449 section 9). One that other origins may not read the challenge of says so by a nonce alone. */
function isChallenge({ status, headers }: Response): boolean {
	const challenge = headers.get('WWW-Authenticate')
	return status === 401 && headers.has('DPoP-Nonce') && (challenge === null || challenge.includes('use_dpop_nonce'))
}

/**
 * @param isReplayable whether its body can be sent once more
 * @returns the API's answer, be it another challenge: it is sent once more at most
 * @throws SessionError as `getAccessToken`; what `fetch` throws
 */
export async function sendProven({ tab, protocol }: Context, request: Request, held: Held, isReplayable: boolean): Promise<Response> {
	const { url, method } = request
	const proofs = protocol.proofs as Proofs
	const { accessToken } = held
	const key = held.living.dpopKey as CryptoKeyPair

	async function send(attempt: Request): Promise<Response> {
		const proof = await proofs.prove(key, { url, method, accessToken })
		// The session may have ended, here or elsewhere, while the chunk was loaded and the proof was made (I2).
		await confirm(tab, held.id)
		attempt.headers.set('Authorization', `DPoP ${accessToken}`)
		attempt.headers.set('DPoP', proof)
		const response = await tab.platform.fetch(attempt)
		if (isFromApi(tab.config, response, url)) proofs.note(url, response)
		return response
	}

	const spare = isReplayable ? request.clone() : undefined
	const response = await send(request)
	if (spare && isChallenge(response) && isFromApi(tab.config, response, url)) return send(spare)
	void spare?.body?.cancel()
	return response
}
