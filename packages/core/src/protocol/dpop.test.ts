import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { prover } from './dpop.ts'
import { OAuthError } from './http.ts'
import { asksForNonce, createProofs } from './proofs.ts'

const API = 'https://api.example/orders'

/** A proof as a server reads it (RFC 9449 section 4.3). */
async function read(proof: string) {
	const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { algorithms: ['ES256'], typ: 'dpop+jwt' })
	return { ...payload, nonce: payload['nonce'], jwk: protectedHeader.jwk as Record<string, string> }
}

const hashOf = async (text: string) =>
	Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url')

describe('a proof of possession', () => {
	it('is signed by the key, and about one request: its method, and its address without query and fragment', async () => {
		const key = await prover.newKey()
		const { jwk, iat, jti, ...claims } = await read(await prover.prove(key, { method: 'POST', url: `${API}?a=1#b`, nonce: 'n1' }))
		expect(claims).toEqual({ htm: 'POST', htu: API, nonce: 'n1' })
		expect(Math.abs((iat as number) - Date.now() / 1000)).toBeLessThan(120)
		expect(jti).toMatch(/.{16,}/)
		expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'y'])
		expect(await calculateJwkThumbprint(jwk)).toBe(await prover.thumbprint(key))
	})

	it('to an API is about the access token too', async () => {
		const key = await prover.newKey()
		const proof = await read(await prover.prove(key, { method: 'GET', url: API, accessToken: 'at' }))
		expect(proof).toMatchObject({ ath: await hashOf('at') })
		expect(proof.nonce).toBeUndefined()
	})

	it('is another each time', async () => {
		const key = await prover.newKey()
		const proofs = await Promise.all([1, 2].map(async () => read(await prover.prove(key, { method: 'GET', url: API }))))
		expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(2)
	})

	it('is made with a private key that nobody can read out', async () => {
		const { privateKey } = await prover.newKey()
		expect(privateKey).toMatchObject({ extractable: false, algorithm: { name: 'ECDSA', namedCurve: 'P-256' } })
		await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow()
	})
})

describe('the nonces of servers', () => {
	const answer = (nonce?: string) => new Response('', { headers: nonce ? { 'DPoP-Nonce': nonce } : {} })

	it('are kept by origin, and the newest wins', async () => {
		const proofs = createProofs(async () => prover)
		const key = await prover.newKey()
		const nonceIn = async (url: string) => (await read(await proofs.prove(key, { method: 'GET', url }))).nonce
		expect(await nonceIn(API)).toBeUndefined()
		proofs.note(API, answer('a1'))
		proofs.note('https://id.example/token', answer('i1'))
		proofs.note('https://api.example/other', answer('a2'))
		proofs.note(API, answer())
		expect([await nonceIn(API), await nonceIn('https://id.example/par')]).toEqual(['a2', 'i1'])
	})

	it('are asked for by one error', () => {
		expect(asksForNonce(new OAuthError('use_dpop_nonce'))).toBe(true)
		expect(asksForNonce(new OAuthError('invalid_dpop_proof'))).toBe(false)
		expect(asksForNonce(new Error('use_dpop_nonce'))).toBe(false)
	})
})

describe('the chunk', () => {
	it('that could not be loaded is loaded at the next use', async () => {
		let loads = 0
		const proofs = createProofs(async () => {
			loads += 1
			if (loads === 1) throw new TypeError('Failed to fetch')
			return prover
		})
		await expect(proofs.prover()).rejects.toMatchObject({ code: 'chunk_failed' })
		expect(await proofs.prover()).toBe(prover)
		expect(await proofs.prover()).toBe(prover)
		expect(loads).toBe(2)
	})
})
