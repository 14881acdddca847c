// The user's orders, from the API.

import { PageHeading } from '../page-heading.tsx'
import { type Order, useOrders } from '../use-orders.ts'

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' })

function OrderRow({ order }: { order: Order }) {
	return (
		<li className="order">
			<div>
				<h2>{order.items.join(', ')}</h2>
				<p>
					{order.id} · <time dateTime={order.placedAt}>{day.format(new Date(order.placedAt))}</time>
				</p>
			</div>
			<span className="tag" data-order={order.status}>
				{order.status}
			</span>
			<strong className="figure">{money.format(order.total)}</strong>
		</li>
	)
}

export function Orders() {
	const { state, placing, place, retry } = useOrders()
	return (
		<>
			<div className="lead lead-row">
				<PageHeading title="Your orders" />
				<button type="button" className="primary" onClick={() => void place()} disabled={placing}>
					{placing ? 'Placing…' : 'Place an order'}
				</button>
			</div>
			<div aria-live="polite" aria-busy={state.status === 'loading'}>
				{state.status === 'loading' && (
					<div className="orders placeholder">
						<p className="visually-hidden">Loading your orders…</p>
					</div>
				)}
				{state.status === 'failed' && (
					<div className="notice" role="alert">
						<p>Your orders could not be loaded. {state.message}</p>
						<button type="button" onClick={retry}>
							Try again
						</button>
					</div>
				)}
				{state.status === 'loaded' && (
					<ul className="orders" data-testid="orders">
						{state.orders.map(order => (
							<OrderRow key={order.id} order={order} />
						))}
					</ul>
				)}
			</div>
		</>
	)
}
