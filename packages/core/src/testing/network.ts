// The network between the tabs, the provider and an API: slow, cut before, after and in the middle.
import type { Page } from './page.ts'
import { type Answer, AUTHORITY } from './provider.ts'
import type { Time } from './time.ts'

/**
 * What one request can meet. `cut`: it never leaves. `lost`: the server acts, its answer does not come. `half`: half of it comes.
 * `hang`: the server acts and never answers. `endless`: the server acts, and its body never ends. `flood`: the server acts, and its body has
 * 100 MB. An answer: the server says this, and does nothing.
 */
export type NetworkFault = 'cut' | 'lost' | 'half' | 'hang' | 'endless' | 'flood' | Answer

/** Where a world takes reports of alerts. */
export const REPORTS = '/alerts'

export interface Exchange {
	readonly page: Page
	readonly url: URL
	readonly form: URLSearchParams
	/** What was sent as text. */
	readonly text: string | undefined
	readonly method: string
	readonly authorization: string | null
	/** RFC 9449 section 4.1 */
	readonly proof: string | null
}

/** Told of each request as it leaves. @returns told of the whole answer once the page has it, or that it never will */
export type NetworkWatcher = (exchange: Exchange) => (answer: Answer | undefined) => void

export type Network = ReturnType<typeof createNetwork>

interface NetworkOptions {
	readonly server: (exchange: Exchange) => Answer
	/** ms that one way takes */
	readonly delay: () => number
	/** Whether a request that is on its way when its page goes is lost with it. */
	readonly isRecalled: () => boolean
	/** Answers all but the provider's addresses, in its own time. Default: the server does. */
	readonly api?: typeof globalThis.fetch | undefined
}

/** A body that breaks off: what has come is no JSON. */
const broken = (text: string) =>
	new ReadableStream<Uint8Array>({
		start(controller) {
			controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)))
		},
		pull(controller) {
			controller.error(new TypeError('network error'))
		},
	})

/** A body that goes on for ever, until nobody waits for it any more. */
const endless = (text: string, signal: AbortSignal | null | undefined) =>
	new ReadableStream<Uint8Array>({
		start(controller) {
			controller.enqueue(new TextEncoder().encode(text.slice(0, -1)))
			signal?.addEventListener('abort', () => controller.error(signal.reason))
		},
	})

/** 100 MB, of which no more is made than is read. */
function flood() {
	const chunk = new Uint8Array(1_000_000).fill(32)
	let left = 100
	return new ReadableStream<Uint8Array>({
		pull(controller) {
			if (left-- > 0) controller.enqueue(chunk)
			else controller.close()
		},
	})
}

export function createNetwork(time: Time, { server, delay, isRecalled, api }: NetworkOptions) {
	/** What the next requests to the token endpoint meet, and the next reports of alerts. */
	const faults: NetworkFault[] = []
	const reportFaults: NetworkFault[] = []
	const watchers: NetworkWatcher[] = []
	let isDown = false

	function fetch(page: Page, input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
		const request = input instanceof Request ? input : undefined
		const url = new URL(request?.url ?? String(input))
		const headers = request?.headers ?? new Headers(init.headers)
		const exchange: Exchange = {
			page,
			url,
			form: init.body instanceof URLSearchParams ? init.body : new URLSearchParams(),
			text: typeof init.body === 'string' ? init.body : undefined,
			method: request?.method ?? init.method ?? 'GET',
			authorization: headers.get('Authorization'),
			proof: headers.get('DPoP'),
		}
		const signal = init.signal ?? request?.signal
		// An aborted request never leaves.
		if (signal?.aborted) return Promise.reject(signal.reason)
		if (api && url.origin !== AUTHORITY) {
			const answer = isDown ? Promise.reject(new TypeError('Failed to fetch')) : api(input, init)
			return answer.finally(() => new Promise<void>(resolve => page.enter(resolve)))
		}
		return new Promise((resolve, reject) => {
			const ends = watchers.map(watcher => watcher(exchange))
			let isOver = false
			const over = (answer?: Answer) => {
				if (isOver) return false
				isOver = true
				for (const end of ends) end(answer)
				return true
			}
			const fail = () => page.enter(() => over() && reject(new TypeError('Failed to fetch')))
			const answered = (answer: Answer, fault: NetworkFault | undefined) => {
				const { status, body, headers = {} } = answer
				if (init.redirect === 'error' && status >= 300 && status < 400) return fail()
				const isWhole = fault !== 'half' && fault !== 'endless' && fault !== 'flood'
				const sent = fault === 'half' ? broken(body) : fault === 'endless' ? endless(body, signal) : fault === 'flood' ? flood() : body
				// A response that is made says of itself that it comes from nowhere.
				const response = () => Object.defineProperty(new Response(sent, { status, headers }), 'url', { value: answer.url ?? url.href })
				page.enter(() => over(isWhole ? answer : undefined) && resolve(response()))
			}
			page.atEnd(() => over())
			signal?.addEventListener('abort', () => over() && reject(signal.reason))
			const fault = isDown ? 'cut' : ({ '/token': faults, [REPORTS]: reportFaults }[url.pathname] ?? []).shift()
			if (fault === 'cut') return void page.after(delay(), fail)
			time.after(delay(), () => {
				if (page.isGone() && !init.keepalive && isRecalled()) return
				const answer = typeof fault === 'object' ? fault : server(exchange)
				if (fault === 'lost') time.after(delay(), fail)
				else if (fault !== 'hang') time.after(delay(), () => answered(answer, fault))
			})
		})
	}

	return {
		faults,
		reportFaults,
		fetch,
		/** A request that outlives its page, and tells it nothing (Beacon). */
		beacon(page: Page, url: string, json: string) {
			fetch(page, url, { method: 'POST', body: json, keepalive: true }).catch(() => {})
		},
		/** While it is down no request leaves. */
		setDown(down: boolean) {
			isDown = down
		},
		isDown: () => isDown,
		watch: (watcher: NetworkWatcher) => void watchers.push(watcher),
	}
}
