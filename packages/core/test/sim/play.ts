// Plays the steps of a schedule in a world, as its users and its bad luck.
import type { SignInOptions } from '../../src/session-manager.ts'
import type { NetworkFault } from '../../src/testing/network.ts'
import type { StoreTrouble } from '../../src/testing/store.ts'
import { answers } from './bad-luck.ts'
import type { Browser, Slot } from './browser.ts'
import type { watchCalls } from './calls.ts'
import { createCoincidences } from './coincidences.ts'
import type { Facts } from './facts.ts'
import { createResponses } from './foreign-responses.ts'
import type { Step } from './schedule.ts'
import { createTraps } from './traps.ts'
import { createUser } from './user.ts'
import { wake } from './wake.ts'

/** ms for which nobody is active at most, and how long after the moment that matters somebody looks. */
const LONGEST_AWAY_MS = 2_000_000
const AFTER_MS = 4000

/** A hold that lasts longer than the session would without it, and nobody is there. */
const OVER = 'over the end'

const YEAR_MS = 365 * 86_400_000

/** ms for which the clock is wrong: a sign-in that is cancelled, and the way back. */
const WRONG_MS = 4000

/** ms that the machine is off. */
const OFF_MS: Record<string, number> = { 'a minute': 60_000, 'an hour': 3_600_000, '20 days': 20 * 86_400_000 }

/** ms that the storage is full for longer than a tab tries. */
const FULL_MS = 15_000

/** A sign-in, a reauthentication, a step-up. */
const waysToAsk: readonly SignInOptions[] = [{}, { prompt: 'login' }, { acrValues: ['urn:mfa'], maxAge: '24h' }]

export interface Player {
	/** @returns ms until the next step, where that is not the schedule's */
	play(step: Step): number | undefined
	/** Whatever waits to happen to a page does not happen any more. */
	disarm(): void
}

