// The invoices of each user: one for each order that has been packed.
import type { Order } from './orders.ts'

export interface Invoice {
	readonly number: string
	readonly order: string
	readonly issuedAt: string
	readonly total: number
	/** A refunded order's is cancelled. */
	readonly status: 'paid' | 'cancelled'
}

export const invoicesOf = (orders: readonly Order[]): readonly Invoice[] =>
	orders
		.filter(({ status }) => status !== 'placed')
		.map(({ id, placedAt, total, status }) => ({
			number: id.replace('PL', 'IN'),
			order: id,
			issuedAt: placedAt,
			total,
			status: status === 'refunded' ? 'cancelled' : 'paid',
		}))
