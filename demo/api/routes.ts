// What the API offers: two resources, each with tokens of its own, and what a caller needs for each call.
import type { Caller } from './access-token.ts'
import { invoicesOf } from './invoices.ts'
import { createOrders } from './orders.ts'
import { insufficientAuthentication, insufficientScope, Refused } from './refused.ts'

export interface Customer {
	readonly sub: string
	readonly name: string
}

export interface RouteOptions {
	/** Origin of the API. */
	readonly origin: string
	readonly customers: readonly Customer[]
	/** How long a second step counts for a refund, s. */
	readonly stepUpSeconds: number
}

export interface Answer {
	readonly status: number
	readonly body: unknown
}

export interface Route {
	readonly method: 'GET' | 'POST'
	/** Its groups go to `answer`. */
	readonly path: RegExp
	/** Of the tokens that are taken (RFC 8707). */
	readonly audience: string
	answer(caller: Caller, ...parts: readonly string[]): Answer
}

export const MFA = 'urn:paperlane:mfa'

const ok = (body: unknown): Answer => ({ status: 200, body })

function demandScope({ scopes, scheme }: Caller, scope: string) {
	if (!scopes.includes(scope)) throw insufficientScope(scheme, scope)
}

function demandSecondStep({ acr, authTime = 0, scheme }: Caller, maxAge: number) {
	const age = Date.now() / 1000 - authTime
	if (acr !== MFA || age > maxAge) throw insufficientAuthentication(scheme, { acrValues: MFA, maxAge })
}

export function createRoutes({ origin, customers, stepUpSeconds }: RouteOptions): readonly Route[] {
	const orders = createOrders()
	const [main, invoices] = [origin, `${origin}/invoices`]
	return [
		{ method: 'GET', path: /^\/api\/orders$/, audience: main, answer: ({ sub }) => ok(orders.of(sub)) },
		{ method: 'POST', path: /^\/api\/orders$/, audience: main, answer: ({ sub }) => ({ status: 201, body: orders.place(sub) }) },
		{
			method: 'POST',
			path: /^\/api\/orders\/([\w-]+)\/refund$/,
			audience: main,
			answer(caller, id = '') {
				demandSecondStep(caller, stepUpSeconds)
				const refunded = orders.refund(caller.sub, id)
				if (!refunded) throw new Refused(404, 'not_found')
				return ok(refunded)
			},
		},
		{
			method: 'GET',
			path: /^\/api\/customers$/,
			audience: main,
			answer(caller) {
				demandScope(caller, 'orders:all')
				return ok(customers.map(({ sub, name }) => ({ sub, name, orders: orders.of(sub) })))
			},
		},
		{
			method: 'GET',
			path: /^\/invoices$/,
			audience: invoices,
			answer(caller) {
				demandScope(caller, 'invoices:read')
				return ok(invoicesOf(orders.of(caller.sub)))
			},
		},
	]
}
