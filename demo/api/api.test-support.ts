// An API with keys of its own, and tokens for it.
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { openServer } from '../server.ts'
import { type ApiOptions, createApi } from './api.ts'

export const shop = 'http://localhost:4999'

export interface TokenOptions {
	readonly claims?: JWTPayload
	readonly typ?: string
	readonly signedBy?: CryptoKey
}

export const now = () => Math.floor(Date.now() / 1000)

export async function startApi(options: Partial<ApiOptions> = {}) {
	const key = await generateKeyPair('RS256')
	const keys = await openServer(0)
	const server = await openServer(0)
	const jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'RS256' }] }
	keys.handle((_request, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks)))
	const api = createApi({
		applications: [shop],
		issuer: keys.origin,
		origin: server.origin,
		keys: new URL('/jwks', keys.origin),
		customers: [{ sub: 'ada', name: 'Ada Lovelace' }],
		stepUpSeconds: 60,
		demandsNonces: false,
		...options,
	})
	server.handle(api.listener)

	return {
		origin: server.origin,
		issuer: keys.origin,
		counts: api.counts,
		token: ({ claims = {}, typ = 'at+jwt', signedBy = key.privateKey }: TokenOptions = {}) =>
			new SignJWT({ sub: 'ada', iss: keys.origin, aud: server.origin, exp: now() + 60, ...claims })
				.setProtectedHeader({ alg: 'RS256', kid: 'k1', typ })
				.sign(signedBy),
		call: (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
			fetch(server.origin + path, { ...init, headers: { origin: shop, ...headers } }),
		stop: () => Promise.all([keys.stop(), server.stop()]),
	}
}

export type StartedApi = Awaited<ReturnType<typeof startApi>>

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
