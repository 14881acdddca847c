// The public methods, composed of the stories over a platform. The simulation composes many over one world.

import { indicatorOf } from './configure.ts'
import { SessionError } from './errors.ts'
import type { SessionEventHandler, SessionEventType } from './events.ts'
import { bounded } from './local/bounded.ts'
import { endIfDue } from './local/end.ts'
import { createFetch } from './local/fetch.ts'
import { createReconcile } from './local/reconcile.ts'
import type { Kernel, Remote } from './local/remote-port.ts'
import { hintedUser, type Taken, takeResponse } from './local/response.ts'
import { createTab } from './local/tab.ts'
import { createTokens } from './local/tokens.ts'
import { createWays } from './local/ways.ts'
import { duration } from './option-values.ts'
import type { Config } from './options.ts'
import type { Platform } from './platform/ports.ts'
import { deadlinesOf, timeoutsOf } from './policy/deadlines.ts'
import { isLiving } from './policy/record.ts'
import type { GetAccessTokenOptions, HoldOptions, RequireSessionOptions, SessionManager } from './session-manager.ts'
import { isSettled, isTimeUnconfirmed, loading, type Snapshot, warningTime } from './snapshot.ts'
import { toSessionError } from './to-session-error.ts'

/** ms that a first-frame hint may stand without the record. */
const DOUBT_MS = 1000

/** ms until a prefetch of the lazy chunk that failed is tried again. */
const PREFETCH_AGAIN_MS = 10_000

/** The caller's own, among the options of a public method. */
const signalOf = ([options]: readonly unknown[]) => (options as { signal?: AbortSignal } | undefined)?.signal

export interface Surroundings {
	loadRemote(kernel: Kernel): Promise<Remote>
	/** The application's own way to a page, if it gave one. */
	navigate(): ((url: string) => void) | undefined
	disposed(): void
}

