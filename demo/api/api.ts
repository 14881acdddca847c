// The demo's API: a resource server on its own origin, which only the shop may call and only with a valid access token.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createTokenCheck, type Issuer } from './access-token.ts'
import { createOrders } from './orders.ts'

export interface ApiOptions extends Issuer {
	/** The origin that may call from a browser. */
	readonly shop: string
}

export interface ApiCounts {
	/** Calls of the API, preflights not included. */
	apiCalls: number
	/** Calls answered with 401. */
	apiRejected: number
}

export interface Api {
	readonly listener: RequestListener
	readonly counts: ApiCounts
}

function allowShop(request: IncomingMessage, response: ServerResponse, shop: string) {
	response.setHeader('Vary', 'Origin')
	if (request.headers.origin !== shop) return
	response.setHeader('Access-Control-Allow-Origin', shop)
	response.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate')
	if (request.method !== 'OPTIONS') return
	response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
	response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type')
	response.setHeader('Access-Control-Max-Age', '600')
}

export function createApi({ shop, ...issuer }: ApiOptions): Api {
	const counts: ApiCounts = { apiCalls: 0, apiRejected: 0 }
	const orders = createOrders()
	const callerOf = createTokenCheck(issuer)

	const json = (response: ServerResponse, status: number, body: unknown) => {
		response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(body))
	}

	/** RFC 6750 section 3.1. */
	const refuse = (response: ServerResponse, error: string | undefined) => {
		counts.apiRejected++
		response.setHeader('WWW-Authenticate', error ? `Bearer error="${error}"` : 'Bearer')
		json(response, 401, { error: error ?? 'no_token' })
	}

	async function answer(request: IncomingMessage, response: ServerResponse) {
		allowShop(request, response, shop)
		if (request.method === 'OPTIONS') return response.writeHead(204).end()
		request.resume()
		if (new URL(request.url ?? '/', issuer.audience).pathname !== '/api/orders') return json(response, 404, { error: 'not_found' })
		counts.apiCalls++
		const caller = await callerOf(request.headers.authorization)
		if (caller === 'no-token') return refuse(response, undefined)
		if (caller === 'invalid-token') return refuse(response, 'invalid_token')
		if (caller === 'keys-unavailable') return json(response, 503, { error: 'keys_unavailable' })
		if (request.method === 'POST') return json(response, 201, orders.place(caller.sub))
		return json(response, 200, orders.of(caller.sub))
	}

	const listener: RequestListener = (request, response) => {
		answer(request, response).catch(() => response.destroy())
	}
	return { listener, counts }
}
