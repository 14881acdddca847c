// The user's orders, from an API on another origin, and what can be done with them.
import { SessionError, type StepUpChallenge } from '@tabsession/core'
import { useSessionManager } from '@tabsession/react'
import { useState } from 'react'
import type { Order } from '../../ui/orders.tsx'
import { expectOk, useResource } from '../../ui/use-resource.ts'
import { config } from './config.ts'

export const ORDERS_URL = `${config.api}/api/orders`

/** A refund that waits for the user to prove who they are (RFC 9470). */
export interface Unconfirmed {
	readonly order: string
	readonly challenge: StepUpChallenge
}

export function useOrders() {
	const { fetch, stepUp } = useSessionManager()
	const { load, fail, ...orders } = useResource<readonly Order[]>(ORDERS_URL)
	const [busy, setBusy] = useState('')
	const [unconfirmed, setUnconfirmed] = useState<Unconfirmed>()

	/** Sends, and shows what became of it. */
	async function send(what: string, url: string, body?: string) {
		setBusy(what)
		try {
			expectOk(await fetch(url, { method: 'POST', ...(body && { headers: { 'Content-Type': 'application/json' }, body }) }))
			await load()
		} catch (error) {
			if (error instanceof SessionError && error.challenge) setUnconfirmed({ order: what, challenge: error.challenge })
			else fail(error)
		} finally {
			setBusy('')
		}
	}

	const place = () => send('new', ORDERS_URL, '{}')

	const refund = (order: string) => {
		setUnconfirmed(undefined)
		return send(order, `${ORDERS_URL}/${order}/refund`)
	}

	/** Has the user prove who they are, in a window; the refund is sent again then. */
	async function confirm({ order, challenge }: Unconfirmed) {
		try {
			await stepUp(challenge, { method: 'popup' })
		} catch {
			// The question stays, and can be answered again.
			return
		}
		await refund(order)
	}

	return { ...orders, busy, place, refund, unconfirmed, confirm, dismiss: () => setUnconfirmed(undefined) }
}
