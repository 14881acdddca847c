// The user's orders, from the API. A refund takes a second step, which the API asks for.
import { Loading } from '../../../ui/loading.tsx'
import { OrderRow } from '../../../ui/orders.tsx'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { useOrders } from '../use-orders.ts'

interface ConfirmProps {
	readonly order: string
	readonly confirm: () => unknown
	readonly dismiss: () => void
}

const Confirm = ({ order, confirm, dismiss }: ConfirmProps) => (
	<div className="notice" role="alert" data-testid="step-up">
		<p>To refund {order}, confirm who you are. That is done in a window of its own, and this page stays as it is.</p>
		<div className="choices">
			<button type="button" className="primary" onClick={() => void confirm()}>
				Confirm
			</button>
			<button type="button" onClick={dismiss}>
				Not now
			</button>
		</div>
	</div>
)

export function Orders() {
	const { state, busy, place, refund, retry, unconfirmed, confirm, dismiss } = useOrders()
	return (
		<>
			<div className="lead lead-row">
				<PageHeading title="Your orders" />
				<button type="button" className="primary" onClick={() => void place()} disabled={busy === 'new'}>
					{busy === 'new' ? 'Placing…' : 'Place an order'}
				</button>
			</div>
			{unconfirmed && <Confirm order={unconfirmed.order} confirm={() => confirm(unconfirmed)} dismiss={dismiss} />}
			<Loading state={state} what="your orders" retry={retry}>
				{orders => (
					<ul className="orders with-actions" data-testid="orders">
						{orders.map(order => (
							<OrderRow key={order.id} order={order} heading="h2">
								{order.status === 'refunded' ? (
									<span />
								) : (
									<button
										type="button"
										className="plain small"
										aria-label={`Refund ${order.id}`}
										disabled={busy === order.id}
										onClick={() => void refund(order.id)}
									>
										Refund
									</button>
								)}
							</OrderRow>
						))}
					</ul>
				)}
			</Loading>
		</>
	)
}
