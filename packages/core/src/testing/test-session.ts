// createTestSession(): a session for the tests of an application. The stories are the real ones; browser, provider and time are not.
import { configure } from '../configure.ts'
import type { Duration, SessionManagerOptions } from '../options.ts'
import type { SessionManager } from '../session-manager.ts'
import type { User } from '../snapshot.ts'
import type { NetworkFault } from './network.ts'
import { AUTHORITY, type ProviderOptions } from './provider.ts'
import { beginSession } from './test-session-start.ts'
import { createRoamingTab, type RoamingTab } from './test-session-tab.ts'
import { CLIENT_ID, createWorld, ORIGIN, type World } from './world.ts'

export interface TestSessionOptions<U extends User = User> extends Partial<SessionManagerOptions> {
	/** Who is signed in from the start, with the claims an application sees. Default: nobody. */
	readonly user?: U
	/** Answers the application's requests, which carry the access token where they go to `apis`. Default: 200 and an empty JSON object. */
	readonly fetch?: typeof globalThis.fetch
	/** What the provider does with tokens. Default: access tokens live for 5 minutes, refresh tokens are rotated. */
	readonly provider?: ProviderOptions
}

/**
 * `'network'`: the request does not arrive. `'unavailable'`: the provider answers 503. `'rejected'`: it refuses the refresh token. `'interaction'`: it
 * wants the user to authenticate.
 */
export type RenewalFailure = 'network' | 'unavailable' | 'rejected' | 'interaction'

/**
 * What a test does to the world around the application. Each resolves once everything that can settle has settled, and needs no `act()`
 * around it.
 */
export interface TestControls<U extends User = User> {
	/** Time passes, and nobody is active. */
	idle(duration: Duration): Promise<void>
	/** Time passes, and the user is active all along. */
	advance(duration: Duration): Promise<void>
	/** The user moves the mouse over the page. */
	act(): Promise<void>
	/** The machine sleeps, with all timers; then the user comes back to the page. */
	sleep(duration: Duration): Promise<void>
	/** The browser freezes the page. */
	freeze(): Promise<void>
	/** The page runs again. */
	resume(): Promise<void>
	/** Somebody signs out in another tab. */
	signOutInAnotherTab(): Promise<void>
	/** Somebody signs in in another tab: the session begins here too, or another user's puts this tab in quarantine. */
	signInInAnotherTab(user: U): Promise<void>
	/** One more tab with the same application, open until the test ends. Opening it is activity. */
	openTab(): Promise<TestSession<U>>
	/** Who signs in at the provider from now on. Default: the user given, else a test user. */
	nextUser(user: U): void
	/** No request leaves any more, the application's included. */
	goOffline(): Promise<void>
	goOnline(): Promise<void>
	/** The tokens are renewed now, and that fails. */
	failRenewal(kind: RenewalFailure): Promise<void>
	/** The access token is past its end, though no time has passed: it is renewed, if it can be. @throws if nobody is signed in */
	expireAccessToken(): Promise<void>
	/** Everything that can settle at this moment has settled. */
	settled(): Promise<void>
	/** All that is faked: time, provider, network, storage, and tabs of your own. */
	readonly world: World
}

export interface TestSession<U extends User = User> extends SessionManager<U> {
	readonly test: TestControls<U>
}

const TEST_USER: User = { sub: 'test-user', name: 'Test User' }

const FAULTS: Readonly<Record<RenewalFailure, NetworkFault>> = {
	network: 'cut',
	unavailable: { status: 503, body: '' },
	rejected: { status: 400, body: '{"error":"invalid_grant"}' },
	interaction: { status: 400, body: '{"error":"interaction_required"}' },
}

const LIFETIME_MS = 300_000

/** ms between two signs of a user who is active; less where the idle warning comes sooner. */
const ACTIVE_MS = 60_000

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function msOf(duration: Duration): number {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? []
	const ms = unit ? Number(amount) * UNITS[unit as keyof typeof UNITS] : Number(duration)
	if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`${duration} is no duration: '14m', '30s', or ms.`)
	return ms
}

/**
 * A session manager for the tests of an application: one tab of a fake browser, with a provider that knows everybody. Time stands still
 * but for what `session.test` lets pass. With `user` somebody is signed in from the first frame on.
 * @param options as for `createSessionManager`, with defaults for `authority`, `clientId` and `redirectUri`
 * @throws SessionError `invalid_option`, naming the option
 */
