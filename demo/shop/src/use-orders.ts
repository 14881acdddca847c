// The user's orders, from an API on another origin.
import { useSessionManager } from '@tabsession/react'
import { useState } from 'react'
import type { Order } from '../../ui/orders.tsx'
import { expectOk, useResource } from '../../ui/use-resource.ts'
import { config } from './config.ts'

export const ORDERS_URL = `${config.api}/api/orders`

export function useOrders() {
	const { fetch } = useSessionManager()
	const { load, fail, ...orders } = useResource<readonly Order[]>(ORDERS_URL)
	const [placing, setPlacing] = useState(false)

	async function place() {
		setPlacing(true)
		try {
			expectOk(await fetch(ORDERS_URL, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }))
			await load()
		} catch (error) {
			fail(error)
		} finally {
			setPlacing(false)
		}
	}

	return { ...orders, placing, place }
}
