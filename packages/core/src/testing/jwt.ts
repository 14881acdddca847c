/** `btoa` takes Latin-1 only. */
const ascii = (text: string) => text.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Its signature is none: TLS to the token endpoint stands for it (OpenID Connect Core 3.1.3.7, 6). */
export const jwt = (claims: object): string =>
	`${btoa('{"alg":"RS256"}')}.${btoa(ascii(JSON.stringify(claims)))
		.replace(/\+/g, '-')
		.replace(/\//g, '_')}.c2ln`
