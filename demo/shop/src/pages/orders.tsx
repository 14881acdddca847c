// The user's orders, from the API.
import { Loading } from '../../../ui/loading.tsx'
import { OrderRow } from '../../../ui/orders.tsx'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { useOrders } from '../use-orders.ts'

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
			<Loading state={state} what="your orders" retry={retry}>
				{orders => (
					<ul className="orders" data-testid="orders">
						{orders.map(order => (
							<OrderRow key={order.id} order={order} heading="h2" />
						))}
					</ul>
				)}
			</Loading>
		</>
	)
}