export function createPlayer(facts: Facts, browser: Browser, calls: ReturnType<typeof watchCalls>): Player {
	const { world } = facts
	const { time, network, provider, store } = world
	const prerendered = new Map<Slot, () => void>()
	const user = createUser(facts, browser, calls)
	const traps = createTraps(facts)
	const { signOutElsewhere, ...together } = createCoincidences(facts, browser, user, traps, {
		isPrerendered: slot => prerendered.has(slot),
		wipe,
	})
	const { witnessOf, call, active } = user
	const responses = createResponses(facts, browser)

	/** What becomes of the provider. */
	const moods: Record<string, () => void> = {
		ends: provider.endSessions,
		mistakes() {
			facts.mistakes += 1
			provider.mistake('mallory')
		},
		'forgets the user': () => provider.setSession(undefined),
		'knows alice': () => provider.setSession('alice'),
		'knows bob': () => provider.setSession('bob'),
		'takes no refresh token any more': provider.revokeGrants,
		'forbids frames': () => provider.setFrames('forbidden'),
		'has no cookies in frames': () => provider.setFrames('without cookies'),
		'allows frames': () => provider.setFrames('open'),
		'wants the user at each refresh': () => provider.refuseRefreshes('interaction_required'),
		'refuses each refresh': () => provider.refuseRefreshes('invalid_request'),
		'takes refreshes again': () => provider.refuseRefreshes(undefined),
	}

	/** Sleeps right at that moment, or in one of the transactions that follow. */
	function sleepAfter(slot: Slot, moment: string, sleepMs: number, chance: number) {
		const laterMs = chance % (6 * facts.setup.storeMs)
		traps.set(slot, moment, () => time.after(laterMs, () => machine.sleep?.(String(sleepMs), {} as Step)))
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
			if (arg.includes('last moment')) return together.actAtLastMoment(slot, arg.includes('look'))
			active(slot, arg === 'stay')
			if (arg === 'mouse') slot.page.act()
			else if (arg === 'reported') slot.page.reportActivity()
			else user.stay(slot)
		},
		hold(slot, arg, { ms }) {
			const ways: Record<string, number> = { 'for a while': 10 * ms, [OVER]: 2 * facts.idleMs, 'and is killed': ms }
			user.hold(slot, ways[arg])
			if (arg === 'and is killed') user.later(slot, ms / 2, slot.page.crash)
		},
		token(slot, arg) {
			if (arg === 'at each hint') user.tokenAtEachHint(slot)
			else if (arg === 'often') user.tokens(slot)
			else user.token(slot)
		},
		other(slot, arg) {
			if (arg !== 'invoices') user.other(slot, 'orders')
			if (arg !== 'orders') user.other(slot, 'invoices')
		},
		fetch: user.fetch,
		renew: user.renew,
		retry(slot) {
			// It may open a popup again.
			slot.popupPlan = 'alice'
			facts.asked.set(slot.page.page, facts.elapsed())
			void call(slot, 'retry', tab => tab.retry())
		},
		signIn(slot, arg, { ms }) {
			// The session that the sign-in would go on with ends while the answer is taken.
			if (arg === 'alice, and out elsewhere') traps.set(slot, 'code answered', () => signOutElsewhere(slot))
			// The session passes its deadline in one of the last transactions.
			if (arg === 'alice, and the machine sleeps') sleepAfter(slot, 'code answered', 7_200_000, ms)
			slot.plan = arg.split(',')[0] ?? arg
			if (arg === 'alice, at the last moment') return together.signInAtLastMoment(slot, ms)
			void call(slot, 'signIn', tab => tab.signIn(ms % 2 ? { prompt: 'login' } : {}))
		},
		popup(slot, arg, { ms }) {
			const [plan = '', elsewhere] = arg.split(', ')
			together.popup(slot, plan, elsewhere, waysToAsk[ms % waysToAsk.length] ?? {})
		},
		sso(slot, arg) {
			const [sub = '', elsewhere] = arg.split(', ')
			together.sso(slot, sub, elsewhere)
		},
		ladder(slot, arg) {
			const [known = '', meanwhile] = arg.split(', ')
			together.ladder(slot, known, meanwhile)
		},
		arrive: responses.arrive,
		deepLinks: (_slot, _arg, { ms }) => together.deepLinks(ms),
		signOut: (slot, arg) => user.signOut(slot, arg as 'device' | 'provider'),
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
		crashAt: (slot, arg) => traps.set(slot, arg, slot.page.crash),
		freezeAt: (slot, arg) => traps.set(slot, arg, slot.page.freeze),
		hangAt(slot, arg) {
			if (arg === 'refused') together.refuse(slot)
			else if (arg === 'overtaken in vain') together.stall(slot)
			else traps.set(slot, arg, slot.page.hang)
		},
		fullAt: (slot, arg) =>
			traps.set(slot, arg, () => {
				store.fail('full')
				time.after(FULL_MS, () => store.fail(undefined))
			}),
		sleepAt(slot, arg, step) {
			const [moment = '', ms] = arg.split(', ')
			sleepAfter(slot, moment, Number(ms), step.ms)
		},
		signOutAt: (slot, arg) => traps.set(slot, arg, () => signOutElsewhere(slot)),
		tokensAt: together.tokensAt,
		wrongClock(slot) {
			clocks(() => time.jump(YEAR_MS))
			slot.plan = 'cancelled'
			void call(slot, 'signIn', tab => tab.signIn())
			time.after(WRONG_MS, () => {
				facts.wasSetBack = true
				clocks(() => time.jump(-YEAR_MS))
				if (slot.isAway || !slot.page.page.isRunning()) return
				slot.plan = 'alice'
				void call(slot, 'signIn', tab => tab.signIn())
			})
		},
		nap: (slot, _arg, { ms }) => together.nap(slot, ms),
		cross: together.cross,
		setBack: slot => together.setBack(slot, ms => machine.jump?.(String(ms), {} as Step)),
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
		restart(arg) {
			for (const { page } of browser.slots) page.crash()
			clocks(() => {
				time.sleep(OFF_MS[arg.split(',')[0] ?? ''] ?? 0)
				facts.slept()
				if (!arg.endsWith('set back')) return
				facts.wasSetBack = true
				time.jump(-YEAR_MS)
			})
			for (const slot of [...browser.slots]) browser.crashed(slot)
		},
		offline: () => network.setDown(true),
		online() {
			network.setDown(false)
			for (const slot of browser.slots) {
				facts.asked.set(slot.page.page, facts.elapsed())
				slot.page.online()
			}
		},
		network: arg => void network.faults.push(answers[arg] ?? (arg as NetworkFault)),
		provider(arg) {
			moods[arg]?.()
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

	/** ms until shortly after somebody is taken for idle, or signed out for it. */
	function awayMs(what: string, ms: number): number {
		const record = facts.record()
		const at = record && (what === 'the end' ? facts.deadlineOf(record) : facts.warningOf(record))
		const left = (at ?? 0) - time.wall()
		return left > 0 && left < LONGEST_AWAY_MS ? left + (ms % AFTER_MS) : ms
	}

	function wipe() {
		facts.wipedAt = facts.now()
		// What the record knew of refused tokens is gone with it.
		facts.spent.clear()
		const { id } = facts.record() ?? {}
		const session = id && facts.sessions.get(id)
		// One that no page shows yet may be begun again, by a page that was put to sleep as it did and does not know.
		const isShown = browser.slots.some(({ page }) => page.status() === 'authenticated')
		if (session && isShown) session.end ??= { at: facts.now(), revision: Number.POSITIVE_INFINITY, by: undefined }
		else if (id) facts.sessions.delete(id)
		store.wipe()
	}

	return {
		play(step) {
			const { kind, arg } = step
			if (kind === 'away') return awayMs(arg, step.ms)
			const ofMachine = machine[kind]
			if (ofMachine) return void ofMachine(arg, step)
			const slot = browser.slots[step.tab % browser.slots.length]
			if (!slot || slot.isAway) return undefined
			if (always[kind] && !slot.page.page.isRunning()) return void always[kind](slot)
			if (prerendered.has(slot) && kind !== 'show') return undefined
			const story = users[kind] ?? always[kind]
			if (slot.page.page.isRunning()) story?.(slot, arg, step)
			return arg === OVER ? awayMs('the end', step.ms) : undefined
		},
		disarm() {
			traps.clear()
			together.disarm()
			user.disarm()
			browser.disarm()
			for (const activate of prerendered.values()) activate()
			prerendered.clear()
		},
	}
}
