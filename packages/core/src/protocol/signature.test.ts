import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { createVerifier } from './signature.ts'

interface Signer {
	readonly jwk: JWK
	sign(payload?: string, header?: object): Promise<string>
}

async function signer(kid: string | undefined, alg = 'ES256'): Promise<Signer> {
	const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
	const jwk = { ...(await exportJWK(publicKey)), ...(kid && { kid }) }
	return {
		jwk,
		sign: (payload = '{"sub":"alice"}', header = {}) =>
			new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ alg, ...(kid && { kid }), ...header }).sign(privateKey),
	}
}

/** A provider whose keys change, and how often they were asked for. */
function provider(...signers: Signer[]) {
	const place = { keys: { keys: signers.map(({ jwk }) => jwk) } as unknown, asked: 0, now: 1_800_000_000_000 }
	const fetchKeys = async () => {
		place.asked += 1
		return place.keys
	}
	const verify = createVerifier(fetchKeys, () => place.now)
	return { place, verify }
}

const INVALID = { code: 'id_token_invalid', detail: 'signature' }

describe('the signature of an ID token (OpenID Connect Core 3.1.3.7, 6)', () => {
	it.each(['RS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'])(
		'is accepted if it is the provider’s, by %s',
		async alg => {
			const own = await signer('a', alg)
			await expect(provider(own).verify(await own.sign())).resolves.toBeUndefined()
			// RSA keys are slow to make on a busy machine.
		},
		30_000,
	)

	it('asks for the keys once', async () => {
		const own = await signer('a')
		const { place, verify } = provider(own)
		await verify(await own.sign())
		await verify(await own.sign())
		expect(place.asked).toBe(1)
	})

	it('is accepted by a key that the provider has rotated in since', async () => {
		const [before, after] = [await signer('a'), await signer('b')]
		const { place, verify } = provider(before)
		await verify(await before.sign())
		place.keys = { keys: [before.jwk, after.jwk] }
		await expect(verify(await after.sign())).resolves.toBeUndefined()
		expect(place.asked).toBe(2)
	})

	it('is refused if its key was withdrawn 10 minutes ago, though the page has known that key since', async () => {
		const [withdrawn, current] = [await signer('a'), await signer('b')]
		const { place, verify } = provider(withdrawn)
		await verify(await withdrawn.sign())
		place.keys = { keys: [current.jwk] }
		place.now += 599_999
		await expect(verify(await withdrawn.sign())).resolves.toBeUndefined()
		place.now += 1
		await expect(verify(await withdrawn.sign())).rejects.toMatchObject(INVALID)
		await expect(verify(await current.sign())).resolves.toBeUndefined()
	})

	it('counts the age of keys from the request for them', async () => {
		const own = await signer('a')
		const place = { asked: 0, now: 0 }
		const fetchKeys = async () => {
			place.asked += 1
			// The page was frozen while the answer was on its way.
			place.now += 600_000
			return { keys: [own.jwk] }
		}
		const verify = createVerifier(fetchKeys, () => place.now)
		await verify(await own.sign())
		await verify(await own.sign())
		expect(place.asked).toBe(2)
	})

	it('is accepted by a new key under the old name', async () => {
		const [before, after] = [await signer('a'), await signer('a')]
		const { place, verify } = provider(before)
		await verify(await before.sign())
		place.keys = { keys: [after.jwk] }
		await expect(verify(await after.sign())).resolves.toBeUndefined()
	})

	it('is accepted by any of the keys without a name', async () => {
		const [one, other] = [await signer(undefined), await signer(undefined)]
		await expect(provider(one, other).verify(await other.sign())).resolves.toBeUndefined()
		await expect(provider(one, other).verify(await (await signer(undefined)).sign())).rejects.toMatchObject(INVALID)
	})

	it.each([
		{ because: 'it is by a key of an unknown name', jwt: async () => (await signer('stranger')).sign() },
		{ because: 'it is by another key of the same name', jwt: async () => (await signer('a')).sign() },
		{ because: 'the payload was changed', jwt: async (own: Signer) => changed(await own.sign()) },
		{ because: 'it is not there', jwt: async (own: Signer) => (await own.sign()).replace(/[^.]*$/, '') },
		{ because: 'it says alg none', jwt: async () => `${encode({ alg: 'none' })}.${encode({ sub: 'alice' })}.` },
		{ because: 'it is a MAC made with the public key', jwt: async (own: Signer) => mac(own.jwk) },
	])('is refused if $because', async ({ jwt }) => {
		const own = await signer('a')
		const { place, verify } = provider(own)
		await verify(await own.sign())
		await expect(verify(await jwt(own))).rejects.toMatchObject(INVALID)
		// What was refused has spoilt nothing.
		await expect(verify(await own.sign())).resolves.toBeUndefined()
		expect(place.asked).toBe(2)
	})

	it.each([{ keys: { keys: 'none' } }, { keys: {} }, { keys: { keys: [7] } }])(
		'waits for better times where the keys are $keys (I6)',
		async ({ keys }) => {
			const own = await signer('a')
			const { place, verify } = provider(own)
			const healthy = place.keys
			place.keys = keys
			await expect(verify(await own.sign())).rejects.toMatchObject({ code: 'discovery_failed' })
			place.keys = healthy
			await expect(verify(await own.sign())).resolves.toBeUndefined()
		},
	)

	it('is refused where no key is there', async () => {
		await expect(provider().verify(await (await signer('a')).sign())).rejects.toMatchObject(INVALID)
	})

	it('passes on what stands in the way of the keys', async () => {
		const trouble = new Error('no network')
		const verify = createVerifier(
			() => Promise.reject(trouble),
			() => 0,
		)
		await expect(verify(await (await signer('a')).sign())).rejects.toBe(trouble)
	})
})

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

const changed = (jwt: string) => jwt.replace(/\.[^.]*\./, `.${encode({ sub: 'bob' })}.`)

/** RFC 8725 section 2.1: the public key taken for a shared secret. */
const mac = (jwk: JWK) =>
	new CompactSign(new TextEncoder().encode('{"sub":"bob"}'))
		.setProtectedHeader({ alg: 'HS256', kid: 'a' })
		.sign(new TextEncoder().encode(JSON.stringify(jwk).padEnd(64)))
