// Where the applications report their alerts: the newest are kept, each once, for it may come twice.
import type { IncomingMessage } from 'node:http'

/** An alert as an application has told of it; its details beside what all have. */
export interface ReceivedAlert {
	readonly id: string
	readonly type: string
	/** ms since the epoch, by the application's clock. */
	readonly at: number
	readonly count: number
	readonly clientId: string
	/** ms since the epoch */
	readonly receivedAt: number
	readonly [detail: string]: unknown
}

/** Alerts kept. */
const MOST_KEPT = 100
/** Of one batch. */
const MOST_ALERTS = 20
/** Of one batch: no browser sends more from a page that is being left. */
const MOST_BYTES = 65_536
const MOST_LETTERS = 200

export interface Alerts {
	/** Newest first. */
	readonly kept: readonly ReceivedAlert[]
	/** Takes a batch in. @returns whether it was one */
	take(batch: unknown): boolean
}

interface Batch {
	readonly clientId: string
	readonly alerts: readonly Pick<ReceivedAlert, 'id' | 'type' | 'at' | 'count'>[]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isText = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= MOST_LETTERS
const isAlert = (value: unknown) =>
	isObject(value) && isText(value['id']) && isText(value['type']) && Number.isFinite(value['at']) && Number.isFinite(value['count'])

function isBatch(value: unknown): value is Batch {
	if (!isObject(value) || !isText(value['authority']) || !isText(value['clientId'])) return false
	const { alerts, dropped = 0 } = value
	return Array.isArray(alerts) && alerts.length > 0 && alerts.length <= MOST_ALERTS && alerts.every(isAlert) && Number.isFinite(dropped)
}

export function createAlerts(now: () => number = Date.now): Alerts {
	let kept: readonly ReceivedAlert[] = []
	return {
		get kept() {
			return kept
		},
		take(batch) {
			if (!isBatch(batch)) return false
			for (const alert of batch.alerts) {
				if (kept.some(({ id }) => id === alert.id)) continue
				kept = [{ ...alert, clientId: batch.clientId, receivedAt: now() }, ...kept].slice(0, MOST_KEPT)
			}
			return true
		},
	}
}

/** What a request brings as JSON; `undefined` where it brings something else, or too much. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
	// Another site's page can send any other type without asking first (Fetch, "CORS-safelisted request-header").
	if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
	const chunks: Buffer[] = []
	let bytes = 0
	for await (const chunk of request) {
		bytes += chunk.length
		if (bytes <= MOST_BYTES) chunks.push(chunk)
	}
	try {
		return bytes <= MOST_BYTES ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
	} catch {
		return undefined
	}
}
