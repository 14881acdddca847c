// A browser as small as these tests need: keeps cookies by path, follows redirects within the provider, and can be the shop.
import { createHash, randomBytes } from 'node:crypto'

export interface Tokens {
	readonly access_token: string
	readonly refresh_token: string
	readonly id_token: string
	readonly expires_in: number
}

interface Cookie {
	readonly value: string
	readonly path: string
}

export function createBrowser(issuer: string, shop: string) {
	const cookies = new Map<string, Cookie>()

	function keepCookies(response: Response) {
		for (const line of response.headers.getSetCookie()) {
			const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
			const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/'
			if (value) cookies.set(`${name} ${path}`, { value, path })
			else cookies.delete(`${name} ${path}`)
		}
	}

	async function request(url: string, form?: Record<string, string>): Promise<Response> {
		const { pathname } = new URL(url)
		const cookie = [...cookies]
			.filter(([, { path }]) => pathname.startsWith(path))
			.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
			.join('; ')
		const response = await fetch(url, {
			redirect: 'manual',
			headers: { cookie, accept: 'text/html' },
			...(form && { method: 'POST', body: new URLSearchParams(form) }),
		})
		keepCookies(response)
		return response
	}

	/** Follows redirects and self-submitting forms; stops at a page to read, or at the door of the shop. */
	async function open(url: string, form?: Record<string, string>): Promise<{ url: string; html: string; status: number }> {
		const response = await request(url, form)
		const location = response.headers.get('location')
		if (location) {
			const next = new URL(location, url).href
			return next.startsWith(shop) ? { url: next, html: '', status: response.status } : open(next)
		}
		const html = await response.text()
		const selfSubmitting = html.includes('/sign-out.js') || html.includes('forms[0].submit()')
		const action = /action="([^"]+)"/.exec(html)?.[1]
		if (selfSubmitting && action) return open(action, fieldsOf(html))
		return { url, html, status: response.status }
	}

	const fieldsOf = (html: string) =>
		Object.fromEntries([...html.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))

	const token = (form: Record<string, string>) =>
		fetch(`${issuer}/token`, { method: 'POST', headers: { origin: shop }, body: new URLSearchParams({ client_id: 'shop', ...form }) })

	const verifier = randomBytes(32).toString('base64url')

	return {
		open,
		token,
		authorize: (extra: Record<string, string> = {}) => {
			const query = new URLSearchParams({
				client_id: 'shop',
				response_type: 'code',
				redirect_uri: `${shop}/signed-in`,
				scope: 'openid profile email offline_access',
				state: 'state-1',
				nonce: 'nonce-1',
				code_challenge: createHash('sha256').update(verifier).digest('base64url'),
				code_challenge_method: 'S256',
				...extra,
			})
			return open(`${issuer}/auth?${query}`)
		},
		async exchange(callback: string): Promise<Tokens> {
			const code = new URL(callback).searchParams.get('code') ?? ''
			const response = await token({ grant_type: 'authorization_code', code, redirect_uri: `${shop}/signed-in`, code_verifier: verifier })
			if (!response.ok) throw new Error(await response.text())
			return response.json()
		},
		refresh: (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token }),
		revoke: (refresh_token: string) =>
			fetch(`${issuer}/token/revocation`, { method: 'POST', body: new URLSearchParams({ client_id: 'shop', token: refresh_token }) }),
	}
}
