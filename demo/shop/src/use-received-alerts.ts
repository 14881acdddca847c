// The alerts that the API has received, of both applications; asked for again and again while somebody looks.
import { useEffect, useState } from 'react'
import { config } from './config.ts'

const EVERY_MS = 2000

/** As the API tells of them; their details beside what all have. */
export interface ReceivedAlert {
	readonly id: string
	readonly type: string
	/** ms since the epoch */
	readonly at: number
	readonly clientId: string
}

export const ALERTS_URL = `${config.api}/alerts`

/** `undefined` until they have been read. */
export function useReceivedAlerts(): readonly ReceivedAlert[] | undefined {
	const [received, setReceived] = useState<readonly ReceivedAlert[]>()
	useEffect(() => {
		const leaving = new AbortController()
		const { signal } = leaving
		async function load() {
			if (document.hidden) return
			const response = await fetch(ALERTS_URL, { signal })
			const alerts: readonly ReceivedAlert[] = await response.json()
			if (!signal.aborted) setReceived(alerts)
		}
		// An API that is away for a moment: what was received is still that.
		const look = () => void load().catch(() => {})
		look()
		const timer = setInterval(look, EVERY_MS)
		return () => {
			clearInterval(timer)
			leaving.abort()
		}
	}, [])
	return received
}
