// `fetch` with the access token, for the application's own APIs only.
import type { SessionError } from '../errors.ts'
import type { Indicator } from '../options.ts'
import { withoutSlash } from './response.ts'
import type { Tab } from './tab.ts'
import type { Held } from './tokens.ts'

/** Whether `url` is `api` or below it: same origin, and the path goes on at a `/`. */
export function isBelow(url: URL, api: URL): boolean {
	const base = `${withoutSlash(api.pathname)}/`
	return url.origin === api.origin && `${url.pathname}/`.startsWith(base)
}

export type SendProven = (request: Request, held: Held, isReplayable: boolean) => Promise<Response>

/**
 * @param sendProven sends with a proof of possession, where tokens are bound to a key
 * @param comeBack waits for the user, where the option says so. @throws what the call fails with
 * @param afterRejection a token worth another try after a 401, if there is one. @throws SessionError `step_up_required`
 */
export function createFetch(
	{ config, platform }: Tab,
	get: (indicator: Indicator) => Promise<Held>,
	sendProven: SendProven,
	comeBack: (error: SessionError, signal: AbortSignal) => Promise<void>,
	afterRejection: (held: Held, response: Response, request: Pick<Request, 'url' | 'signal'>) => Promise<Held | undefined>,
): (request: Request, isStream: boolean) => Promise<Response> {
	const send = (request: Request, held: Held, isReplayable: boolean) => {
		if (config.dpop) return sendProven(request, held, isReplayable)
		request.headers.set('Authorization', `Bearer ${held.accessToken}`)
		return platform.fetch(request)
	}

	return async (request, isStream) => {
		const url = new URL(request.url)
		const api = config.apis.find(known => isBelow(url, new URL(known.url)))
		if (request.headers.has('Authorization') || !api) return platform.fetch(request)
		// A stream can be sent once.
		const spare = isStream ? undefined : request.clone()
		const token = () => get(api.indicator)
		const { signal } = request
		const held = await token().catch(error => comeBack(error, signal).then(token))
		const response = await send(request, held, !!spare)
		const fresh = response.status === 401 ? await afterRejection(held, response, request) : undefined
		if (spare && fresh) return send(spare, fresh, true)
		void spare?.body?.cancel()
		return response
	}
}