export function createTestSession<U extends User = User>(options: TestSessionOptions<NoInfer<U>> = {}): TestSession<U> {
	const { user, fetch = empty, provider, authority = AUTHORITY, clientId = CLIENT_ID, redirectUri = '/signed-in', ...rest } = options
	const href = pageAddress()
	const config = configure({ ...rest, authority, clientId, redirectUri }, href)
	const world = createWorld({
		lifetimeMs: LIFETIME_MS,
		...provider,
		// An application's test awaits what it sees, and has no reason to know of time: requests take none, and what is due runs by itself.
		latencyMs: 0,
		isLive: true,
		api: fetch,
		session: { ...rest, redirectUri },
	})
	const ownNotes = new Map<string, string>()
	if (user) beginSession(world, config, user, ownNotes)
	const tabs: RoamingTab[] = []
	let next: User = user ?? TEST_USER

	/** @param who signs in in this tab. Default: whoever is next */
	function open(notes: Map<string, string>, who?: User): RoamingTab {
		const tab = createRoamingTab(world, { config, href, ownNotes: notes, navigate: rest.navigate, user: () => who ?? next })
		tabs.push(tab)
		return tab
	}

	function inAnotherTab(event: (tab: RoamingTab) => Promise<unknown>, who?: User): Promise<void> {
		return played(world, async () => {
			const tab = open(new Map(), who)
			await world.time.flush()
			// Not awaited: what never comes, of a provider out of reach say, is no reason to wait.
			event(tab).catch(() => {})
			await world.time.flush()
			tabs.splice(tabs.indexOf(tab), 1)
			tab.page().crash()
		})
	}

	async function pass(ms: number) {
		const { idle } = config
		const step = Math.min(ACTIVE_MS, idle ? (idle.timeoutMs - idle.warnBeforeMs) / 2 : ACTIVE_MS)
		for (let left = ms; left > 0; left -= step) {
			for (const tab of tabs) tab.page().act()
			await world.time.advance(Math.min(step, left))
		}
	}

	async function failRenewal(tab: RoamingTab, kind: RenewalFailure) {
		const { faults } = world.network
		faults.push(FAULTS[kind])
		tab.manager.renew().catch(() => {})
		await world.time.flush()
		faults.length = 0
	}

	function expire() {
		const record = world.record()
		if (!record?.living) throw new Error('Nobody is signed in: there is no access token.')
		const revision = record.revision + 1
		world.store.set({ ...record, revision, living: { ...record.living, expiresAt: world.time.wall() } })
		world.say({ revision })
	}

	/** A tab as a test has it. */
	function sessionOf(tab: RoamingTab): TestSession<U> {
		const { time, network } = world
		const play = (event: () => unknown) => played(world, event)
		const controls: TestControls<U> = {
			world,
			idle: duration => play(() => time.advance(msOf(duration))),
			advance: duration => play(() => pass(msOf(duration))),
			act: () => play(() => tab.page().act()),
			sleep: duration =>
				play(() => {
					time.sleep(msOf(duration))
					for (const other of tabs) other.page().focus()
				}),
			freeze: () => play(() => tab.page().freeze()),
			resume: () => play(() => tab.page().resume()),
			signOutInAnotherTab: () => inAnotherTab(({ manager }) => manager.signOut()),
			signInInAnotherTab: user => inAnotherTab(({ manager }) => manager.signIn({ prompt: 'login' }), user),
			async openTab() {
				const other = open(new Map())
				await play(() => {})
				return sessionOf(other)
			},
			nextUser(user) {
				next = user
			},
			goOffline: () => play(() => network.setDown(true)),
			goOnline: () =>
				play(() => {
					network.setDown(false)
					for (const other of tabs) other.page().online()
				}),
			failRenewal: kind => play(() => failRenewal(tab, kind)),
			expireAccessToken: () => play(expire),
			settled: () => play(() => {}),
		}
		return { ...(tab.manager as unknown as SessionManager<U>), test: controls }
	}

	return sessionOf(open(ownNotes))
}

const empty = async () => new Response('{}', { headers: { 'Content-Type': 'application/json' } })

/** The page of the test where there is one, so that its own addresses are the session's. */
function pageAddress(): string {
	const { location } = globalThis as { location?: Location }
	return location?.protocol.startsWith('http') ? location.href : `${ORIGIN}/`
}

/** How many events of tests are under way. */
let playing = 0
let isActExpected: unknown

/**
 * Lets something happen, and all that comes of it. The page draws meanwhile as it does in a browser: React, which would ask for an `act()`
 * around each update, is told so in the way that Testing Library's `waitFor` tells it.
 */
async function played({ time }: World, event: () => unknown): Promise<void> {
	const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: unknown }
	if (playing === 0) {
		isActExpected = react.IS_REACT_ACT_ENVIRONMENT
		if (isActExpected) react.IS_REACT_ACT_ENVIRONMENT = false
	}
	playing += 1
	try {
		// What was begun before comes first.
		await time.flush()
		await event()
		await time.flush()
		// What the page draws of it is drawn.
		await time.flush()
	} finally {
		playing -= 1
		if (playing === 0 && isActExpected) react.IS_REACT_ACT_ENVIRONMENT = isActExpected
	}
}
