// One simulated run: a schedule is played, watched after every step, and must end well.
import { createWorld } from '../../src/testing/world.ts'
import { watchAlerts } from './alerts.ts'
import { watchAsked } from './asked.ts'
import { createBrowser, sessionOf } from './browser.ts'
import { watchCalls } from './calls.ts'
import { watchCommits } from './commits.ts'
import { createFacts, type Violation } from './facts.ts'
import { heal } from './heal.ts'
import { watchKeys } from './keys.ts'
import { createPlayer } from './play.ts'
import { watchRequests } from './requests.ts'
import { watchResponses } from './responses.ts'
import { isFault, type Schedule } from './schedule.ts'
import { watchShows } from './shows.ts'
import { watchTokens } from './tokens.ts'

export interface Outcome {
	readonly violation: Violation | undefined
	readonly events: number
	readonly steps: number
	/** The most tabs there were at a time. */
	readonly tabs: number
	/** Injected faults by kind. */
	readonly faults: Readonly<Record<string, number>>
	/** Token requests. */
	readonly sends: number
	readonly log: readonly string[]
}

/** Microtasks are empty once Node comes to its next tick: far cheaper than a turn of the event loop. */
const turn = () => new Promise<void>(resolve => process.nextTick(resolve))

const toldOf = ({ isTold, refreshLifetimeMs }: Schedule['setup']) => (isTold ? { refresh_token_expires_in: refreshLifetimeMs / 1000 } : {})

/** @param isLogged whether to keep what happened, for a story */
export async function run({ setup: given, steps }: Schedule, isLogged = false): Promise<Outcome> {
	// Tokens that live no longer than all tabs need for a few looks, one after another, at a slow storage cannot be had by all.
	const setup = { ...given, lifetimeMs: Math.max(given.lifetimeMs, 12 * given.tabs * given.storeMs) }
	// A key that takes a second there and back is taken for lost, as designed.
	const channelMs = setup.storage === 'tabs' ? Math.min(setup.channelMs, 200) : setup.channelMs
	// Nor can a token be had that lives no longer than a request takes.
	const latencyMs = Math.min(setup.latencyMs, setup.lifetimeMs / 20)
	const world = createWorld({ ...setup, channelMs, latencyMs, turn, session: sessionOf(setup), tells: () => ({ response: toldOf(setup) }) })
	const { time } = world
	const facts = createFacts(world, setup)
	const log: string[] = []
	const faults: Record<string, number> = {}
	const tell = (text: string) => isLogged && log.push(`${String(Math.round(time.truth())).padStart(8)} ms  ${text}`)
	let tabs = 0

	facts.used = watchTokens(facts)
	const asked = watchAsked(facts)
	const responses = watchResponses(facts)
	watchCommits(facts)
	const requests = watchRequests(facts)
	const keys = watchKeys(facts)
	const shows = watchShows(facts)
	const calls = watchCalls(facts)
	const alerts = watchAlerts(facts)
	const browser = createBrowser(world, setup, {
		opened(slot, tab, path) {
			const witness = {
				tab,
				slot,
				hints: [],
				sub: undefined,
				activity: [],
				holds: [],
				stayedAt: undefined,
				signedOutAt: undefined,
				isChunkLoaded: false,
				isWarning: false,
			}
			facts.witnesses.set(tab.page, witness)
			responses.opened(tab, path)
			tab.subscribe(() => {
				tell(`tab ${slot.number} (page ${tab.page.id}) shows ${JSON.stringify(tab.manager.getSnapshot())}`)
				shows.changed(witness)
				responses.changed(witness)
			})
			shows.first(witness)
			alerts.opened(tab)
			tell(`tab ${slot.number} loads ${tab.href} as page ${tab.page.id}`)
		},
		chunkLoaded(tab) {
			const witness = facts.witnesses.get(tab.page)
			if (!witness) return
			witness.isChunkLoaded = true
			responses.chunkLoaded(tab)
			witness.activity.push({ at: tab.getDeadlines().now, truth: time.truth(), counts: false })
		},
		popupOpened: asked.popupOpened,
		handedOver: responses.handedOver,
		leaves: responses.leaves,
		popupClosed: (slot, opener) => asked.popupClosed(slot.page, opener),
		answered: code => code && facts.redirectedCodes.add(code),
	})
	world.ether.watch((page, message) => {
		if (!page.isRunning()) facts.violate('I3', 'a frozen page still listens to the channel')
		const { revision } = (message ?? {}) as { revision?: unknown }
		if (typeof revision === 'number' && revision < 1_000_000) facts.witnesses.get(page)?.hints.push({ revision, at: time.truth() })
	})
	if (isLogged) {
		world.store.watch(({ page, after }) => tell(`page ${page.id} commits ${JSON.stringify(after)}`))
		world.store.watchLedger(({ page, after }) => tell(`page ${page.id} commits the ledger ${JSON.stringify(after)}`))
		world.network.watch(({ page, url, form }) => {
			tell(`page ${page.id} asks ${url.pathname} ${form}`)
			return answer =>
				tell(`page ${page.id} is answered ${url.pathname} ${answer ? `${answer.status} ${answer.body.slice(0, 80)}` : 'nothing'}`)
		})
	}
	const player = createPlayer(facts, browser, calls)

	const look = () => {
		shows.look()
		calls.look()
		requests.look()
		keys.look()
	}

	/** One tab signs in, the others are opened beside it. */
	async function begin() {
		const first = browser.open('/')
		await time.advance(500)
		// Where single sign-on is, it first asks at the provider whether somebody is there.
		if (setup.sso === 'redirect') await time.advance(3000 + 4 * latencyMs + 12 * setup.storeMs)
		void first.page.signIn({ prompt: 'login' }).catch(() => {})
		await time.advance(2000 + 6 * setup.latencyMs + 12 * setup.storeMs)
		for (let at = 1; at < setup.tabs; at++) browser.open('/', { isShown: at < 3 })
		await time.advance(1500)
	}

	await begin()
	look()
	for (const step of steps) {
		if (facts.violations.length > 0) break
		tell(`-- ${step.kind} ${step.arg} (tab ${browser.slots[step.tab % browser.slots.length]?.number})`)
		if (isFault(step)) faults[step.kind] = (faults[step.kind] ?? 0) + 1
		await time.advance(player.play(step) ?? step.ms)
		tabs = Math.max(tabs, browser.slots.length)
		look()
	}
	if (facts.violations.length === 0) {
		tell('-- the faults stop')
		player.disarm()
		await heal(facts, browser)
		if (facts.violations.length === 0) await alerts.settle()
		look()
	}
	for (const slot of browser.slots) slot.page.crash()
	return { violation: facts.violations[0], events: time.events(), steps: steps.length, tabs, faults, sends: facts.sends, log }
}
