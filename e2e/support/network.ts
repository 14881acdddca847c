// What goes over the wire, and what does not get through.
import type { BrowserContext, Page, Request } from '@playwright/test'
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

/** Stops the page at the provider's answer: resolves to its address, which has not been opened by anybody. */
export function holdCallback(page: Page): Promise<string> {
	return new Promise(resolve => {
		void page.route(isCallback, async route => {
			resolve(route.request().url())
			await route.abort()
		})
	})
}

export const discoveryOf = (demo: Demo) => `${demo.provider}/.well-known/openid-configuration`
export const tokenEndpointOf = (demo: Demo) => `${demo.provider}/token`
