// Watches pages that are loaded with the response to a sign-in: whose activity that is, and that none leaves for the provider's sign-out meanwhile.
import { sessionTime } from '../../src/policy/deadlines.ts'
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Page } from '../../src/testing/page.ts'
import { AUTHORITY } from '../../src/testing/provider.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import type { Facts, Witness } from './facts.ts'

/** ms in which a page that is loaded with a response has its lazy chunk, unless that is gone. */
const CHUNK_MS = 500

/** ms of the loop guard's window, and how often a tab may leave in it. */
const LOOP_MS = 30_000
const LOOP_DEPARTURES = 3
/** ms after which a sign-in that is pending may be forgotten. */
const FORGOTTEN_MS = 1_800_000

/** ms that a commit may take. */
const SLOW_COMMIT_MS = 5000

interface Response {
	/** Loaded by this page; a response that was handed over, by none. */
	readonly page: Page | undefined
	/** ms in session time */
	readonly at: number
	/** ms of the world's time */
	readonly truth: number
}

export function watchResponses(facts: Facts) {
	const { world, setup, violate } = facts
	/** The session that was there as each sign-in began, by `state`, and when that was, ms of the world's time. */
	const begunIn = new Map<string, string | undefined>()
	const begunAt = new Map<string, number>()
	/** The response that a page was loaded with, by its `state`. */
	const loaded = new Map<Page, string>()
	const responses = new Map<string, Response[]>()
	/** Of each `state` whose response has counted as activity: of which moment, ms in session time. A power cut may undo that. */
	const counted = new Map<string, number>()
	/** Pages whose request with the code of a sign-in is under way. */
	const exchanging = new Map<Page, number>()

	world.store.watch(({ before, after }) => {
		for (const { state } of (after as SessionRecord).requests) {
			const { id, living } = (before ?? {}) as Partial<SessionRecord>
			if (begunIn.has(state)) continue
			begunIn.set(state, living && id)
			begunAt.set(state, facts.now())
		}
	})

	world.network.watch(({ page, url, form }) => {
		const code = url.pathname === '/token' && form.get('code')
		if (!code || facts.silentCodes.has(code)) return () => {}
		exchanging.set(page, (exchanging.get(page) ?? 0) + 1)
		return () => exchanging.set(page, (exchanging.get(page) ?? 1) - 1)
	})

	/** Whether a response that comes now is the first to a sign-in of the user in the session that is there. */
	function isOfUser(state: string, at: number): boolean {
		const record = facts.record()
		const request = record?.requests.find(other => other.state === state)
		const isFirst = request?.outcome === 'begun' && !responses.has(state) && !request.automatic && !request.silent
		return isFirst && !!record?.living && begunIn.get(state) === record.id && at < facts.deadlineOf(record)
	}

	/** I5: the response to a sign-in counts once, for the session in which the user began it, as of the moment when it was taken. */
	function isResponse(page: Page, before: SessionRecord, after: SessionRecord): boolean {
		const isLanded = (record: SessionRecord, state: string) => !!record.requests.find(other => other.state === state)?.isLanded
		const request = after.requests.find(({ state }) => isLanded(after, state) && !isLanded(before, state))
		const at = after.living?.lastActivity ?? 0
		if (!request) return false
		const { state, automatic, silent } = request
		if (Math.abs((counted.get(state) ?? at) - at) > 1) violate('I5', 'the response to a sign-in is activity a second time')
		counted.set(state, at)
		if (automatic || silent || begunIn.get(state) !== before.id)
			violate('I5', 'a response that the user did not ask for in this session is activity')
		return !!responses.get(state)?.some(response => {
			// What was taken by a clock that was set back since counts as of the present.
			const isPresent = response.at > after.highTime && after.highTime - at < SLOW_COMMIT_MS
			// A wall clock that was set back may be behind session time, which stands still until the page has read the record.
			const isStill = facts.wasSetBack && at - 1 <= response.at && response.at <= at + 1 + facts.now() - response.truth
			const isExact = Math.abs(response.at - at) <= 1 || isStill
			const { now = at } = facts.witnesses.get(page)?.tab.getDeadlines() ?? {}
			return isPresent || (response.page ? isExact : at > response.at - 1 && at <= now)
		})
	}
	facts.isResponse = isResponse

	const pending = new Map<Page, Response>()

	/** Session time by the record's clock, which a page that is loaded has not read yet. */
	function recordTime(): number {
		const { highTime = 0, skewMs } = facts.record() ?? {}
		return sessionTime({ time: highTime, mono: 0 }, world.time.wall(), 0, skewMs)
	}

	function note(state: string, response: Response) {
		responses.set(state, [...(responses.get(state) ?? []), response])
	}

	return {
		/** A page is loaded at `path`. */
		opened(tab: TestTab, path: string) {
			const { pathname, searchParams } = new URL(path, tab.href)
			const state = searchParams.get('state')
			if (pathname !== '/signed-in' || !state) return
			loaded.set(tab.page, state)
			const response = { page: tab.page, at: recordTime(), truth: facts.now() }
			if (isOfUser(state, response.at)) pending.set(tab.page, response)
			note(state, response)
		},
		/** I6: neither many tabs nor their many sign-ins are taken for a loop, or for a stranger's. */
		changed({ tab, slot }: Witness) {
			const { error } = tab.manager.getSnapshot()
			const recent = slot.departures.filter(at => facts.now() - at <= LOOP_MS).length
			if (error?.code === 'sign_in_loop' && recent < LOOP_DEPARTURES)
				violate('I6', `a tab that has left ${recent} times is taken for one in a loop`)
			const at = begunAt.get(loaded.get(tab.page) ?? '') ?? Number.NEGATIVE_INFINITY
			const isOurs = facts.now() - at < FORGOTTEN_MS && facts.wipedAt < at && facts.clockSetAt() < at
			if (error?.code === 'state_mismatch' && isOurs) violate('I6', 'the response to a sign-in of this browser is taken for a stranger')
		},
		/** From then on the page can say so. */
		chunkLoaded(tab: TestTab) {
			const response = pending.get(tab.page)
			pending.delete(tab.page)
			const witness = facts.witnesses.get(tab.page)
			if (!response || !witness || facts.now() - response.truth > CHUNK_MS) return
			const { at, truth } = response
			witness.activity.push({ at, truth, counts: setup.continueOn === 'activity' && !facts.isOutdated(witness) })
		},
		/** A callback page hands a response over. */
		handedOver: (state: string, opener: TestTab) => note(state, { page: undefined, at: opener.getDeadlines().now, truth: facts.now() }),
		/** I6: a deadline does not take a page away from the exchange of a sign-in. */
		leaves(tab: TestTab, target: string) {
			const { origin, pathname } = new URL(target, tab.href)
			const isDeadline = facts.witnesses.get(tab.page)?.signedOutAt === undefined && /idle|lifetime/.test(facts.record()?.end?.reason ?? '')
			if (origin === AUTHORITY && pathname === '/end-session' && isDeadline && (exchanging.get(tab.page) ?? 0) > 0)
				violate('I6', "a page leaves for the provider's sign-out while it exchanges the code of a sign-in")
		},
	}
}
