// The user's orders, from an API on another origin. `session.fetch` adds the access token and renews it where needed.
import { useSessionManager } from '@tabsession/react'
import { useCallback, useEffect, useState } from 'react'
import { config } from './config.ts'

export const ORDERS_URL = `${config.api}/api/orders`

export interface Order {
	readonly id: string
	readonly placedAt: string
	readonly items: readonly string[]
	readonly total: number
	readonly status: 'placed' | 'packed' | 'delivered'
}

type State =
	| { readonly status: 'loading' }
	| { readonly status: 'failed'; readonly message: string }
	| { readonly status: 'loaded'; readonly orders: readonly Order[] }

export function useOrders() {
	const { fetch } = useSessionManager()
	const [state, setState] = useState<State>({ status: 'loading' })
	const [placing, setPlacing] = useState(false)

	const load = useCallback(
		async (signal?: AbortSignal) => {
			try {
				const response = await fetch(ORDERS_URL, signal ? { signal } : {})
				if (!response.ok) throw new Error(`The API answered ${response.status}.`)
				setState({ status: 'loaded', orders: await response.json() })
			} catch (error) {
				if (signal?.aborted) return
				setState({ status: 'failed', message: error instanceof Error ? error.message : String(error) })
			}
		},
		[fetch],
	)

	useEffect(() => {
		const leaving = new AbortController()
		void load(leaving.signal)
		return () => leaving.abort()
	}, [load])

	async function place() {
		setPlacing(true)
		try {
			const response = await fetch(ORDERS_URL, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
			if (!response.ok) throw new Error(`The API answered ${response.status}.`)
			await load()
		} catch (error) {
			setState({ status: 'failed', message: error instanceof Error ? error.message : String(error) })
		} finally {
			setPlacing(false)
		}
	}

	const retry = () => {
		setState({ status: 'loading' })
		void load()
	}

	return { state, placing, place, retry }
}
