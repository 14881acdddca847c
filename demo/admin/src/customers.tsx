// Every customer and their orders, from the API that the shop uses, too.
import { useUser } from '@tabsession/react'
import { config } from '../../ui/config.ts'
import { Loading } from '../../ui/loading.tsx'
import { money, type Order, OrderRow } from '../../ui/orders.tsx'
import { PageHeading } from '../../ui/page-heading.tsx'
import { useResource } from '../../ui/use-resource.ts'

interface Customer {
	readonly sub: string
	readonly name: string
	readonly orders: readonly Order[]
}

const totalOf = (orders: readonly Order[]) =>
	orders.filter(({ status }) => status !== 'refunded').reduce((sum, { total }) => sum + total, 0)

function CustomerSection({ customer: { sub, name, orders }, isSelf }: { customer: Customer; isSelf: boolean }) {
	return (
		<section className="customer" aria-labelledby={`customer-${sub}`}>
			<div className="customer-head">
				<h2 id={`customer-${sub}`}>
					{name} {isSelf && <span className="tag">you</span>}
				</h2>
				<p>
					{orders.length} {orders.length === 1 ? 'order' : 'orders'}, <span className="figure">{money.format(totalOf(orders))}</span>
				</p>
			</div>
			<ul>
				{orders.map(order => (
					<OrderRow key={order.id} order={order} heading="h3" />
				))}
			</ul>
		</section>
	)
}

export function Customers() {
	const sub = useUser(user => user.sub)
	const { state, retry } = useResource<readonly Customer[]>(`${config.api}/api/customers`)
	return (
		<>
			<div className="lead">
				<PageHeading title="Everybody’s orders" />
				<p>From the API that the shop uses, with an access token of this application: only it may ask for the scope that this takes.</p>
			</div>
			<Loading state={state} what="the orders" retry={retry}>
				{customers => (
					<div className="customers" data-testid="customers">
						{customers.map(customer => (
							<CustomerSection key={customer.sub} customer={customer} isSelf={customer.sub === sub} />
						))}
					</div>
				)}
			</Loading>
		</>
	)
}
