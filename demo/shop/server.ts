// The shop's web server: the built site, the same page for every path, with the demo's configuration in a meta element.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'

export interface ShopOptions {
	readonly authority: string
	readonly api: string
	readonly sessionOptions: () => object
	/** The built site. */
	readonly dist: string
}

export const builtSite = fileURLToPath(new URL('dist', import.meta.url))

const escapeAttribute = (text: string) => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)

export function createShop({ authority, api, sessionOptions, dist }: ShopOptions): RequestListener {
	// `dev`: looks at the disk for each request, so that a rebuild shows after a reload.
	const files = sirv(dist, { dev: true, etag: true, setHeaders: response => response.setHeader('X-Content-Type-Options', 'nosniff') })

	const policy = [
		`default-src 'self'`,
		`connect-src 'self' ${authority} ${api}`,
		`style-src 'self'`,
		`img-src 'self' data:`,
		`frame-ancestors 'none'`,
		`base-uri 'none'`,
		`form-action 'self' ${authority}`,
	].join('; ')

	const page = async () => {
		const index = await readFile(`${dist}/index.html`, 'utf8')
		const configuration = JSON.stringify({ authority, api, session: sessionOptions() })
		return index.replace('content="demo-config"', () => `content="${escapeAttribute(configuration)}"`)
	}

	async function answer(request: IncomingMessage, response: ServerResponse) {
		const { pathname } = new URL(request.url ?? '/', 'http://shop')
		const isFile = /\.\w+$/.test(pathname) && pathname !== '/index.html'
		if (isFile) {
			if (pathname.startsWith('/assets/')) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
			return files(request, response, () => void response.writeHead(404, { 'Cache-Control': 'no-cache' }).end('Not found'))
		}
		const html = await page()
		// `no-cache`, not `no-store`: the browser may keep the page for its back/forward cache.
		response.writeHead(200, {
			'Content-Type': 'text/html; charset=utf-8',
			'Cache-Control': 'no-cache',
			'Content-Security-Policy': policy,
			'Referrer-Policy': 'strict-origin',
			'X-Content-Type-Options': 'nosniff',
		})
		response.end(request.method === 'HEAD' ? undefined : html)
	}

	return (request, response) => {
		answer(request, response).catch(() => response.writeHead(503).end('The shop is being built.'))
	}
}
