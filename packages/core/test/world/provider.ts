// A provider with rotating refresh tokens and strict reuse detection, behind the protocol's interface.
import { SessionError } from '../../src/errors.ts'
import { OAuthError, UnknownOutcome } from '../../src/protocol/http.ts'
import type { Protocol } from '../../src/protocol/index.ts'
import type { Time } from './time.ts'

interface Grant {
	readonly sub: string
	refreshToken: string
	isRevoked: boolean
}

export interface ProviderOptions {
	/** ms a request takes */
	latencyMs?: number
	/** ms an access token lives */
	lifetimeMs?: number
}

export type FakeProvider = ReturnType<typeof createProvider>

export function createProvider(time: Time, { latencyMs = 50, lifetimeMs = 60_000 }: ProviderOptions = {}) {
	const grants: Grant[] = []
	const codes = new Map<string, { sub: string; nonce: string }>()
	const counts = { code: 0, refresh: 0, reuse: 0, revoked: [] as string[] }
	let serial = 0
	/** What the next token requests meet instead of an answer; `lost`: the provider acts, the answer does not arrive. */
	const faults: ('network' | 'lost' | 'busy' | 'hang')[] = []
	let isDown = false

	const pause = (ms: number) => new Promise<void>(resolve => time.after(ms, resolve))

	function issue(grant: Grant, nonce: string | undefined) {
		serial += 1
		grant.refreshToken = `refresh-${serial}`
		return {
			access_token: `access-${serial}`,
			refresh_token: grant.refreshToken,
			id_token: { sub: grant.sub, name: grant.sub, nonce },
			expires_in: lifetimeMs / 1000,
		}
	}

	async function request<T>(act: () => T): Promise<T> {
		await pause(latencyMs)
		const fault = isDown ? 'network' : faults.shift()
		if (fault === 'network') throw new UnknownOutcome('network_error', 'fake')
		if (fault === 'busy') throw new UnknownOutcome('provider_error', '503', { retryAfterMs: 7000 })
		const answer = act()
		if (fault === 'lost') throw new UnknownOutcome('network_error', 'fake, after the provider has acted')
		if (fault === 'hang') await pause(3_600_000)
		return answer
	}

	return {
		grants,
		counts,
		faults,
		setDown(down: boolean) {
			isDown = down
		},
		/** A user signs in at the provider; the response it sends back. */
		signIn(sub: string, request: URL): { state: string; code: string } {
			serial += 1
			const code = `code-${serial}`
			codes.set(code, { sub, nonce: request.searchParams.get('nonce') as string })
			return { state: request.searchParams.get('state') as string, code }
		},
		/** One page's view of the provider. */
		protocol(now: () => number, clock: { wall(): number }): Protocol {
			const answered = <T extends object>(response: T) => ({ response: response as never, receivedAt: now(), receivedWall: clock.wall() })
			return {
				async prepare() {
					if (isDown) throw new SessionError('network_error')
				},
				async authorizationRequest() {
					if (isDown) throw new SessionError('network_error')
					serial += 1
					const [state, nonce] = [`state-${serial}`, `nonce-${serial}`]
					return { url: `https://id.example/authorize?state=${state}&nonce=${nonce}`, state, nonce, codeVerifier: `verifier-${serial}` }
				},
				async exchangeCode({ code }) {
					return answered(
						await request(() => {
							counts.code += 1
							const known = codes.get(code)
							if (!known) throw new OAuthError('invalid_grant')
							codes.delete(code)
							const grant = { sub: known.sub, refreshToken: '', isRevoked: false }
							grants.push(grant)
							return issue(grant, known.nonce)
						}),
					)
				},
				async refresh(refreshToken) {
					return answered(
						await request(() => {
							counts.refresh += 1
							const grant = grants.find(candidate => candidate.refreshToken === refreshToken)
							if (grant && !grant.isRevoked) return issue(grant, undefined)
							counts.reuse += 1
							for (const candidate of grants) candidate.isRevoked = true
							throw new OAuthError('invalid_grant')
						}),
					)
				},
				async validate(answer, { nonce, sub }, former) {
					const response = answer.response as unknown as ReturnType<typeof issue>
					const claims = response.id_token
					if (nonce !== undefined && claims.nonce !== nonce) throw new SessionError('id_token_invalid', { detail: 'nonce' })
					if (sub !== undefined && claims.sub !== sub) throw new SessionError('id_token_invalid', { detail: 'sub' })
					return {
						tokens: {
							accessToken: response.access_token,
							refreshToken: response.refresh_token ?? former?.refreshToken,
							idToken: JSON.stringify(claims),
						},
						user: { sub: claims.sub, name: claims.name },
						receivedAt: answer.receivedAt,
						expiresAt: answer.receivedAt + response.expires_in * 1000,
						renewable: true,
					}
				},
				isOwnIssuer: async () => true,
				async endSessionUrl() {
					if (isDown) throw new SessionError('network_error')
					return 'https://id.example/end-session'
				},
				async revoke(refreshToken) {
					counts.revoked.push(refreshToken)
				},
			}
		},
	}
}
