// Alerts are reported to the application's endpoint, by one tab for all: the turn to send is a lease in the ledger, and what does not get through
// waits there. Commits in order: leased, then delivered or putOff.
import type { Alert } from '../alerts.ts'
import { bounded } from '../local/bounded.ts'
import type { Tab } from '../local/tab.ts'
import type { Config } from '../options.ts'
import type { RemotePlatform } from '../platform/ports.ts'
import type { Ledger } from '../policy/ledger.ts'
import { allowed, type Batch, batchOf, delivered, dueAt, fitting, leased, putOff, reportAgainMs } from '../policy/reports.ts'
import { retryAfter } from '../protocol/http.ts'
import type { LedgerChange } from './alerts.ts'

/** ms of session time for which a turn lasts beyond the request's own limit. */
const SPARE_MS = 5000

/** ms until the next try at least, so that storage in trouble is not asked without a pause. */
const SOONEST_MS = 5000

/** What the endpoint gets. */
export interface ReportBody {
	readonly authority: string
	readonly clientId: string
	readonly alerts: readonly (Alert & { readonly user?: Readonly<Record<string, unknown>> })[]
	/** How many had to be given up since the last report that arrived. */
	readonly dropped?: number
}

export interface ReporterActions extends Pick<RemotePlatform, 'beacon'> {
	readonly endpoint: string | undefined
	/** The ledger's time, ms. */
	now(): number
	/** As last seen. */
	ledger(): Ledger
	/** @throws SessionError `storage_unavailable` */
	commit(change: LedgerChange): Promise<Ledger>
}

/** Of a try: what was sent is settled, or waits, the longer of the back-off and what the endpoint asks for. */
type Outcome = 'settled' | { readonly retryAfterMs: number; readonly isOffline: boolean }

/** Answers that say: later (RFC 9110 section 15.5.9, RFC 6585 section 4). */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500

export function createReporter(tab: Tab, { beacon, endpoint, now, ledger, commit }: ReporterActions) {
	const { clock, random, fetch } = tab.platform
	const { authority, clientId, requestTimeoutMs } = tab.config
	const { claims } = tab.config.alerts as Exclude<Config['alerts'], false>
	/** Alerts that a page which came back has sent as it was left. */
	const beaconed = new Set<string>()
	let isStopped = endpoint === undefined
	let cancel = () => {}

	function bodyOf({ reports, dropped }: Batch): string {
		const body: ReportBody = {
			authority,
			clientId,
			alerts: reports.map(report => {
				// It may have waited since an earlier version of the application, which allowed more.
				const user = allowed(report.user, claims)
				return { ...report.alert, ...(user && { user }) }
			}),
			...(dropped > 0 && { dropped }),
		}
		return JSON.stringify(body)
	}

	/** One request, which outlives the page. */
	async function send(batch: Batch): Promise<Outcome> {
		try {
			const request = fetch(endpoint as string, {
				method: 'POST',
				body: bodyOf(batch),
				headers: { 'Content-Type': 'application/json' },
				keepalive: true,
				credentials: 'same-origin',
				referrerPolicy: 'no-referrer',
				redirect: 'error',
				cache: 'no-store',
				signal: clock.limit(requestTimeoutMs),
			})
			const response = await bounded(clock, requestTimeoutMs, request, 'report')
			void response.body?.cancel().catch(() => {})
			return isPassing(response.status) ? { retryAfterMs: retryAfter(response, clock.wall()), isOffline: false } : 'settled'
		} catch {
			return { retryAfterMs: 0, isOffline: true }
		}
	}

	/** Takes the turn, if there is something to send and it is time. */
	async function takeBatch(id: string, isBack: boolean): Promise<Batch | undefined> {
		// A page that was asleep, or missed a message, does not know what waits: the network's return is worth a look.
		if (isStopped || (!isBack && now() < dueAt(ledger().outbox))) return undefined
		const { outbox } = await commit((seen, at) => {
			const next = leased(seen.outbox, { id, until: at + requestTimeoutMs + SPARE_MS }, at, isBack)
			return next && { ...seen, outbox: next }
		})
		return batchOf(outbox, id)
	}

	async function settle(id: string, batch: Batch, outcome: Outcome): Promise<void> {
		await commit((seen, at) => {
			const { outbox } = seen
			if (outcome === 'settled') return { ...seen, outbox: delivered(outbox, id, batch) }
			const ms = reportAgainMs(outbox.failures, random.fraction(), outcome.retryAfterMs)
			const next = putOff(outbox, id, at + ms, outcome.isOffline)
			return next && { ...seen, outbox: next }
		})
	}

	async function sendAll(isBack: boolean): Promise<void> {
		for (let isFirst = isBack; ; isFirst = false) {
			const id = random.id()
			const batch = await takeBatch(id, isFirst)
			if (!batch) return
			await settle(id, batch, await send(batch))
		}
	}

	/** Sends what waits, as long as there is something and it gets through. @param isBack whether the network has just come back */
	async function report(isBack = false): Promise<void> {
		try {
			await sendAll(isBack)
		} catch {} // the storage is in trouble: later
		plan()
	}

	/** The next try, when it is due; every tab plans it, and one is first. */
	function plan() {
		cancel()
		const ms = dueAt(ledger().outbox) - now()
		if (!isStopped && Number.isFinite(ms)) cancel = clock.after(Math.max(ms, SOONEST_MS), report)
	}

	return {
		report,
		plan,
		/** The page may be gone at once: what no request has taken up leaves by a beacon, once a page. It may come twice. */
		leave() {
			const left = fitting(ledger().outbox.waiting.filter(({ isTaken, alert }) => !isTaken && !beaconed.has(alert.id)))
			if (isStopped || left.length === 0) return
			for (const { alert } of left) beaconed.add(alert.id)
			beacon(endpoint as string, bodyOf({ reports: left, dropped: 0 }))
		},
		stop() {
			isStopped = true
			cancel()
		},
	}
}
