// The public methods, composed of the stories over a platform. The simulation composes many over one world.
import { SessionError } from './errors.ts'
import type { SessionEventHandler, SessionEventType } from './events.ts'
import { createActivity } from './local/activity.ts'
import { bounded } from './local/bounded.ts'
import { end } from './local/end.ts'
import { createFetch } from './local/fetch.ts'
import { createReconcile } from './local/reconcile.ts'
import type { Remote } from './local/remote-port.ts'
import { hintedUser, type SignInResponse, takeResponse } from './local/response.ts'
import { createTab, type Tab } from './local/tab.ts'
import { admitted, createTokens, notRenewed, type TokenActions } from './local/tokens.ts'
import type { Config } from './options.ts'
import type { Platform } from './platform/ports.ts'
import { deadlinesOf } from './policy/deadlines.ts'
import { isLiving, type LivingRecord } from './policy/record.ts'
import type { SessionManager, SignInOptions, SignOutOptions } from './session-manager.ts'
import { loading, type Snapshot, type User } from './snapshot.ts'

/** ms that a first-frame hint may stand without the record. */
const DOUBT_MS = 1000
/** Failures that may be over once the network is back. */
const OF_NETWORK = /network|timeout|discovery/
/** Ends after which nobody is signed in again without being asked who they are. */
const ASK_AGAIN = /signed-out|idle|lifetime/

const isUnsettled = ({ status }: Snapshot) => status === 'loading' || status === 'checking'

export interface Surroundings {
	/** What the lazy chunk needs from here, besides the tab. */
	loadRemote(tab: Tab, actions: TokenActions & { land(returnTo: string): void }): Promise<Remote>
	/** The application's own way to a page, if it gave one. */
	navigate(): ((url: string) => void) | undefined
	disposed(): void
}

