// An application's web server: the built site, the same page for every path but a few static ones, with the demo's configuration in a meta element.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import sirv from 'sirv'

export interface SiteOptions {
	readonly authority: string
	readonly api: string
	/** The other application. */
	readonly neighbour: string
	readonly sessionOptions: () => object
	/** Whether the callback page is at the redirect URI; else the application is. */
	readonly hasCallbackPage: boolean
	/** The built site. */
	readonly dist: string
}

const CALLBACK = '/signed-in'
const FRONT_CHANNEL_LOGOUT = '/front-channel-logout'

const escapeAttribute = (text: string) => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)

const notFound = (response: ServerResponse) => void response.writeHead(404, { 'Cache-Control': 'no-cache' }).end('Not found')

export function createSite({ authority, api, neighbour, sessionOptions, hasCallbackPage, dist }: SiteOptions): RequestListener {
	// `dev`: looks at the disk for each request, so that a rebuild shows after a reload.
	const files = sirv(dist, { dev: true, etag: true, setHeaders: response => response.setHeader('X-Content-Type-Options', 'nosniff') })

	/** Who may embed a page: the site itself the one that a silent sign-in ends at, the provider the one that it announces a logout to. */
	const embedders = new Map([
		[CALLBACK, `'self'`],
		[FRONT_CHANNEL_LOGOUT, authority],
	])

	const policyOf = (pathname: string) =>
		[
			`default-src 'self'`,
			`connect-src 'self' ${authority} ${api}`,
			`frame-src 'self' ${authority}`,
			`style-src 'self'`,
			`img-src 'self' data:`,
			`frame-ancestors ${embedders.get(pathname) ?? `'none'`}`,
			`base-uri 'none'`,
			`form-action 'self' ${authority}`,
		].join('; ')

	const readPage = (name: string) => readFile(`${dist}/${name}.html`, 'utf8')

	/** @returns `undefined` where the site has no such page */
	async function pageAt(pathname: string): Promise<string | undefined> {
		if (pathname === CALLBACK && hasCallbackPage) return readPage('signed-in')
		if (pathname === FRONT_CHANNEL_LOGOUT) return readPage('front-channel-logout').catch(() => undefined)
		return readPage('index')
	}

	const configured = (html: string) => {
		const configuration = JSON.stringify({ authority, api, neighbour, session: sessionOptions() })
		return html.replace('content="demo-config"', () => `content="${escapeAttribute(configuration)}"`)
	}

	async function answer(request: IncomingMessage, response: ServerResponse) {
		const { pathname } = new URL(request.url ?? '/', 'http://site')
		const isFile = /\.\w+$/.test(pathname) && pathname !== '/index.html'
		if (isFile) {
			if (pathname.startsWith('/assets/')) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
			return files(request, response, () => notFound(response))
		}
		const html = await pageAt(pathname)
		if (html === undefined) return notFound(response)
		// `no-cache`, not `no-store`: the browser may keep the page for its back/forward cache.
		response.writeHead(200, {
			'Content-Type': 'text/html; charset=utf-8',
			'Cache-Control': 'no-cache',
			'Content-Security-Policy': policyOf(pathname),
			'Referrer-Policy': 'strict-origin',
			'X-Content-Type-Options': 'nosniff',
		})
		response.end(request.method === 'HEAD' ? undefined : configured(html))
	}

	return (request, response) => {
		answer(request, response).catch(() => response.writeHead(503).end('The site is being built.'))
	}
}
