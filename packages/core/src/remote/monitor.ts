// Whether the user is still signed in at the provider: its check-session page is asked, by one visible tab at a time (OpenID Connect Session
// Management 1.0 section 3). In a chunk of its own: only `sessionMonitor` needs it. Nothing that goes wrong here ends a session (I6).
import { bounded } from '../local/bounded.ts'
import type { Tab } from '../local/tab.ts'
import type { Frame, Frames } from '../platform/ports.ts'
import { isLiving, type LivingRecord, type SessionRecord } from '../policy/record.ts'

/** The provider's word on the user's session there: `'gone'` if it is over, `'unknown'` if it could not be had. */
export type Recheck = () => Promise<'same' | 'gone' | 'unknown'>

export interface MonitorActions {
	/** The check-session page; `undefined` where the provider has none. @throws SessionError */
	pageUrl(): Promise<string | undefined>
	readonly recheck: Recheck
	/** Ends the session in every tab, once, if it is still the one that is meant. @throws SessionError `storage_unavailable` */
	end(isMeant: (record: SessionRecord) => boolean): Promise<void>
}

const POLL_MS = 2000
/** ms that the others rest after a poll. */
const QUIET_MS = 5000
/** ms that every tab rests where asking on would lead to nothing. */
const REST_MS = 300_000
/** ms that the provider's word may take. */
const RECHECK_MS = 60_000
/** Polls without an answer, the page's loading among them, after which it is taken to be blocked. */
const MOST_UNANSWERED = 5

export type Monitor = ReturnType<typeof createMonitor>

export function createMonitor(tab: Tab, frames: Frames, { pageUrl, recheck, end }: MonitorActions) {
	const { clock, channel, lifecycle } = tab.platform
	let frame: Frame | undefined
	let isLoaded = false
	let isOpening = false
	let isRechecking = false
	/** For good, in this page. */
	let isOver = false
	/** Whether the frame sees the provider's cookies at all: it has known the session once. */
	let sees = false
	/** Whether the page has seen the session as it was at sign-in, since the provider was last asked otherwise. */
	let hasSeen = false
	let asked: string | undefined
	let unanswered = 0
	let restUntil = 0
	let cancel: (() => void) | undefined

	/** The session to ask about, if this tab is one to ask. */
	function watched(): LivingRecord | undefined {
		const { record } = tab.view
		const isToAsk = !isOver && !tab.awake() && lifecycle.visible() && tab.settle().status === 'authenticated'
		return isToAsk && isLiving(record) && record.living.sessionState ? record : undefined
	}

	const isResting = () => clock.mono() < restUntil

	function rest(ms: number) {
		restUntil = Math.max(restUntil, clock.mono() + ms)
	}

	function close() {
		frame?.close()
		frame = undefined
		isLoaded = false
		unanswered = 0
	}

	function sleep() {
		close()
		cancel?.()
		cancel = undefined
	}

	function stop() {
		isOver = true
		sleep()
	}

	/** What the other tabs are to know: for how long there is no need to ask. */
	const say = (restMs: number) => channel.post({ monitoring: tab.id, restMs })

	function plan() {
		cancel ??= clock.after(Math.max(POLL_MS, restUntil - clock.mono()), () => {
			cancel = undefined
			poll()
		})
	}

	function poll() {
		const record = watched()
		if (!record) return close()
		plan()
		if (isResting()) return
		if (unanswered >= MOST_UNANSWERED) return stop()
		say(QUIET_MS)
		if (!frame) return void open()
		unanswered += 1
		ask(record)
	}

	function ask({ living }: LivingRecord) {
		if (!isLoaded) return
		asked = living.sessionState
		frame?.post(`${tab.config.clientId} ${asked}`)
	}

	async function open() {
		if (isOpening) return
		isOpening = true
		try {
			const url = await pageUrl()
			if (!url) return stop()
			if (watched() && !isResting()) frame = frames.open(url, { loaded, said })
		} catch {
			rest(REST_MS)
		} finally {
			isOpening = false
		}
	}

	function loaded() {
		isLoaded = true
		const record = watched()
		if (record) ask(record)
	}

	/** What the page answers (section 3.2); anything else it says is none of ours. */
	function said(answer: unknown) {
		if (answer === 'error') return stop()
		if (answer !== 'changed' && answer !== 'unchanged') return
		unanswered = 0
		if (answer === 'unchanged') hasSeen = sees = true
		else void changed()
	}

	/** Something has: the provider is asked in another way, for the page says so too where it sees no cookies. */
	async function changed() {
		const record = watched()
		if (!record || isRechecking || record.living.sessionState !== asked) return
		isRechecking = true
		const isNews = hasSeen
		hasSeen = false
		const { id, living } = record
		try {
			const found = await bounded(clock, RECHECK_MS, recheck(), 'recheck')
			// A frame that sees no cookies knows nobody, and neither does another.
			if (found === 'gone' && sees) await end(now => now.id === id && now.living?.sessionState === living.sessionState)
			else if (found !== 'same' || !isNews) restAll()
		} catch {
			restAll()
		} finally {
			isRechecking = false
		}
	}

	function restAll() {
		rest(REST_MS)
		say(REST_MS)
		close()
	}

	tab.beforeSleep(sleep)

	return {
		/** The record has been read: begins where there is something to watch, and hears first whether another tab polls. */
		attend() {
			if (watched()) plan()
		},
		/** Another tab polls. Of two that do, the one with the smaller id goes on. Strangers' messages are none of ours. */
		receive({ monitoring, restMs }: { monitoring?: unknown; restMs?: unknown }) {
			if (typeof monitoring !== 'string' || typeof restMs !== 'number' || !(restMs > 0)) return
			const isPolling = frame || isOpening
			if (isPolling && restMs <= QUIET_MS && monitoring > tab.id) return
			rest(Math.min(restMs, REST_MS))
			close()
		},
		stop,
	}
}
