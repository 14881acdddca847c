// A browser as small as these tests need: keeps cookies by path, follows redirects within the provider, and can be an application.
import { createHash, randomBytes } from 'node:crypto'
import { openServer } from '../server.ts'
import { createProvider, type ProviderOptions } from './provider.ts'

export interface Tokens {
	readonly access_token: string
	readonly refresh_token: string
	readonly refresh_token_expires_in: number
	readonly id_token: string
	readonly expires_in: number
}

interface Cookie {
	readonly value: string
	readonly path: string
}

export interface Client {
	readonly clientId: string
	readonly origin: string
}

type Cookies = Map<string, Cookie>

/** @param cookies those of another application's window, where it is the same browser */
export function createBrowser(issuer: string, { clientId, origin }: Client, cookies: Cookies = new Map()) {
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

	/** The addresses at which applications have heard of a sign-out. */
	const told: URL[] = []

	/** Follows redirects and self-submitting forms; stops at a page to read, or at the door of the application. */
	async function open(url: string, form?: Record<string, string>): Promise<{ url: string; html: string; status: number }> {
		const response = await request(url, form)
		const location = response.headers.get('location')
		if (location) {
			const next = new URL(location, url).href
			return next.startsWith(origin) ? { url: next, html: '', status: response.status } : open(next)
		}
		const html = await response.text()
		const selfSubmitting = html.includes('/sign-out.js') || html.includes('forms[0].submit()')
		const action = /action="([^"]+)"/.exec(html)?.[1]
		if (selfSubmitting && action) return open(action, fieldsOf(html))
		const onward = /data-onward="([^"]+)"/.exec(html)?.[1]
		if (onward) {
			told.push(...[...html.matchAll(/data-src="([^"]+)"/g)].map(([, address = '']) => new URL(address.replaceAll('&#38;', '&'))))
			return onward.startsWith(origin) ? { url: onward, html, status: response.status } : open(onward)
		}
		return { url, html, status: response.status }
	}

	const fieldsOf = (html: string) =>
		Object.fromEntries([...html.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))

	const token = (form: Record<string, string>, headers: Record<string, string> = {}) =>
		fetch(`${issuer}/token`, {
			method: 'POST',
			headers: { origin, ...headers },
			body: new URLSearchParams({ client_id: clientId, ...form }),
		})

	const verifier = randomBytes(32).toString('base64url')

	const codeFormOf = (callback: string) => ({
		grant_type: 'authorization_code',
		code: new URL(callback).searchParams.get('code') ?? '',
		redirect_uri: `${origin}/signed-in`,
		code_verifier: verifier,
	})

	return {
		open,
		request,
		token,
		told,
		cookies,
		codeFormOf,
		authorize: (extra: Record<string, string> = {}, resources: readonly string[] = []) => {
			const query = new URLSearchParams({
				client_id: clientId,
				response_type: 'code',
				redirect_uri: `${origin}/signed-in`,
				scope: 'openid profile email offline_access',
				state: 'state-1',
				nonce: 'nonce-1',
				code_challenge: createHash('sha256').update(verifier).digest('base64url'),
				code_challenge_method: 'S256',
				...extra,
			})
			for (const resource of resources) query.append('resource', resource)
			return open(`${issuer}/auth?${query}`)
		},
		async exchange(callback: string): Promise<Tokens> {
			const response = await token(codeFormOf(callback))
			if (!response.ok) throw new Error(await response.text())
			return response.json()
		},
		refresh: (refresh_token: string, extra: Record<string, string> = {}) => token({ grant_type: 'refresh_token', refresh_token, ...extra }),
		revoke: (refresh_token: string) =>
			fetch(`${issuer}/token/revocation`, { method: 'POST', body: new URLSearchParams({ client_id: clientId, token: refresh_token }) }),
	}
}

export type Browser = ReturnType<typeof createBrowser>

export const shop: Client = { clientId: 'shop', origin: 'http://localhost:4999' }
export const admin: Client = { clientId: 'admin', origin: 'http://localhost:4997' }
export const api = 'http://localhost:4998'

/** A provider on a port of its own. */
export async function startProvider(options: Partial<ProviderOptions> = {}) {
	const server = await openServer(0)
	const provider = await createProvider({
		issuer: server.origin,
		shop: shop.origin,
		admin: admin.origin,
		api,
		rotationGraceSeconds: 0,
		likeness: {},
		accessTokenSeconds: () => 42,
		...options,
	})
	server.handle(provider.listener)
	return { server, provider }
}

/** Signs in, where that has to be asked, and exchanges the code. */
export async function signIn(browser: Browser, sub = 'ada', extra: Record<string, string> = {}): Promise<Tokens> {
	const page = await browser.authorize(extra)
	const landed = page.html ? await browser.open(page.url, { sub }) : page
	return browser.exchange(landed.url)
}
