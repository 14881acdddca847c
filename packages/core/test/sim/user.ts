// What a user does with one tab, and what is known of it afterwards.
import type { SignInOptions } from '../../src/session-manager.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import { type Browser, OTHERS, type Slot } from './browser.ts'
import type { watchCalls } from './calls.ts'
import type { Facts, Witness } from './facts.ts'

/** ms between two requests for a token where they come often. */
const OFTEN_MS = 700
/** ms that a hold may last in all. */
const HOLD_MS = 400_000
/** ms before the warning in which activity may be committed only after it. */
const EARLY_MS = 1000
/** ms of running time in which a call settles (I10): its own limit, and that of what it may have to wait for. */
const BOUNDS = {
	token: 11_000,
	fetch: 45_000,
	renew: 50_000,
	retry: 150_000,
	stay: 40_000,
	signIn: 90_000,
	requireSession: 90_000,
	popup: 690_000,
	signOut: 150_000,
}

export type User = ReturnType<typeof createUser>

export function createUser(facts: Facts, browser: Browser, calls: ReturnType<typeof watchCalls>) {
	const { time, ether } = facts.world
	/** Pages that ask for a token at each hint. */
	const listening = new Set<unknown>()

	ether.watch(page => {
		const slot = listening.has(page) && browser.slots.find(other => other.page.page === page)
		if (slot) tokensSoon(slot)
	})

	const witnessOf = ({ page }: Slot) => facts.witnesses.get(page.page) as Witness

	/** Does something in the page that is there now, if it still runs then. */
	function later(slot: Slot, ms: number, task: () => void) {
		const { page } = slot.page
		const run = () => slot.page.page === page && page.isRunning() && task()
		if (ms > 0) time.after(ms, run)
		else run()
	}

	/** Runs a public method of a page that runs. */
	function call<T>(slot: Slot, method: keyof typeof BOUNDS, run: (tab: TestTab) => Promise<T>): Promise<T | undefined> {
		const witness = witnessOf(slot)
		return calls.watch(witness, method, BOUNDS[method], run(witness.tab))
	}

	function token(slot: Slot) {
		void call(slot, 'token', tab => tab.getAccessToken()).then(token => token && facts.used(slot.page.page, token))
	}

	/** Before any look can be over, and after. */
	function tokensSoon(slot: Slot) {
		for (const ms of [1, 6, 12, 20, 30, 45]) later(slot, ms, () => token(slot))
	}

	/** Whether what the user does now keeps the session; not while it waits for a word. */
	function isAnswered({ tab }: Witness): boolean {
		const snapshot = tab.getSnapshot()
		return facts.setup.continueOn === 'activity' || !(snapshot.status === 'authenticated' && snapshot.warning === 'idle')
	}

	return {
		witnessOf,
		later,
		call,
		token,
		tokensSoon,
		renew(slot: Slot) {
			facts.asked.set(slot.page.page, facts.elapsed())
			void call(slot, 'renew', tab => tab.renew())
		},
		/** Again and again, for a while. */
		tokens(slot: Slot) {
			for (let times = 0; times < 20; times++) later(slot, times * OFTEN_MS, () => token(slot))
		},
		/** I9: a token is for the API that it was asked for. */
		other(slot: Slot, api: keyof typeof OTHERS) {
			const asked = OTHERS[api]
			void call(slot, 'token', tab => tab.getAccessToken(asked)).then(token => {
				if (!token) return
				facts.used(slot.page.page, token)
				const { resource = asked.resource } = facts.world.provider.introspect(token) ?? {}
				if (resource !== asked.resource) facts.violate('I9', `a token for ${resource} was handed out as one for ${api}`)
			})
		},
		tokenAtEachHint: (slot: Slot) => void listening.add(slot.page.page),
		fetch(slot: Slot) {
			const { sub } = witnessOf(slot)
			void call(slot, 'fetch', async tab => {
				const response = await tab.fetch('https://app.example/api/orders')
				const user = response.ok ? await response.text() : undefined
				if (user && sub && user !== sub) facts.violate('I9', `a request made for ${sub} was answered to ${user}`)
			})
		},
		/** @param plan what the user will do in it */
		popup(slot: Slot, plan: string, options: SignInOptions) {
			slot.popupPlan = plan
			void call(slot, 'popup', tab => tab.signIn({ ...options, method: 'popup' }))
		},
		signOut(slot: Slot, at: 'device' | 'provider') {
			witnessOf(slot).signedOutAt = facts.now()
			void call(slot, 'signOut', tab => tab.signOut({ at }))
		},
		stay(slot: Slot) {
			witnessOf(slot).stayedAt = facts.now()
			void call(slot, 'stay', tab => tab.stay())
		},
		/** @param ms until it is released, if it is */
		hold(slot: Slot, ms: number | undefined) {
			const { tab, holds } = witnessOf(slot)
			const { now: from } = tab.getDeadlines()
			const fromElapsed = facts.elapsed()
			const held = { from, until: from + HOLD_MS, fromElapsed, untilElapsed: fromElapsed + HOLD_MS }
			holds.push(held)
			const release = tab.hold('upload', { atMost: HOLD_MS })
			if (ms === undefined) return
			later(slot, ms, () => {
				held.until = Math.min(held.until, tab.getDeadlines().now)
				held.untilElapsed = Math.min(held.untilElapsed, facts.elapsed())
				release()
			})
		},
		/** To be called right before what counts as activity. @param isWord whether the user says so */
		active(slot: Slot, isWord = false) {
			const witness = witnessOf(slot)
			const { tab, activity, isChunkLoaded } = witness
			const record = facts.record()
			const { now: at, idle = Number.POSITIVE_INFINITY } = tab.getDeadlines()
			// What it is published for is the session that the page knows of: one that stood still may not know of this one yet.
			const isKnown = !!record?.living && idle >= record.living.startedAt + facts.idleMs
			const isInTime = isKnown && at < facts.deadlineOf(record) && (isWord || isAnswered(witness))
			// Before the warning, in a session that waits for a word: what another tab has heard already this one may not know yet.
			const isEarly = isWord || facts.setup.continueOn === 'activity' || (record && at < facts.warningOf(record) - EARLY_MS)
			activity.push({
				at,
				truth: facts.now(),
				counts:
					!!isEarly &&
					isInTime &&
					record.sub === witness.sub &&
					tab.status() === 'authenticated' &&
					isChunkLoaded &&
					!facts.isOutdated(witness),
			})
		},
		disarm: () => listening.clear(),
	}
}
