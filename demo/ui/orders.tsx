// Orders as the API tells of them, and how one is shown.
import type { ReactNode } from 'react'

export interface Order {
	readonly id: string
	readonly placedAt: string
	readonly items: readonly string[]
	readonly total: number
	readonly status: 'placed' | 'packed' | 'delivered' | 'refunded'
}

export const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })
export const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' })

interface OrderRowProps {
	readonly order: Order
	readonly heading: 'h2' | 'h3'
	/** What can be done with it. */
	readonly children?: ReactNode
}

export function OrderRow({ order, heading: Heading, children }: OrderRowProps) {
	return (
		<li className="order">
			<div>
				<Heading>{order.items.join(', ')}</Heading>
				<p>
					{order.id} · <time dateTime={order.placedAt}>{day.format(new Date(order.placedAt))}</time>
				</p>
			</div>
			{children}
			<span className="tag" data-order={order.status}>
				{order.status}
			</span>
			<strong className="figure">{money.format(order.total)}</strong>
		</li>
	)
}
