// Two things at once: what a user does in one tab while something befalls another.
import type { SignInOptions } from '../../src/session-manager.ts'
import type { Browser, Slot } from './browser.ts'
import type { Facts } from './facts.ts'
import type { Traps } from './traps.ts'
import type { User } from './user.ts'
import { wake } from './wake.ts'

/** ms that a page stands still for less than its tokens would be trusted. */
const NAP_MS = 2000
/** ms by which somebody sets the clock back: as long would a token in memory seem young. */
const BACK_MS = 240_000
/** ms in which a look and a sign-out elsewhere cross. */
const CROSSING_MS = 400
/** ms after which a user who has opened a popup does something else. */
const ELSEWHERE_MS = 700
/** ms in which a user signs in and out elsewhere, beside what requests and the storage take. */
const MEANWHILE_MS = 4000
/** ms after which a page is told of its refusal: the one that has overtaken it after 35 s still waits for an answer, for 30 s. */
const TOLD_MS = 45_000

/** ms that a user is away for a sign-in: the page leaves, and the user takes a moment. */
const AT_PROVIDER_MS = 1800

/** Deep links that are opened at once, the longest time between two of them, and for how long they are open, ms. */
const LINKS = 12
const BETWEEN_LINKS_MS = 2000
const LINKS_OPEN_MS = 45_000

export type Coincidences = ReturnType<typeof createCoincidences>