export function compose(
	config: Config,
	createPlatform: (loadMemory: () => Promise<ReturnType<Remote['memoryStore']>>) => Platform,
	{ loadRemote, navigate, disposed }: Surroundings,
): SessionManager {
	const platform = createPlatform(async () => {
		const store = (await remote()).memoryStore()
		emit('memoryMode', {})
		return store
	})
	const { clock, lifecycle, channel, address } = platform
	const tab = createTab(config, platform, id => loaded?.findKey(id))
	const { view, settle } = tab
	const { listeners, handlers, emit, tell } = tab.audience
	const stops: (() => void)[] = []
	let isStopped = false
	let started: Promise<Snapshot> | undefined
	let chunk: Promise<Remote> | undefined
	let loaded: Remote | undefined
	let isLanded = false
	let hasBegun = false
	let taken: Taken | undefined

	const reconcile = createReconcile(
		tab,
		stops,
		() => isStopped,
		async () => {
			// Past a deadline the end is committed at once.
			const former = await endIfDue(tab)
			if (former) void timedOut(former)
			// A key is asked for at once too; all else may wait until the page is idle.
			await (isSettled(settle()) && !tab.isKeyless() ? loaded?.attend() : (await remote()).attend())
		},
	)
	const get = createTokens(
		tab,
		reconcile,
		async (...asked) => (await remote()).renew(...asked),
		() => loaded?.wanted(),
	)
	const fetch = createFetch(
		tab,
		get,
		async (...request) => (await remote()).sendProven(...request),
		async (error, signal) => {
			if (!config.waitForSignInMs) throw error
			await (await remote()).comeBack(error, signal)
		},
		(...rejection) => tryRemote(remote => remote.afterRejection(...rejection)),
	)

	const renewNow = async () => (await remote()).renewNow()
	const { signIn, joined, signInSilently, signOut, answer, retry, timedOut } = createWays(tab, remote, reconcile, renewNow)

	/** The lazy chunk, composed once; a failed load is tried again at the next use, and no wait for it is for ever. */
	function remote(): Promise<Remote> {
		chunk ??= (isStopped ? Promise.reject() : loadRemote({ tab, reconcile, token: get, signIn, joined, land })).then(
			remote => {
				loaded = remote
				if (isStopped) remote.stop()
				return remote
			},
			cause => {
				chunk = undefined
				throw new SessionError('chunk_failed', { cause })
			},
		)
		return bounded(clock, config.requestTimeoutMs, chunk, 'chunk')
	}

	/** Has the lazy chunk do what is left undone where it cannot be loaded. */
	const tryRemote = <T>(task: (remote: Remote) => T | Promise<T>): Promise<T | undefined> => remote().then(task, () => undefined)

	/** Takes the user to the page they wanted, unless the address became that page when the response was taken. */
	function land(returnTo: string) {
		const go = navigate() ?? address.reload
		if (!isLanded && !view.redirecting) tell(go, returnTo)
	}

	function receive(message: unknown) {
		if (typeof message !== 'object' || !message) return
		const { revision } = message as { revision?: unknown }
		if (revision === undefined) loaded?.receive(message)
		else if (revision !== view.record?.revision) {
			tab.distrust()
			void reconcile()
		}
	}

	function wake(isRestored: boolean) {
		channel.open(receive)
		// What the page shows may be long over: of a hint, and out of the back/forward cache, nothing until the record is read.
		view.hinted = undefined
		if (isRestored) {
			view.isRead = false
			view.redirecting = undefined
		}
		tab.wake()
		void reconcile()
	}

	function look(cause: 'visible' | 'focus' | 'online') {
		if (cause === 'visible') loaded?.noted()
		if (cause === 'online') loaded?.online()
		void reconcile()
	}

	/** What a page does before its first frame. */
	function begin() {
		hasBegun = true
		taken = takeResponse(config, platform, !!navigate(), tab.now())
		isLanded = !!taken.returnTo && !navigate()
		view.isAnswering = !!taken.response
		view.isSilent = !taken.response && config.sso !== 'off'
		// Without a key in this tab the session cannot be opened here, whatever the hint says.
		const isUsed = !taken.response && config.firstFrame && (config.storage === 'device' || platform.tabKey.read())
		if (isUsed) view.hinted = hintedUser(platform.hint.read(), tab.now())
		settle()
	}

	async function run(): Promise<Snapshot> {
		const shown = lifecycle.shown()
		if (shown) await shown
		if (isStopped) return tab.getSnapshot()
		if (!hasBegun) begin()
		if (platform.unseal.supported()) {
			channel.open(receive)
			stops.push(
				lifecycle.watch({ sleep: tab.sleep, wake, look }),
				clock.after(DOUBT_MS, () => {
					view.hinted = undefined
					if (!isSettled(settle())) void reconcile()
				}),
			)
			const { response, returnTo } = taken as Taken
			await (response ? answer(response) : reconcile())
			if (view.isSilent) await signInSilently()
			if (returnTo && !response) land(returnTo)
		} else tab.fail(new SessionError('environment_unsupported'))
		const snapshot = await tab.until(now => isSettled(now) || isTimeUnconfirmed(view)).catch(tab.getSnapshot)
		lifecycle.idle(prefetch)
		return snapshot
	}

	/** So that a later deploy, which removes old chunks, cannot break a tab that is open for long; and somebody keeps watch. */
	function prefetch() {
		if (isStopped) return
		remote().then(
			// What was read before a chunk that came late may be long over.
			remote => (tab.isTrusted() ? remote.attend() : reconcile()),
			() => stops.push(clock.after(PREFETCH_AGAIN_MS, prefetch)),
		)
	}

	function start(): Promise<Snapshot> {
		started ??= run().catch(error => {
			tab.fail(toSessionError(error))
			return tab.getSnapshot()
		})
		return started
	}

	/** Starts the session; rejects once its signal is aborted or the manager disposed of. */
	const opened =
		<A extends unknown[], R>(story: (...args: A) => Promise<R>) =>
		async (...args: A): Promise<R> =>
			tab.live(async () => {
				const shown = lifecycle.shown()
				if (shown) await shown
				if (isStopped) throw new SessionError('disposed')
				void start()
				return story(...args)
			}, signalOf(args))

	const send = opened(fetch)

	/** A public method that needs the session: rejects with SessionErrors only, and with the reason of the caller's own signal. */
	const using =
		<A extends unknown[], R>(story: (...args: A) => Promise<R>) =>
		(...args: A): Promise<R> =>
			opened(story)(...args).catch(error => {
				throw error === signalOf(args)?.reason ? error : toSessionError(error)
			})

	if (!lifecycle.shown()) begin()

	return {
		start: using(start),
		getSnapshot: tab.getSnapshot,
		getServerSnapshot: () => loading,
		subscribe(listener) {
			// The same function may subscribe twice.
			const call = () => listener()
			listeners.add(call)
			if (!isStopped) void start()
			return () => listeners.delete(call)
		},
		getDeadlines: () => ({
			now: tab.now(),
			...(tab.getSnapshot().user && isLiving(view.record) && deadlinesOf(view.record.living, warningTime(view, tab.now()), config)),
			...(tab.holds.size > 0 && { holds: [...tab.holds].map(({ name }) => name) }),
		}),
		timeouts: timeoutsOf(config),
		signIn: using(signIn),
		stepUp: using(({ acrValues, maxAge }, options) => signIn({ ...options, acrValues, maxAge })),
		signOut: using(signOut),
		requireSession: using(async (options: RequireSessionOptions = {}) => {
			const snapshot = settle()
			return snapshot.status === 'authenticated' ? snapshot.user : (await remote()).requireSession(options)
		}),
		getAccessToken: using(async (options: GetAccessTokenOptions = {}) => (await get(indicatorOf(options, config.resource))).accessToken),
		// What the API's own `fetch` rejects with is the application's.
		fetch: async (input, init) => send(new Request(input, init), init?.body instanceof ReadableStream),
		renew: using(renewNow),
		retry: using(retry),
		stay: using(async () => {
			const at = tab.now()
			return (await remote()).stay(at)
		}),
		acceptUser() {
			if (isLiving(view.record)) view.accepted = view.record.living.user
			settle()
		},
		reportActivity() {
			if (loaded) loaded.noted()
			else void tryRemote(remote => remote.noted())
		},
		hold(name: string, { atMost = 3_600_000 }: HoldOptions = {}) {
			const hold = { name, until: tab.now() + duration('atMost', atMost) }
			tab.holds.add(hold)
			void tryRemote(remote => remote.held())
			// The machine may have slept for longer than the hold was allowed to last.
			return () => void (tab.holds.delete(hold) && tab.now() < hold.until && loaded?.noted())
		},
		getAlerts: () => view.alerts,
		on<T extends SessionEventType>(type: T, handler: SessionEventHandler<T>) {
			const set = handlers.get(type) ?? new Set()
			handlers.set(type, set.add(handler))
			return () => set.delete(handler)
		},
		dispose() {
			if (isStopped) return
			isStopped = true
			for (const stop of stops) stop()
			loaded?.stop()
			tab.close()
			channel.close()
			disposed()
		},
	}
}
