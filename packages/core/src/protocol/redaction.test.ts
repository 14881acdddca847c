import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorMeanings } from './oauth-errors.ts'
import { errorCodeOf, redact, secretsOfRequest, secretsOfResponse } from './redaction.ts'

const TOKEN = 'v1.MRrtVNa8-ZpQ2_kfX.Lw0~Yb7+cD/eH9jSoPz=='
const LOWER = 'abcdefghijklmnopqrstuvwxyz'

/** Every character percent-encoded, as often as asked. */
const encoded = (text: string, times = 1): string => {
	const once = [...text].map(character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
	return times > 1 ? once.replaceAll('%', `%${'25'.repeat(times - 1)}`) : once
}

/** All ways in which a server may repeat a secret. */
const echoes: Readonly<Record<string, (secret: string) => string>> = {
	'as it is': secret => secret,
	'in upper case': secret => secret.toUpperCase(),
	'in lower case': secret => secret.toLowerCase(),
	'percent-encoded': encodeURIComponent,
	'percent-encoded twice': secret => encodeURIComponent(encodeURIComponent(secret)),
	'percent-encoded in every character': secret => encoded(secret),
	'percent-encoded three times in every character': secret => encoded(secret, 3),
	'with its beginning alone': secret => secret.slice(0, 12),
	'with its end alone': secret => secret.slice(-12),
	'with its middle alone': secret => secret.slice(9, 25),
	'with its beginning in upper case and percent-encoded': secret => encodeURIComponent(secret.slice(0, 20).toUpperCase()),
}

/** Whether 12 characters of a secret in a row are in a text, whatever their case or encoding. */
function tells(text: string, secret: string): boolean {
	let plain = text
	for (let times = 0; times < 5; times++)
		plain = plain.replace(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
	const [all, one] = [plain.toLowerCase(), secret.toLowerCase()]
	return Array.from({ length: Math.max(1, one.length - 11) }, (_, at) => one.slice(at, at + 12)).some(piece => all.includes(piece))
}

describe('the text of a server', () => {
	it.each(Object.keys(echoes))('is shown without a token that it repeats %s', way => {
		const echo = echoes[way]?.(TOKEN) ?? ''
		expect(redact(`The token ${echo} is spent, yes: ${echo} !`, [TOKEN])).toBe('The token … is spent, yes: … !')
	})

	it.each(Object.keys(echoes))('is shown without a token among letters, repeated %s', way => {
		const secret = LOWER
		expect(tells(redact(`x${echoes[way]?.(secret)}y`, [secret]), secret)).toBe(false)
	})

	it('keeps a piece of 11 characters, which is too short to tell anything', () => {
		expect(redact(`spent: ${TOKEN.slice(0, 11)}!`, [TOKEN])).toBe(`spent: ${TOKEN.slice(0, 11)}!`)
	})

	it('is shown without a whole secret of fewer than 12 characters', () => {
		expect(redact('code c0de is spent', ['c0de'])).toBe('code … is spent')
	})

	it('is shown without any JWT, such as a proof of possession', () => {
		const proof = 'eyJ0eXAiOiJkcG9wK2p3dCJ9.eyJqdGkiOiIxIn0.c2lnbmF0dXJl'
		expect(redact(`the proof ${proof} is stale`, [])).toBe('the proof … is stale')
	})

	it('is shown without control characters, and no longer than 500 characters', () => {
		expect(redact('a\u001b[31m\r\nb', [])).toBe('a [31m b')
		expect(redact('x'.repeat(100_000), [TOKEN])).toHaveLength(500)
	})

	it('is kept as it is where it repeats no secret', () => {
		const text =
			'AADSTS700082: The refresh token has expired due to inactivity. 100 %, ÄÖÜ, 李, İ. Trace ID: 8f1c0b9e-4a3d-4f7e-9c2b-0d1e2f3a4b5c'
		expect(redact(text, [TOKEN])).toBe(text)
	})

	it('tells no 12 characters of a secret in a row, however the secret is repeated', () => {
		const secret = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom(...'aAbBcC019-._~+/=%') })
		const text = fc.string({ maxLength: 30 })
		const piece = fc.record({ way: fc.constantFrom(...Object.values(echoes)), from: fc.nat(60), length: fc.integer({ min: 1, max: 60 }) })
		const property = fc.property(secret, fc.array(fc.tuple(text, piece), { maxLength: 5 }), (given, parts) => {
			const echoed = parts.map(([before, { way, from, length }]) => before + way(given.slice(from, from + length))).join(' ')
			if (given.length >= 12) expect(tells(redact(echoed, [given]), given)).toBe(false)
		})
		fc.assert(property, { numRuns: 500 })
	})

	it('loses nothing but secrets', () => {
		const printable = fc.string({ maxLength: 200, unit: fc.constantFrom(...'0123456789 ,.%') })
		const property = fc.property(printable, text => {
			expect(redact(text, [TOKEN])).toBe(text)
		})
		fc.assert(property)
	})
})

describe('the error code of a server', () => {
	it.each(Object.keys(errorMeanings))('%s is taken', code => {
		expect(errorCodeOf(code, [TOKEN])).toBe(code)
	})

	it.each(['mfa_required', 'a', 'x'.repeat(64)])('%s, which is not registered, is taken', code => {
		expect(errorCodeOf(code, [TOKEN])).toBe(code)
	})

	it.each([
		undefined,
		null,
		7,
		{},
		[],
		'',
		'Invalid_Grant',
		'invalid grant',
		'_invalid',
		'invalid-grant',
		'invalid_grant2',
		'x'.repeat(65),
		'invalid_grant\n',
		`weird ${TOKEN}`,
		TOKEN,
	])('%j is unknown', given => {
		expect(errorCodeOf(given, [])).toBe('unknown')
	})

	it.each([
		['the token itself', LOWER],
		['a token within', `weird_${LOWER}`],
		['a truncated token', `weird_${LOWER.slice(3, 15)}`],
		['a token of another case', LOWER],
	])('with %s is unknown', (_what, given) => {
		expect(errorCodeOf(given, ['ABCDEFGHIJKLMNOPQRSTUVWXYZ'])).toBe('unknown')
	})

	it('is of the form of a code, whatever the server sends', () => {
		const property = fc.property(fc.anything(), given => {
			expect(errorCodeOf(given, [TOKEN])).toMatch(/^[a-z][a-z_]{0,63}$/)
		})
		fc.assert(property)
	})
})

describe('the secrets of an exchange', () => {
	it('of a request are in its form and its proof of possession', () => {
		const body = new URLSearchParams({
			grant_type: 'refresh_token',
			client_id: 'shop',
			refresh_token: 'r',
			code: 'c',
			code_verifier: 'v',
			token: 't',
			state: 's',
			nonce: 'n',
			id_token_hint: 'i',
			client_secret: '',
		})
		expect(new Set(secretsOfRequest({ body, headers: { DPoP: 'proof' } }))).toEqual(new Set([...'rcvtsni', 'proof']))
		expect(secretsOfRequest({})).toEqual([])
	})

	it('of a response are the tokens that came with the error', () => {
		expect(secretsOfResponse({ error: 'x', refresh_token: 'r', access_token: 'a', id_token: 7 })).toEqual(['r', 'a'])
	})
})