export function compose(
	config: Config,
	createPlatform: (loadMemory: () => Promise<Remote['memoryStore']>) => Platform,
	{ loadRemote, navigate, disposed }: Surroundings,
): SessionManager {
	const platform = createPlatform(async () => (await remote()).memoryStore)
	const { clock, lifecycle, channel, store, address } = platform
	const tab = createTab(config, platform, {
		find: async id => (await remote()).findKey(id),
		forget: id => void chunk?.then(({ forgetKey }) => forgetKey(id)),
	})
	const { view } = tab
	const stops: (() => void)[] = []
	let isStopped = false
	let started: Promise<Snapshot> | undefined
	let chunk: Promise<Remote> | undefined
	let renewing: { readonly record: LivingRecord; readonly done: Promise<void> } | undefined
	let answering: Promise<void> | undefined
	let leaving: Promise<void> | undefined
	let again: (() => Promise<unknown>) | undefined
	let wantedAt = 0

	const activity = createActivity(tab, () => reconciling.plan())
	const reconciling = createReconcile(tab, { renew, revoke, activeAt: () => Math.max(activity.activeAt(), wantedAt) })
	const { reconcile, look } = reconciling
	const actions: TokenActions = {
		look,
		renew,
		wanted() {
			wantedAt = tab.now()
			reconciling.renewIfDue()
		},
	}
	const get = createTokens(tab, actions)
	const fetch = createFetch(tab, get, async held => (await remote()).afterRejection(held))

	/** The lazy chunk; a failed load is tried again at the next use. */
	function remote(): Promise<Remote> {
		chunk ??= bounded(clock, config.requestTimeoutMs, loadRemote(tab, { ...actions, land }), 'chunk').catch(cause => {
			chunk = undefined
			throw new SessionError('chunk_failed', { cause })
		})
		return chunk
	}

	/** Takes the user to the page they wanted, unless the address is that page already. */
	function land(returnTo: string) {
		if (!address.href.startsWith(config.redirectUri)) return
		const go = navigate() ?? address.reload
		go(returnTo)
	}

	/** One renewal a tab and generation, however many ask. */
	function renew(record: LivingRecord, disregarded?: number): Promise<void> {
		const { id, living } = record
		if (renewing?.record.id === id && renewing.record.living.generation === living.generation) return renewing.done
		const done = remote()
			.then(chunk => chunk.renew(record, disregarded))
			.finally(() => {
				renewing = undefined
				reconciling.plan()
			})
		renewing = { record, done }
		return done
	}

	/** Nothing waits for it, and the token runs out by itself. */
	function revoke(former: LivingRecord) {
		remote().then(
			chunk => chunk.revoke(former),
			() => {},
		)
	}

	/** Runs a story of the lazy chunk; what goes wrong shows in the snapshot, and `retry()` runs `repeat`. */
	function attempt(story: (remote: Remote) => Promise<void>, repeat: () => Promise<unknown>): Promise<void> {
		view.error = undefined
		again = undefined
		tab.settle()
		return remote()
			.then(story)
			.catch(error => {
				again = repeat
				tab.fail(error)
				throw error
			})
	}

	/** Exchanges the response that the page was loaded with; what goes wrong shows in the snapshot. */
	function answer(response: SignInResponse, isRepeated = false): Promise<void> {
		view.isAnswering = true
		answering = attempt(
			chunk => chunk.answer(response, isRepeated),
			() => answer(response, true),
		).then(
			() => {
				view.isAnswering = false
				tab.settle()
			},
			() => {},
		)
		return answering.then(reconcile)
	}

	function signIn(options: SignInOptions = {}): Promise<void> {
		if (view.redirecting === 'sign-out') return Promise.reject(new SessionError('redirecting'))
		// A double click is one sign-in.
		if (view.redirecting && leaving) return leaving
		view.redirecting = 'sign-in'
		leaving = attempt(
			chunk => chunk.signIn(options),
			() => signIn(options),
		)
		return leaving
	}

	/** The end is committed before the provider is told, so that no other tab and no answer on its way can undo it (I2). */
	async function signOut({ at = 'provider' }: SignOutOptions = {}): Promise<void> {
		if (view.redirecting === 'sign-out') return
		view.redirecting = 'sign-out'
		tab.settle()
		let former: LivingRecord | undefined
		try {
			// A sign-in being completed in this page would otherwise begin a session after this end.
			await answering
			await tab.read()
			former = await end(tab, 'signed-out')
		} catch (error) {
			again = () => signOut({ at })
			view.unended = error as SessionError
			return tab.fail(view.unended)
		}
		if (former && at === 'provider') return signOutAtProvider(former)
		if (former) revoke(former)
		view.redirecting = undefined
		tab.settle()
	}

	function signOutAtProvider(former: LivingRecord): Promise<void> {
		view.redirecting = 'sign-out'
		const done = attempt(
			chunk => chunk.signOutAtProvider(former),
			() => signOutAtProvider(former),
		)
		return done.catch(() => {})
	}

	async function requireSession(options: SignInOptions = {}): Promise<User> {
		for (let isAsked = false; ; isAsked = true) {
			const snapshot = await tab.until(current => !isUnsettled(current) && current.status !== 'redirecting')
			if (snapshot.status === 'authenticated') return snapshot.user
			if (snapshot.status !== 'unauthenticated' || snapshot.error || isAsked) admitted(tab)
			else await signIn(ASK_AGAIN.test(snapshot.reason) ? { prompt: 'login', ...options } : options)
		}
	}

	/** Renews now, back-off or not. */
	async function renewNow(): Promise<void> {
		await look()
		const before = admitted(tab)
		await bounded(clock, config.tokenRequestTimeoutMs, renew(before, before.living.failure?.retryAt), 'renewal')
		const { id, living } = admitted(tab)
		if (id === before.id && living.generation === before.living.generation) throw notRenewed(living)
	}

	async function retry(): Promise<Snapshot> {
		view.unreadable = undefined
		const story = again ?? (isLiving(view.record) && view.record.living.failure ? renewNow : reconcile)
		again = undefined
		await story().catch(() => {})
		return tab.getSnapshot()
	}

	async function stay(): Promise<boolean> {
		const snapshot = tab.settle()
		if (snapshot.status !== 'authenticated') return false
		if (snapshot.warning !== 'lifetime') return activity.confirmed()
		await signIn({ prompt: 'login' })
		return true
	}

	function receive(message: unknown) {
		if (typeof message !== 'object' || !message) return
		const { revision } = message as { revision?: unknown }
		if (revision === undefined) void chunk?.then(remote => remote.receive(message))
		else if (revision !== view.record?.revision) void reconcile()
	}

	function wake(isRestored: boolean) {
		channel.open(receive)
		if (isRestored) {
			// What the page shows may be long over: nothing, until the record is read.
			view.isRead = false
			view.hinted = undefined
			view.redirecting = undefined
		}
		tab.wake()
		void reconcile()
	}

	function lookAgain(cause: 'visible' | 'focus' | 'online') {
		const { record } = view
		if (cause === 'visible') activity.noted()
		if (cause === 'online' && isLiving(record) && OF_NETWORK.test(record.living.failure?.code ?? '')) {
			renew(record, record.living.failure?.retryAt).catch(() => {})
		}
		void reconcile()
	}

	/** What a page does before its first frame. */
	function begin(): SignInResponse | undefined {
		const response = takeResponse(config, platform, !!navigate())
		if (response) view.isAnswering = true
		else if (config.firstFrame) view.hinted = hintedUser(platform.hint.read(), tab.now())
		tab.settle()
		return response
	}

	async function run(): Promise<Snapshot> {
		const shown = lifecycle.shown()
		if (shown) await shown
		const response = shown ? begin() : taken
		if (!platform.unseal.supported()) {
			tab.fail(new SessionError('environment_unsupported'))
			return tab.getSnapshot()
		}
		channel.open(receive)
		stops.push(
			lifecycle.watch({ sleep: tab.sleep, wake, look: lookAgain }),
			platform.activity.watch(activity.quietMs, activity.noted),
			clock.after(DOUBT_MS, () => {
				view.hinted = undefined
				tab.settle()
			}),
		)
		await (response ? answer(response) : reconcile())
		if (store.inMemory) tab.emit('memoryMode', {})
		const snapshot = await tab.until(current => !isUnsettled(current))
		// So that a later deploy, which removes old chunks, cannot break a tab that is open for long.
		if (snapshot.status === 'authenticated') lifecycle.idle(() => remote().catch(() => {}))
		return snapshot
	}

	function start(): Promise<Snapshot> {
		started ??= run()
		return started
	}

	/** A public method that needs the session: starts it, and refuses after `dispose()`. */
	const using =
		<A extends unknown[], R>(story: (...args: A) => Promise<R>) =>
		async (...args: A): Promise<R> => {
			if (isStopped) throw new SessionError('disposed')
			void start()
			return story(...args)
		}

	const taken = lifecycle.shown() ? undefined : begin()

	return {
		start: using(start),
		getSnapshot: tab.getSnapshot,
		getServerSnapshot: () => loading,
		subscribe(listener) {
			tab.listeners.add(listener)
			if (!isStopped) void start()
			return () => tab.listeners.delete(listener)
		},
		getDeadlines: () => ({ now: tab.now(), ...(isLiving(view.record) && deadlinesOf(view.record.living, config)) }),
		signIn: using(signIn),
		signOut: using(signOut),
		requireSession: using(requireSession),
		getAccessToken: using(async () => (await get()).accessToken),
		fetch: using(fetch),
		renew: using(renewNow),
		retry: using(retry),
		stay: using(stay),
		acceptUser() {
			if (isLiving(view.record)) view.accepted = view.record.living.user
			tab.settle()
		},
		reportActivity: () => void activity.noted(),
		on<T extends SessionEventType>(type: T, handler: SessionEventHandler<T>) {
			const handlers = tab.handlers.get(type) ?? new Set()
			tab.handlers.set(type, handlers.add(handler))
			return () => handlers.delete(handler)
		},
		dispose() {
			isStopped = true
			for (const stop of stops) stop()
			reconciling.stop()
			channel.close()
			disposed()
		},
	}
}
