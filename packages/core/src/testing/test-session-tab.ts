// A tab that goes where its page wants to go, and stays one session manager: what a test has mounted lives on over page loads.
import type { SessionEventHandler, SessionEventType } from '../events.ts'
import type { Config } from '../options.ts'
import type { SessionManager } from '../session-manager.ts'
import type { User } from '../snapshot.ts'
import { AUTHORITY } from './provider.ts'
import type { TestTab } from './tab.ts'
import type { World } from './world.ts'

export type RoamingTab = ReturnType<typeof createRoamingTab>

export interface RoamingOptions {
	readonly config: Config
	/** Where the tab is opened. */
	readonly href: string
	/** The tab's `sessionStorage`. */
	readonly ownNotes: Map<string, string>
	/** The application's own way to a page. */
	readonly navigate: ((url: string) => void) | undefined
	/** Who signs in at the provider's page. */
	readonly user: () => User
}

export function createRoamingTab(world: World, { config, href, ownNotes, navigate, user }: RoamingOptions) {
	const { time, provider } = world
	const listeners = new Set<() => void>()
	const handlers = new Set<(tab: TestTab) => () => void>()
	let page = load(href)
	let departure = createDeparture()
	let cancel = () => {}

	function load(address: string): TestTab {
		const tab = world.open(address, {
			ownNotes,
			navigate,
			idleMs: 0,
			onNavigate: url => leave(tab, new URL(url, tab.href)),
			onPopup: ({ url }) => time.after(0, () => url && world.handOver(respond(new URL(url)))),
		})
		tab.subscribe(tell)
		return tab
	}

	function tell() {
		for (const listener of listeners) {
			try {
				listener()
			} catch (error) {
				queueMicrotask(() => {
					throw error
				})
			}
		}
	}

	/** The page goes, and the next one is there at once. As in a browser, the last of two ways is taken. */
	function leave(tab: TestTab, url: URL) {
		cancel()
		cancel = time.after(0, () => {
			if (tab !== page || tab.page.isGone()) return
			tab.crash()
			page = load(answer(url))
			for (const attach of handlers) attach(page)
			const { go } = departure
			departure = createDeparture()
			go()
			tell()
		})
	}

	/** Where the provider sends the browser, or the page itself. */
	function answer(url: URL): string {
		if (url.origin !== AUTHORITY) return url.href
		if (url.pathname !== '/authorize') return url.searchParams.get('post_logout_redirect_uri') ?? config.postLogoutRedirectUri
		const back = new URL(config.redirectUri)
		for (const [name, value] of Object.entries(respond(url))) back.searchParams.set(name, value)
		return back.href
	}

	/** Who signs in at the provider does so at once. */
	function respond(request: URL) {
		const { sub, ...claims } = user()
		return provider.signIn(sub, request, claims)
	}

	/** What waits while the page goes is asked again in the next one, as an application does that begins anew. */
	async function follow<T>(ask: (tab: TestTab) => Promise<T>): Promise<T> {
		const asked = ask(page)
		const isGone = await Promise.race([asked.then(() => false), departure.gone.then(() => true)])
		return isGone ? follow(ask) : asked
	}

	/** A request ends with its page. */
	async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
		const cut = departure.gone.then(() => Promise.reject(new TypeError('Failed to fetch')))
		return Promise.race([page.fetch(absolute(input), init), cut])
	}

	/** Node and jsdom refuse what is relative to no page. */
	const absolute = (input: RequestInfo | URL) => (typeof input === 'string' ? new URL(input, page.href).href : input)

	async function signedIn(asked: Promise<void>): Promise<void> {
		await asked
		await time.flush()
	}

	const manager: SessionManager = {
		start: () => follow(tab => tab.start()),
		getSnapshot: () => page.getSnapshot(),
		getServerSnapshot: () => page.getServerSnapshot(),
		getDeadlines: () => page.getDeadlines(),
		timeouts: page.timeouts,
		subscribe(listener) {
			// The same function may subscribe twice.
			const own = () => listener()
			listeners.add(own)
			return () => listeners.delete(own)
		},
		/** Resolves once the page is there to which the provider sends the user: a test has no other to go on in. */
		signIn: options => signedIn(page.signIn(options)),
		stepUp: (challenge, options) => signedIn(page.stepUp(challenge, options)),
		async signOut(options) {
			await page.signOut(options)
			await time.flush()
		},
		requireSession: options => follow(tab => tab.requireSession(options)),
		getAccessToken: options => follow(tab => tab.getAccessToken(options)),
		fetch: send,
		renew: () => follow(tab => tab.renew()),
		retry: () => follow(tab => tab.retry()),
		stay: () => follow(tab => tab.stay()),
		acceptUser: () => page.acceptUser(),
		reportActivity: () => page.reportActivity(),
		hold: (name, options) => page.hold(name, options),
		getAlerts: () => page.getAlerts(),
		on<T extends SessionEventType>(type: T, handler: SessionEventHandler<T>) {
			let off = () => {}
			const attach = (tab: TestTab) => {
				off = tab.on(type, handler)
				return off
			}
			handlers.add(attach)
			attach(page)
			return () => {
				handlers.delete(attach)
				off()
			}
		},
		dispose: () => page.dispose(),
	}

	return {
		manager,
		/** The page that is loaded now. */
		page: () => page,
	}
}

function createDeparture() {
	let go = () => {}
	const gone = new Promise<void>(resolve => {
		go = resolve
	})
	return { gone, go }
}
