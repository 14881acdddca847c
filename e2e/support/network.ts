// What goes over the wire, and what does not get through.
import type { BrowserContext, Page, Request, Route } from '@playwright/test'
import type { Demo } from '@tabsession/demo'

/** All requests from now on that pass `test`. */
export function watchRequests(target: Page | BrowserContext, test: (url: URL, request: Request) => boolean): Request[] {
	const seen: Request[] = []
	const note = (request: Request) => {
		if (test(new URL(request.url()), request)) seen.push(request)
	}
	// The overloads of a union cannot be called.
	if ('newPage' in target) target.on('request', note)
	else target.on('request', note)
	return seen
}

export const isCallback = (url: URL) => url.pathname === '/signed-in' && url.searchParams.has('state')

/** A `state` that no sign-in in this browser began, with the mark of the shop's own: FNV-1a of authority and client id. */
export function forgedState({ provider }: Demo): string {
	let hash = 0x811c9dc5
	for (const char of `${provider} shop`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
	return `forged.${hash}`
}

/**
 * Keeps the provider's answer from the page, which stays on the sign-in page: resolves to the answer's address, opened by nobody yet.
 * By hand, for redirects are followed without asking a route.
 */
export function holdCallback(page: Page): Promise<string> {
	const isSignIn = (url: URL) => url.pathname.startsWith('/sign-in/')
	return new Promise((resolve, reject) => {
		const hold = async (route: Route) => {
			if (route.request().method() !== 'POST') return route.fallback()
			const taken = await route.fetch({ maxRedirects: 0 })
			const resumed = new URL(taken.headers()['location'] ?? '', route.request().url())
			const answered = await page.request.get(resumed.href, { maxRedirects: 0 })
			await route.fulfill({ status: 204 })
			await page.unroute(isSignIn)
			resolve(answered.headers()['location'] ?? '')
		}
		page.route(isSignIn, hold).catch(reject)
	})
}

export const discoveryOf = (demo: Demo) => `${demo.provider}/.well-known/openid-configuration`
export const tokenEndpointOf = (demo: Demo) => `${demo.provider}/token`

/** Whether it is the provider's authorization endpoint in a frame of a page: a silent sign-in. Its parameters may have been pushed before (RFC 9126). */
export const isSilentSignIn = (demo: Demo) => (url: URL, request: Request) =>
	url.origin === demo.provider && url.pathname === '/auth' && request.isNavigationRequest() && request.frame().parentFrame() !== null