export function createCoincidences(
	facts: Facts,
	browser: Browser,
	user: User,
	traps: Traps,
	{ isPrerendered, wipe }: { isPrerendered(slot: Slot): boolean; wipe(): void },
) {
	const { time, network, provider } = facts.world
	const { sso, latencyMs, storeMs } = facts.setup
	let isOver = false

	const isAble = (slot: Slot) => !slot.isAway && !isPrerendered(slot) && slot.page.page.isRunning()
	const others = (slot: Slot) => browser.slots.filter(other => other !== slot && isAble(other))

	const links = new Set<Slot>()

	function closeLink(slot: Slot) {
		if (links.delete(slot) && browser.slots.includes(slot) && browser.slots.length > 1) browser.close(slot)
	}

	function signOutElsewhere(slot: Slot) {
		const [other] = others(slot)
		if (other) user.signOut(other, 'device')
	}

	/** The page hangs from that moment on, while something else goes on. */
	function hangsWhile(slot: Slot, ms: number, task: () => void) {
		slot.page.hang()
		task()
		time.after(ms, () => !isOver && wake(facts, slot))
	}

	/** The user signs in in a tab, and at once out again. */
	function come(other: Slot | undefined, andGo: boolean) {
		if (!other || !isAble(other)) return
		if (andGo) traps.set(other, 'begun', () => user.later(other, 50, () => user.signOut(other, 'device')))
		user.popup(other, 'at once', { prompt: 'login' })
	}

	/** One look after the other. */
	function looks(slot: Slot, forMs: number) {
		for (let ms = 0; ms < forMs; ms += 10) user.later(slot, ms, slot.page.focus)
	}

	return {
		signOutElsewhere,
		/** @param ms when in its look the page is frozen */
		nap(slot: Slot, ms: number) {
			user.token(slot)
			user.fetch(slot)
			slot.page.focus()
			user.later(slot, 1 + (ms % 50), () => {
				const { page } = slot
				page.freeze()
				signOutElsewhere(slot)
				time.after(NAP_MS, () => {
					if (slot.page !== page || page.page.isRunning()) return
					wake(facts, slot)
					user.tokensSoon(slot)
					user.tokens(slot)
				})
			})
		},
		/** The page looks again and again while the hint of a sign-out is on its way, and wants a token when it comes. */
		cross(slot: Slot) {
			user.tokenAtEachHint(slot)
			signOutElsewhere(slot)
			looks(slot, CROSSING_MS)
		},
		/** The page has a token in memory as the clock is set back, and the user signs out elsewhere. */
		setBack(slot: Slot, set: (ms: number) => void) {
			user.token(slot)
			user.later(slot, 1000, () => {
				if (isOver) return
				set(-BACK_MS)
				signOutElsewhere(slot)
				user.tokens(slot)
			})
		},
		/** Everybody wants a token at a moment of one tab. */
		tokensAt(slot: Slot, moment: string) {
			traps.set(slot, moment, () => {
				for (const each of [slot, ...others(slot)]) user.tokensSoon(each)
			})
		},
		/** The provider refuses the page, which hangs before it is told: the turn passes to another, whose request takes long; then it is told. */
		refuse(slot: Slot) {
			traps.set(slot, 'intent', () => {
				network.faults.unshift({ status: 400, body: '{"error":"invalid_grant"}' })
				traps.set(slot, 'sent', () => {
					slot.page.hang()
					const [other] = others(slot)
					if (!other) return
					network.faults.unshift('hang')
					user.renew(other)
					time.after(TOLD_MS, () => !isOver && wake(facts, slot))
				})
			})
		},
		/** The page hangs with the turn, and whoever overtakes it meets a provider that hangs. */
		stall(slot: Slot) {
			traps.set(slot, 'intent', () => {
				slot.page.hang()
				network.faults.unshift('hang')
				const [other] = others(slot)
				if (other) user.renew(other)
			})
		},
		/**
		 * Activity right before the deadline, where it meets the end; or a little earlier, while the looks of all others last until the
		 * deadline has passed.
		 */
		actAtLastMoment: function act(slot: Slot, isInLooks: boolean) {
			const record = facts.record()
			if (!record?.living) return
			const ms = facts.deadlineOf(record) - facts.sessionTime(slot.page.page) - (isInLooks ? 2 * facts.setup.storeMs : 10)
			if (!(ms > 0 && ms < 1_000_000)) return
			user.later(slot, ms, () => {
				const now = facts.record()
				// Somebody was active in the meantime.
				if (now?.living && facts.deadlineOf(now) > facts.deadlineOf(record)) return act(slot, isInLooks)
				user.active(slot)
				slot.page.act()
				// Few, or the activity itself would have to wait behind them.
				if (isInLooks) for (const other of others(slot)) for (const at of [0, facts.setup.storeMs]) user.later(other, at, other.page.focus)
			})
		},
		/** The user signs in again, and comes back up to 3 s before the deadline. */
		signInAtLastMoment(slot: Slot, chance: number) {
			const record = facts.record()
			if (!record?.living) return
			const ms = facts.deadlineOf(record) - facts.sessionTime(slot.page.page) - AT_PROVIDER_MS - 2 * latencyMs - (chance % 3000)
			if (!(ms > 0 && ms < 1_000_000)) return
			user.later(slot, ms, () => isOver || void user.call(slot, 'signIn', tab => tab.signIn({ prompt: 'login' })))
		},
		/** @param elsewhere what the user does while the popup is open */
		popup(slot: Slot, plan: string, elsewhere: string | undefined, options: SignInOptions) {
			user.popup(slot, plan, options)
			const [other] = others(slot)
			if (elsewhere === 'and out here') user.later(slot, ELSEWHERE_MS, () => user.signOut(slot, 'device'))
			if (!other || !elsewhere?.endsWith('elsewhere')) return
			user.later(other, ELSEWHERE_MS, () => {
				if (elsewhere === 'and out and in elsewhere') traps.set(other, 'ended', () => user.later(other, 50, () => come(other, false)))
				user.signOut(other, 'device')
			})
		},
		/** A page is loaded where nobody is signed in but at the provider. @param elsewhere what the user does while it asks there */
		sso(slot: Slot, sub: string, elsewhere: string | undefined) {
			if (sso === 'off') return
			if (facts.record()?.living) wipe()
			provider.setSession(sub)
			const [other] = others(slot)
			const ms = MEANWHILE_MS + 6 * latencyMs + 20 * storeMs
			const meanwhile = () => come(other, elsewhere === 'in and out elsewhere')
			if (elsewhere && sso === 'iframe') traps.set(slot, 'framed', () => hangsWhile(slot, ms, meanwhile))
			browser.reload(slot)
			if (!elsewhere || sso !== 'redirect') return
			slot.silentMs = ms
			time.after(ELSEWHERE_MS, meanwhile)
		},
		/** Pages behind a guard are opened where there is no session. */
		deepLinks(chance: number) {
			if (facts.record()?.living) wipe()
			const betweenMs = chance % 3 === 0 ? 0 : chance % BETWEEN_LINKS_MS
			for (let at = 0; at < LINKS; at++)
				time.after(at * betweenMs, () => {
					if (isOver) return
					const slot = browser.open(`/orders/${at}`)
					links.add(slot)
					void user.call(slot, 'requireSession', tab => tab.requireSession())
					time.after(LINKS_OPEN_MS, () => closeLink(slot))
				})
		},
		/** The refresh token is refused. @param known what the provider says in a frame @param meanwhile what befalls the page then */
		ladder(slot: Slot, known: string, meanwhile: string | undefined) {
			const record = facts.record()
			if (sso === 'off' || !record?.living) return
			provider.revokeGrants()
			provider.setSession(known === 'nobody' ? undefined : known === 'bob' ? 'bob' : record.sub)
			provider.setFrames(known === 'forbidden' ? known : 'open')
			if (meanwhile === 'and out elsewhere') traps.set(slot, 'framed', () => signOutElsewhere(slot))
			if (meanwhile === 'and overtaken')
				traps.set(slot, 'framed', () =>
					hangsWhile(slot, TOLD_MS, () => {
						const [other] = others(slot)
						if (other) user.renew(other)
					}),
				)
			user.renew(slot)
		},
		/** What is under way changes nothing any more. */
		disarm() {
			isOver = true
			for (const slot of links) closeLink(slot)
		},
	}
}
