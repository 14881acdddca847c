// The orders of each user, in memory: a few to begin with, and those placed since.
export interface Order {
	readonly id: string
	readonly placedAt: string
	readonly items: readonly string[]
	readonly total: number
	readonly status: 'placed' | 'packed' | 'delivered' | 'refunded'
}

const CATALOGUE: readonly (readonly [item: string, price: number])[] = [
	['A5 dot-grid notebook', 14.5],
	['Fine-nib fountain pen', 48],
	['Iron gall ink', 11],
	['Letter paper', 9.8],
	['Linen envelopes', 8.4],
	['Brass pencil sharpener', 17.2],
	['Desk calendar', 12],
]

const HOUR = 3_600_000
const order = (number: number, hoursAgo: number, status: Order['status'], picks: readonly number[]): Order => {
	const chosen = picks.map(pick => CATALOGUE[pick % CATALOGUE.length] ?? (['Notebook', 10] as const))
	return {
		id: `PL-${number}`,
		placedAt: new Date(Date.now() - hoursAgo * HOUR).toISOString(),
		items: chosen.map(([item]) => item),
		total: Math.round(chosen.reduce((sum, [, price]) => sum + price, 0) * 100) / 100,
		status,
	}
}

export interface Orders {
	of(sub: string): readonly Order[]
	place(sub: string): Order
	/** @returns the order as it is now; `undefined` if the user has no such order */
	refund(sub: string, id: string): Order | undefined
}

export function createOrders(): Orders {
	const placed = new Map<string, Order[]>()
	let number = 2071

	const of = (sub: string) => {
		// Different users see different things, the same ones each time.
		const seed = [...sub].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
		const orders = placed.get(sub) ?? [
			order(2000 + (seed % 50), 20, 'packed', [seed, seed + 3]),
			order(1900 + (seed % 80), 24 * 9, 'delivered', [seed + 1]),
			order(1800 + (seed % 70), 24 * 41, 'delivered', [seed + 2, seed + 4, seed + 5]),
		]
		placed.set(sub, orders)
		return orders
	}

	return {
		of,
		place(sub) {
			const orders = of(sub)
			const fresh = order(number++, 0, 'placed', [number, number + 2])
			placed.set(sub, [fresh, ...orders])
			return fresh
		},
		refund(sub, id) {
			const orders = of(sub).map((one): Order => (one.id === id ? { ...one, status: 'refunded' } : one))
			placed.set(sub, orders)
			return orders.find(one => one.id === id)
		},
	}
}
