// The demo's API: a resource server on its own origin, which only the applications may call and only with a valid access token. Alerts it takes
// without one, for who has none may have some.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createTokenCheck, type Issuer } from './access-token.ts'
import { createAlerts, type ReceivedAlert, readJson } from './alerts.ts'
import { createNonces } from './nonces.ts'
import { createProofCheck } from './proof.ts'
import { headerOf, Refused } from './refused.ts'
import { createRoutes, type Route, type RouteOptions } from './routes.ts'

export interface ApiOptions extends Issuer, RouteOptions {
	/** The origins that may call from a browser. */
	readonly applications: readonly string[]
	/** Whether DPoP proofs need a nonce of the API's own (RFC 9449 section 9). */
	readonly demandsNonces: boolean
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
	/** What the applications have reported, newest first. */
	readonly alerts: readonly ReceivedAlert[]
}

function allowApplications({ headers, method, url }: IncomingMessage, response: ServerResponse, applications: readonly string[]) {
	response.setHeader('Vary', 'Origin')
	if (!headers.origin || !applications.includes(headers.origin)) return
	response.setHeader('Access-Control-Allow-Origin', headers.origin)
	// A beacon comes with cookies, whether there are any or not (Beacon section 3.1).
	if (url === ALERTS) response.setHeader('Access-Control-Allow-Credentials', 'true')
	response.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate, DPoP-Nonce')
	if (method !== 'OPTIONS') return
	response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
	response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, DPoP')
	response.setHeader('Access-Control-Max-Age', '600')
}

const ALERTS = '/alerts'

/** A header that is there once; several are refused as none (RFC 9449 section 4.3). */
const single = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined)

export function createApi({ applications, demandsNonces, issuer, keys, ...options }: ApiOptions): Api {
	const counts: ApiCounts = { apiCalls: 0, apiRejected: 0 }
	const nonces = demandsNonces ? createNonces() : undefined
	const callerOf = createTokenCheck({ issuer, keys }, createProofCheck(nonces))
	const routes = createRoutes(options)
	const alerts = createAlerts()

	const json = (response: ServerResponse, status: number, body: unknown) => {
		response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(body))
	}

	function refuse(response: ServerResponse, refused: unknown) {
		if (!(refused instanceof Refused)) throw refused
		const { status, error, challenge } = refused
		if (status === 401) counts.apiRejected++
		if (challenge) response.setHeader('WWW-Authenticate', headerOf(challenge))
		json(response, status, { error })
	}

	async function call({ headers, method = '' }: IncomingMessage, response: ServerResponse, pathname: string, route: Route) {
		counts.apiCalls++
		const isProven = /^DPoP /i.test(headers.authorization ?? '')
		if (nonces && isProven) response.setHeader('DPoP-Nonce', nonces.issue())
		const caller = await callerOf({
			authorization: headers.authorization,
			proof: single(headers['dpop']),
			audience: route.audience,
			method,
			address: options.origin + pathname,
		})
		const { status, body } = route.answer(caller, ...(route.path.exec(pathname)?.slice(1) ?? []))
		json(response, status, body)
	}

	async function report(request: IncomingMessage, response: ServerResponse) {
		if (alerts.take(await readJson(request))) response.writeHead(204).end()
		else json(response, 400, { error: 'no_batch' })
	}

	async function answer(request: IncomingMessage, response: ServerResponse) {
		allowApplications(request, response, applications)
		if (request.method === 'OPTIONS') return response.writeHead(204).end()
		const { pathname } = new URL(request.url ?? '/', options.origin)
		if (pathname === ALERTS && request.method === 'POST') return report(request, response)
		request.resume()
		if (pathname === ALERTS && request.method === 'GET') return json(response, 200, alerts.kept)
		const route = routes.find(({ method, path }) => method === request.method && path.test(pathname))
		if (!route) return json(response, 404, { error: 'not_found' })
		return call(request, response, pathname, route).catch(refused => refuse(response, refused))
	}

	const listener: RequestListener = (request, response) => {
		answer(request, response).catch(() => response.destroy())
	}
	return {
		listener,
		counts,
		get alerts() {
			return alerts.kept
		},
	}
}
