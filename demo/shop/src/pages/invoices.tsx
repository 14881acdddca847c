// The user's invoices: of another API, which takes access tokens of its own (RFC 8707).
import { Loading } from '../../../ui/loading.tsx'
import { day, money } from '../../../ui/orders.tsx'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { useResource } from '../../../ui/use-resource.ts'
import { config } from '../config.ts'

interface Invoice {
	readonly number: string
	readonly order: string
	readonly issuedAt: string
	readonly total: number
	readonly status: 'paid' | 'cancelled'
}

export const INVOICES_URL = `${config.api}/invoices`

function InvoiceRow({ invoice: { number, order, issuedAt, total, status } }: { invoice: Invoice }) {
	return (
		<li className="order">
			<div>
				<h2>{number}</h2>
				<p>
					For {order} · <time dateTime={issuedAt}>{day.format(new Date(issuedAt))}</time>
				</p>
			</div>
			<span className="tag" data-order={status}>
				{status}
			</span>
			<strong className="figure">{money.format(total)}</strong>
		</li>
	)
}

export function Invoices() {
	const { state, retry } = useResource<readonly Invoice[]>(INVOICES_URL)
	return (
		<>
			<div className="lead">
				<PageHeading title="Your invoices" />
				<p>From another API than the orders, with an access token that only it takes. Every tab shares that one, too.</p>
			</div>
			<Loading state={state} what="your invoices" retry={retry}>
				{invoices => (
					<ul className="orders" data-testid="invoices">
						{invoices.map(invoice => (
							<InvoiceRow key={invoice.number} invoice={invoice} />
						))}
					</ul>
				)}
			</Loading>
		</>
	)
}
