// Plays the steps of a schedule in a world, as its users and its bad luck.
import type { SessionRecord } from '../../src/policy/record.ts'
import type { NetworkFault } from '../../src/testing/network.ts'
import type { Commit, StoreTrouble } from '../../src/testing/store.ts'
import { answers, type Moment, moments } from './bad-luck.ts'
import type { Browser, Slot } from './browser.ts'
import type { watchCalls } from './calls.ts'
import type { Facts, Witness } from './facts.ts'
import type { Step } from './schedule.ts'
import { wake } from './wake.ts'

/** ms that a page stands still for less than its tokens would be trusted. */
const NAP_MS = 2000
/** ms that the storage is full for longer than a tab tries. */
const FULL_MS = 15_000
/** ms between two requests for a token where they come often. */
const OFTEN_MS = 700
/** ms of running time in which a call settles (I10): its own limit, and that of what it may have to wait for. */
const BOUNDS = { token: 11_000, fetch: 45_000, renew: 60_000, retry: 150_000, stay: 40_000, signIn: 90_000, signOut: 150_000 }

export interface Player {
	play(step: Step): void
	/** Whatever waits to happen to a page does not happen any more. */
	disarm(): void
}

export function createPlayer(facts: Facts, browser: Browser, calls: ReturnType<typeof watchCalls>): Player {
	const { world } = facts
	const { time, network, provider, store } = world
	const traps = new Map<Slot, { readonly at: Moment; readonly spring: () => void }>()
	/** Pages that ask for a token at each hint. */
	const listening = new Set<unknown>()
	const prerendered = new Map<Slot, () => void>()

	store.watch(({ page, before, after }: Commit) => {
		for (const [slot, { at, spring }] of traps) {
			if (slot.page.page !== page || !at(before as SessionRecord | undefined, after as SessionRecord)) continue
			traps.delete(slot)
			spring()
		}
	})

	world.ether.watch(page => {
		const slot = listening.has(page) && browser.slots.find(other => other.page.page === page)
		// Before any look that the hint brings can be over.
		if (slot) later(slot, 1, () => token(slot))
	})

	const witnessOf = ({ page }: Slot) => facts.witnesses.get(page.page) as Witness

	function active(slot: Slot) {
		const witness = witnessOf(slot)
		const { tab, activity, isChunkLoaded } = witness
		const record = facts.record()
		const at = tab.getDeadlines().now
		const isInTime = !!record && at < facts.deadlineOf(record)
		activity.push({
			at,
			truth: facts.now(),
			counts: isInTime && record.sub === witness.sub && tab.status() === 'authenticated' && isChunkLoaded && !facts.isOutdated(witness),
		})
	}

	/** Does something in the page that is there now, if it still runs then. */
	function later(slot: Slot, ms: number, task: () => void) {
		const { page } = slot.page
		const run = () => slot.page.page === page && page.isRunning() && task()
		if (ms > 0) time.after(ms, run)
		else run()
	}

	function signOutElsewhere(slot: Slot) {
		const isAble = (other: Slot) => other !== slot && !other.isAway && !prerendered.has(other) && other.page.page.isRunning()
		const other = browser.slots.find(isAble)
		if (other) users.signOut?.(other, 'device', {} as Step)
	}

	/** Right before the deadline, where activity meets the end. */
	function atLastMoment(slot: Slot) {
		const record = facts.record()
		if (!record?.living) return
		const ms = facts.deadlineOf(record) - facts.sessionTime(slot.page.page) - 10
		if (!(ms > 0 && ms < 1_000_000)) return
		later(slot, ms, () => {
			const now = facts.record()
			// Somebody was active in the meantime.
			if (now?.living && facts.deadlineOf(now) > facts.deadlineOf(record)) return atLastMoment(slot)
			active(slot)
			slot.page.act()
		})
	}

	function token(slot: Slot) {
		void call(slot, 'token', ({ tab }) => tab.getAccessToken()).then(token => token && facts.used(slot.page.page, token))
	}

	/** Runs a public method of a page that runs. */
	function call<T>(slot: Slot, method: keyof typeof BOUNDS, run: (witness: Witness) => Promise<T>): Promise<T | undefined> {
		const witness = witnessOf(slot)
		return calls.watch(witness, method, BOUNDS[method], run(witness))
	}

	const users: Partial<Record<Step['kind'], (slot: Slot, arg: string, step: Step) => void>> = {
		show(slot) {
			const { page } = slot.page
			prerendered.get(slot)?.()
			prerendered.delete(slot)
			slot.isShown = true
			slot.shownAt = facts.now()
			if (!page.isRunning()) wake(facts, slot)
			active(slot)
			slot.page.show()
		},
		hide(slot) {
			slot.isShown = false
			slot.page.hide()
		},
		act(slot, arg) {
			if (arg === 'at the last moment') return atLastMoment(slot)
			active(slot)
			if (arg === 'mouse') slot.page.act()
			else if (arg === 'reported') slot.page.reportActivity()
			else void call(slot, 'stay', ({ tab }) => tab.stay())
		},
		token(slot, arg) {
			if (arg === 'at each hint') return void listening.add(slot.page.page)
			for (let times = arg === 'often' ? 20 : 1; times > 0; times--) later(slot, (times - 1) * OFTEN_MS, () => token(slot))
		},
		fetch(slot) {
			const { sub } = witnessOf(slot)
			void call(slot, 'fetch', async ({ tab }) => {
				const response = await tab.fetch('https://app.example/api/orders')
				const user = response.ok ? await response.text() : undefined
				if (user && sub && user !== sub) facts.violate('I9', `a request made for ${sub} was answered to ${user}`)
			})
		},
		renew(slot) {
			facts.asked.set(slot.page.page, facts.now())
			void call(slot, 'renew', ({ tab }) => tab.renew())
		},
		retry(slot) {
			facts.asked.set(slot.page.page, facts.now())
			void call(slot, 'retry', ({ tab }) => tab.retry())
		},
		signIn(slot, arg, { ms }) {
			// The session that the sign-in would go on with ends while the answer is taken.
			if (arg === 'alice, and out elsewhere') users.signOutAt?.(slot, 'code answered', {} as Step)
			slot.plan = arg.split(',')[0] ?? arg
			void call(slot, 'signIn', ({ tab }) => tab.signIn(ms % 2 ? { prompt: 'login' } : {}))
		},
		signOut(slot, arg) {
			witnessOf(slot).signedOutAt = facts.now()
			void call(slot, 'signOut', ({ tab }) => tab.signOut({ at: arg as 'device' | 'provider' }))
		},
		acceptUser(slot) {
			if (slot.page.status() !== 'user-changed') return
			witnessOf(slot).sub = undefined
			slot.page.acceptUser()
		},
		freeze: slot => slot.page.freeze(),
		hang: slot => slot.page.hang(),
		leave(slot) {
			slot.page.leave()
			facts.cached.add(slot.page.page)
		},
		crashAt: (slot, arg) => void traps.set(slot, { at: moments[arg] as Moment, spring: slot.page.crash }),
		freezeAt: (slot, arg) => void traps.set(slot, { at: moments[arg] as Moment, spring: slot.page.freeze }),
		hangAt: (slot, arg) => void traps.set(slot, { at: moments[arg] as Moment, spring: slot.page.hang }),
		fullAt: (slot, arg) =>
			void traps.set(slot, {
				at: moments[arg] as Moment,
				spring() {
					store.fail('full')
					time.after(FULL_MS, () => store.fail(undefined))
				},
			}),
		sleepAt: (slot, arg) => void traps.set(slot, { at: moments[arg] as Moment, spring: () => machine.sleep?.('7200000', {} as Step) }),
		signOutAt: (slot, arg) => void traps.set(slot, { at: moments[arg] as Moment, spring: () => signOutElsewhere(slot) }),
		nap(slot, _arg, { ms }) {
			// In the middle of a look.
			slot.page.focus()
			later(slot, ms % 50, () => {
				const { page } = slot
				page.freeze()
				signOutElsewhere(slot)
				time.after(NAP_MS, () => {
					if (slot.page !== page || page.page.isRunning()) return
					wake(facts, slot)
					users.token?.(slot, 'often', {} as Step)
				})
			})
		},
		duplicate: slot => void browser.duplicate(slot),
	}

	/** What a user can do with a tab in any state. */
	const always: Partial<Record<Step['kind'], (slot: Slot) => void>> = {
		reload: browser.reload,
		close: slot => browser.slots.length > 1 && browser.close(slot),
		crash: slot => slot.page.crash(),
		resume: slot => wake(facts, slot),
		show: slot => users.show?.(slot, '', {} as Step),
	}

	function clocks(change: () => void) {
		facts.clockSet()
		change()
	}

	const machine: Partial<Record<Step['kind'], (arg: string, step: Step) => void>> = {
		open(arg) {
			let shown: (() => void) | undefined
			const waiting = arg === 'prerendered' && new Promise<void>(resolve => (shown = resolve))
			const slot = browser.open('/', {
				isNext: arg === 'next version',
				isShown: arg !== 'hidden',
				...(waiting && { shown: () => (shown ? waiting : undefined) }),
			})
			if (!shown) return
			const activate = shown
			prerendered.set(slot, () => {
				shown = undefined
				activate()
			})
		},
		sleep: arg =>
			clocks(() => {
				time.sleep(Number(arg))
				facts.slept()
			}),
		jump: arg =>
			clocks(() => {
				if (Number(arg) < 0) facts.wasSetBack = true
				time.jump(Number(arg))
			}),
		drift: arg =>
			clocks(() => {
				if (Number(arg) < 0) facts.wasSetBack = true
				time.drift(Number(arg))
			}),
		offline: () => network.setDown(true),
		online() {
			network.setDown(false)
			for (const slot of browser.slots) {
				facts.asked.set(slot.page.page, facts.now())
				slot.page.online()
			}
		},
		network: arg => void network.faults.push(answers[arg] ?? (arg as NetworkFault)),
		provider(arg) {
			if (arg === 'ends') return provider.endSessions()
			facts.mistakes += 1
			provider.mistake('mallory')
		},
		store(arg) {
			if (arg === 'aborted' || arg === 'unreported') store.doom(arg)
			else if (arg === 'wiped') wipe()
			else store.fail(arg === 'healed' ? undefined : (arg as StoreTrouble))
		},
		power() {
			store.cutPower()
			for (const slot of [...browser.slots]) browser.crashed(slot)
		},
		stranger(arg) {
			const said: Record<string, unknown> = {
				revision: { revision: 1_000_000, ended: true, end: { reason: 'signed-out' } },
				key: { keyOf: facts.record()?.id, bytes: new Uint8Array(32) },
			}
			world.say(said[arg] ?? 'garbage')
		},
		chunk: arg => browser.setChunk(arg === 'back'),
		wait() {},
	}

	function wipe() {
		const { id } = facts.record() ?? {}
		const session = id && facts.sessions.get(id)
		if (session) session.end ??= { at: facts.now(), revision: Number.POSITIVE_INFINITY, by: undefined }
		store.wipe()
	}

	return {
		play(step) {
			const { kind, arg } = step
			const ofMachine = machine[kind]
			if (ofMachine) return ofMachine(arg, step)
			const slot = browser.slots[step.tab % browser.slots.length]
			if (!slot || slot.isAway) return
			if (always[kind] && !slot.page.page.isRunning()) return always[kind](slot)
			if (prerendered.has(slot) && kind !== 'show') return
			const story = users[kind] ?? always[kind]
			if (slot.page.page.isRunning()) story?.(slot, arg, step)
		},
		disarm() {
			traps.clear()
			listening.clear()
			for (const activate of prerendered.values()) activate()
			prerendered.clear()
		},
	}
}
