import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { now, type StartedApi, startApi } from './api.test-support.ts'

const own = await generateKeyPair('ES256')
const other = await generateKeyPair('ES256')
const jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))

let api: StartedApi
let demanding: StartedApi

beforeAll(async () => {
	;[api, demanding] = await Promise.all([startApi(), startApi({ demandsNonces: true })])
})
afterAll(() => Promise.all([api.stop(), demanding.stop()]))

interface ProofOptions {
	readonly claims?: Record<string, unknown>
	readonly pair?: typeof own
	readonly typ?: string
}

const proofFor = async ({ origin }: StartedApi, token: string, { claims = {}, pair = own, typ = 'dpop+jwt' }: ProofOptions = {}) =>
	new SignJWT({
		htm: 'GET',
		htu: `${origin}/api/orders`,
		iat: now(),
		jti: randomUUID(),
		ath: createHash('sha256').update(token).digest('base64url'),
		...claims,
	})
		.setProtectedHeader({ alg: 'ES256', typ, jwk: await exportJWK(pair.publicKey) })
		.sign(pair.privateKey)

const call = (on: StartedApi, token: string, proof?: string, scheme = 'DPoP', path = '/api/orders') =>
	on.call(path, { authorization: `${scheme} ${token}`, ...(proof && { DPoP: proof }) })

const challengeOf = (answer: Response) => answer.headers.get('www-authenticate')

it('takes a token with a proof of its key', async () => {
	const token = await api.token({ claims: { cnf: { jkt } } })
	const answer = await call(api, token, await proofFor(api, token), 'DPoP', '/api/orders?page=1')
	expect(answer.status).toBe(200)
	expect(answer.headers.get('dpop-nonce')).toBeNull()
})

it.each<[string, ProofOptions]>([
	['of another method', { claims: { htm: 'POST' } }],
	['of another address', { claims: { htu: 'http://localhost:1/api/orders' } }],
	['of no address', { claims: { htu: 'orders' } }],
	['of another token', { claims: { ath: 'x' } }],
	['that is old', { claims: { iat: now() - 300 } }],
	['of the future', { claims: { iat: now() + 300 } }],
	['without an id', { claims: { jti: undefined } }],
	['that is no proof', { typ: 'JWT' }],
])('refuses a proof %s', async (_what, options) => {
	const token = await api.token({ claims: { cnf: { jkt } } })
	const answer = await call(api, token, await proofFor(api, token, options))
	expect(answer.status).toBe(401)
	expect(challengeOf(answer)).toMatch(/^DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="ES256"$/)
})

it('refuses a proof the second time', async () => {
	const token = await api.token({ claims: { cnf: { jkt } } })
	const proof = await proofFor(api, token)
	expect((await call(api, token, proof)).status).toBe(200)
	expect(challengeOf(await call(api, token, proof))).toContain('invalid_dpop_proof')
})

it('refuses a bound token without a proof, as a bearer token, and with another key', async () => {
	const token = await api.token({ claims: { cnf: { jkt } } })
	expect(challengeOf(await call(api, token))).toContain('DPoP error="invalid_dpop_proof"')
	expect(challengeOf(await call(api, token, undefined, 'Bearer'))).toBe('DPoP error="invalid_token", algs="ES256"')
	expect(challengeOf(await call(api, token, await proofFor(api, token), 'Bearer'))).toBe('DPoP error="invalid_token", algs="ES256"')
	const stolen = await call(api, token, await proofFor(api, token, { pair: other }))
	expect(challengeOf(stolen)).toBe('DPoP error="invalid_token", algs="ES256"')
})

it('refuses a token that is bound to no key, with whatever proof', async () => {
	const token = await api.token()
	expect(challengeOf(await call(api, token, await proofFor(api, token)))).toBe('DPoP error="invalid_token", algs="ES256"')
})

it('lets a browser send the proof, and read the nonce', async () => {
	const preflight = await api.call('/api/orders', { 'access-control-request-headers': 'authorization,dpop' }, { method: 'OPTIONS' })
	expect(preflight.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, DPoP')
	const answer = await call(api, 'x')
	expect(answer.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
})

describe('an API that demands nonces', () => {
	it('asks for one, takes it more than once, and gives a fresh one each time', async () => {
		const token = await demanding.token({ claims: { cnf: { jkt } } })
		const asked = await call(demanding, token, await proofFor(demanding, token))
		expect(asked.status).toBe(401)
		expect(challengeOf(asked)).toMatch(/^DPoP error="use_dpop_nonce", error_description="[^"]+", algs="ES256"$/)
		const nonce = asked.headers.get('dpop-nonce')
		for (const _time of [1, 2]) {
			const answer = await call(demanding, token, await proofFor(demanding, token, { claims: { nonce } }))
			expect(answer.status).toBe(200)
			expect(answer.headers.get('dpop-nonce')).toBeTruthy()
			expect(answer.headers.get('dpop-nonce')).not.toBe(nonce)
		}
	})

	it('takes none but its own', async () => {
		const token = await demanding.token({ claims: { cnf: { jkt } } })
		const answer = await call(demanding, token, await proofFor(demanding, token, { claims: { nonce: 'mine' } }))
		expect(challengeOf(answer)).toContain('use_dpop_nonce')
	})
})
