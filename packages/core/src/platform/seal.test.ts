import { afterEach, describe, expect, it, vi } from 'vitest'
import { seal } from './seal.ts'
import { unseal } from './unseal.ts'

const tokens = { accessToken: 'acc355', refreshToken: 'r3fr35h', idToken: undefined, name: 'Åsa 李' }
const newKey = () => seal.importKey(seal.newKey())

afterEach(() => {
	vi.unstubAllGlobals()
})

describe('sealed tokens', () => {
	it('are opened by the key they were sealed with', async () => {
		const key = await newKey()
		const { idToken: _, ...kept } = tokens
		expect(await unseal.open(key, await seal.seal(key, tokens))).toEqual(kept)
	})

	it('are opened by a key imported anew of the same bytes, as another tab has it', async () => {
		const raw = seal.newKey()
		const sealed = await seal.seal(await seal.importKey(raw), 'text')
		expect(await unseal.open(await seal.importKey(new Uint8Array(raw)), sealed)).toBe('text')
	})

	it('do not show what is in them', async () => {
		const { data } = await seal.seal(await newKey(), tokens)
		expect(Buffer.from(data).toString('latin1')).not.toMatch(/acc355|r3fr35h|Token/)
	})

	it('are not opened by another key', async () => {
		const sealed = await seal.seal(await newKey(), tokens)
		await expect(unseal.open(await newKey(), sealed)).rejects.toThrow()
	})

	it.each(['iv', 'data'] as const)('are not opened once a bit of their %s was changed', async part => {
		const key = await newKey()
		const sealed = await seal.seal(key, tokens)
		const changed = new Uint8Array(sealed[part]).map((byte, index) => (index === 3 ? byte ^ 1 : byte))
		await expect(unseal.open(key, { ...sealed, [part]: changed })).rejects.toThrow()
	})

	it('have an initialisation vector of 96 bits, of their own each time (NIST SP 800-38D)', async () => {
		const key = await newKey()
		const vectors = await Promise.all(
			Array.from({ length: 50 }, async () => Buffer.from((await seal.seal(key, tokens)).iv).toString('hex')),
		)
		expect(new Set(vectors).size).toBe(50)
		expect(vectors[0]).toHaveLength(24)
	})
})

describe('a key', () => {
	it('has 256 bits, of its own each time', () => {
		const keys = [seal.newKey(), seal.newKey()]
		expect(keys.map(key => key.length)).toEqual([32, 32])
		expect(keys[0]).not.toEqual(keys[1])
	})

	it.each(['raw', 'jwk'] as const)('cannot be read out as %s, and can only seal and unseal', async format => {
		const key = await newKey()
		expect(key).toMatchObject({ extractable: false, usages: ['encrypt', 'decrypt'] })
		await expect(crypto.subtle.exportKey(format, key)).rejects.toThrow()
	})
})

describe('a page', () => {
	it.each([
		{ what: 'can seal with WebCrypto', crypto: { subtle: {} }, supported: true },
		{ what: 'cannot seal in an insecure context, which has half of it', crypto: {}, supported: false },
		{ what: 'cannot seal without it', crypto: undefined, supported: false },
	])('$what', ({ crypto: given, supported }) => {
		vi.stubGlobal('crypto', given)
		expect(unseal.supported()).toBe(supported)
	})
})
