// The browser of a simulated user: tabs that navigate away, come back, are reloaded, duplicated and closed.
import type { SessionManagerOptions } from '../../src/options.ts'
import { nistAal2, owaspHighValue } from '../../src/presets.ts'
import type { TestPopup } from '../../src/testing/popup.ts'
import { AUTHORITY } from '../../src/testing/provider.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import type { OpenOptions, World } from '../../src/testing/world.ts'
import type { Setup } from './schedule.ts'

/** A tab of the browser: one page after another, with one `sessionStorage`. */
export interface Slot {
	readonly number: number
	readonly notes: Map<string, string>
	readonly isNext: boolean
	page: TestTab
	/** The tab shows the provider or nothing of ours: the page that was left, if Back can restore it. */
	isAway: boolean
	/** What the user will do at the provider. */
	plan: string
	/** What the user will do in the next popup. */
	popupPlan: string
	/** When it left for a sign-in, ms of the world's time. */
	readonly departures: number[]
	/** ms that the provider takes for the next request with `prompt=none`. */
	silentMs: number
	isShown: boolean
	/** When its page was loaded, ms of the world's time. */
	loadedAt: number
	/** Since when, ms of the world's time. */
	shownAt: number
}

export interface Browser {
	readonly slots: Slot[]
	open(
		path: string,
		options?: {
			isNext?: boolean
			isShown?: boolean
			notes?: Map<string, string>
			departures?: number[]
			shown?: () => Promise<void> | undefined
		},
	): Slot
	reload(slot: Slot): void
	/** The tab loads another page of the application. */
	visit(slot: Slot, path: string): void
	duplicate(slot: Slot): Slot
	close(slot: Slot): void
	/** The page is gone; the browser offers to load it again, and the user does. */
	crashed(slot: Slot): void
	/** While it is gone, no page can load the lazy chunk. */
	setChunk(isThere: boolean): void
	/** Popups that are open stay so, and nothing comes of them. */
	disarm(): void
}

/** ms a page still runs after it asked to leave. */
const LEAVING_MS = 300
/** ms a user takes at the provider. */
const AWAY_MS = 1500
/** ms that one takes who is asked nothing there. */
const SILENT_MS = 200
/** ms until the answer of a popup that comes late. */
const LATE_MS = 40_000
/** ms until a callback page that nobody answers loads the application, and between two answers of a popup. */
const HAND_OVER_MS = 1000

const isSilent = (url: URL) => url.searchParams.get('prompt') === 'none'

/** Told of every page load, before it runs, of its lazy chunk, and of its popups; and of one in which the application runs, as it is closed by another page. */
export interface Attendance {
	opened(slot: Slot, tab: TestTab, path: string): void
	chunkLoaded(tab: TestTab): void
	popupOpened(state: string): void
	/** A callback page hands this response over. */
	handedOver(state: string, opener: TestTab): void
	/** The page wants to go there. */
	leaves(tab: TestTab, url: string): void
	popupClosed(slot: Slot, opener: TestTab): void
	/** By the provider, to a page that it had been asked for without a word. */
	answered(code: string | undefined): void
}

export function createBrowser(world: World, setup: Setup, attendance: Attendance): Browser {
	const { opened, chunkLoaded, popupOpened, handedOver, leaves, popupClosed, answered } = attendance
	const { time, provider } = world
	const slots: Slot[] = []
	let isChunkThere = true
	let numbers = 0
	let isOver = false

	function load(slot: Omit<Slot, 'page'>, path: string, more: OpenOptions = {}): TestTab {
		const page: TestTab = world.open(path, {
			ownNotes: slot.notes,
			isNext: slot.isNext,
			isLockless: setup.isLockless,
			async chunk() {
				// A page can ask for it while it is being made.
				await null
				if (!isChunkThere) throw new TypeError('Failed to fetch dynamically imported module')
				chunkLoaded(page)
			},
			onNavigate(url) {
				leaves(page, url)
				if (url.includes('/authorize')) slot.departures.push(time.truth())
				time.after(LEAVING_MS, () => leave(slot as Slot, page, url))
			},
			onPopup: popup => inPopup(slot as Slot, page, popup),
			...more,
		})
		if (!slot.isShown) page.hide()
		return page
	}

	function put(slot: Slot, path: string, more?: OpenOptions) {
		slot.isAway = false
		slot.loadedAt = time.truth()
		slot.page = load(slot, path, more)
		opened(slot, slot.page, path)
	}

	/** The page goes to another document. */
	function leave(slot: Slot, page: TestTab, target: string) {
		const url = new URL(target, page.href)
		// Another navigation was first; or the page was killed.
		if (slot.page !== page || slot.isAway || !page.page.isRunning()) return
		// The user stays, and cancels a `beforeunload`: no event tells the page.
		if (slot.plan === 'never') return
		const goesBack = slot.plan === 'back' && url.origin === AUTHORITY
		if (goesBack) page.leave()
		else page.close()
		slot.isAway = true
		if (url.origin !== AUTHORITY) return put(slot, url.pathname + url.search)
		time.after(isSilent(url) ? slot.silentMs : AWAY_MS, () => {
			if (!slot.isAway || !slots.includes(slot)) return
			if (goesBack) back(slot)
			else atProvider(slot, url)
		})
	}

	/** Out of the back/forward cache, unless the page was evicted meanwhile. */
	function back(slot: Slot) {
		slot.plan = 'alice'
		if (slot.page.page.isGone()) return put(slot, '/')
		slot.isAway = false
		slot.page.resume()
	}

	function atProvider(slot: Slot, url: URL) {
		const { plan } = slot
		slot.plan = 'alice'
		slot.silentMs = SILENT_MS
		if (url.pathname !== '/authorize') {
			provider.setSession(undefined)
			return put(slot, '/')
		}
		if (isSilent(url)) {
			const answer = provider.silently(url, 'window')
			answered(answer?.['code'])
			return put(slot, `/signed-in?${new URLSearchParams(answer)}`)
		}
		const state = url.searchParams.get('state') ?? ''
		if (plan === 'cancelled') return put(slot, `/signed-in?error=access_denied&state=${state}`)
		const { code } = signIn(plan, url)
		put(slot, `/signed-in?state=${state}&code=${code}`)
	}

	/** Who is asked for a login has just authenticated. */
	function signIn(sub: string, url: URL) {
		if (url.searchParams.get('prompt') === 'login' || url.searchParams.has('max_age')) provider.setSession(sub)
		return provider.signIn(sub, url)
	}

	/** What the user does in a popup. */
	function inPopup(slot: Slot, opener: TestTab, popup: TestPopup): () => void {
		const { page } = opener
		const url = new URL(popup.url as string)
		const plan = slot.popupPlan
		slot.popupPlan = 'alice'
		const state = url.searchParams.get('state') ?? ''
		let window: Slot | undefined
		popupOpened(state)
		if (plan === 'severed') popup.sever()

		function land(response: Readonly<Record<string, string>>) {
			window = browser.open(`/signed-in?${new URLSearchParams(response)}`, { isNext: slot.isNext })
		}

		function handOver(response: Readonly<Record<string, string>>) {
			handedOver(state, opener)
			world.handOver(response)
		}

		function act() {
			if (isOver || (popup.isClosed && plan !== 'severed')) return
			if (plan === 'closed') return popup.leave()
			const sub = plan === 'bob' ? 'bob' : 'alice'
			const response = plan === 'cancelled' ? { state, error: 'access_denied' } : signIn(sub, url)
			if (plan === 'booted') return land(response)
			handOver(response)
			if (plan === 'twice') time.after(HAND_OVER_MS, () => handOver(response))
			// Nobody says that they have taken it.
			if (page.isGone() || page.isStuck()) time.after(HAND_OVER_MS, () => isOver || land(response))
		}

		if (plan !== 'never') time.after(plan === 'late' ? LATE_MS : plan === 'at once' ? 50 : AWAY_MS, act)
		return () => {
			if (!window || !slots.includes(window)) return
			popupClosed(window, slot.page)
			browser.close(window)
		}
	}

	function remove(slot: Slot) {
		const at = slots.indexOf(slot)
		if (at >= 0) slots.splice(at, 1)
	}

	const plans = { plan: 'alice', popupPlan: 'alice', silentMs: SILENT_MS }
	const browser: Browser = {
		slots,
		open(path, { isNext = false, isShown = true, notes = new Map(), departures = [], shown } = {}) {
			numbers += 1
			const now = time.truth()
			const slot = { number: numbers, notes, departures, isNext, isAway: false, isShown, shownAt: now, loadedAt: now, ...plans } as Slot
			slots.push(slot)
			put(slot, path, shown && { shown })
			return slot
		},
		reload: slot => browser.visit(slot, slot.page.href),
		visit(slot, path) {
			slot.page.close()
			put(slot, path)
		},
		duplicate: slot => browser.open(slot.page.href, { notes: new Map(slot.notes), departures: [...slot.departures], isNext: slot.isNext }),
		close(slot) {
			slot.page.close()
			remove(slot)
		},
		crashed(slot) {
			slot.page.crash()
			put(slot, slot.page.href)
		},
		setChunk(isThere) {
			isChunkThere = isThere
		},
		disarm() {
			isOver = true
		},
	}
	return browser
}

/** What the application asks for beside the main token. */
export const OTHERS = { orders: { resource: 'urn:orders' }, invoices: { resource: 'urn:invoices', scope: 'invoices:read' } } as const

export const MAIN_RESOURCE = 'urn:main'

type Limits = Pick<Setup, 'idle' | 'lifetime' | 'preset' | 'continueOn' | 'signOutAt'>

/** As an application writes them. */
function limitsOf({ idle, lifetime, preset, ...way }: Limits): Pick<SessionManagerOptions, 'idle' | 'lifetime'> {
	const given = preset
		? { nistAal2, owaspHighValue }[preset]
		: { idle: idle && { timeout: idle }, lifetime: lifetime && { timeout: lifetime } }
	const { signOutAt } = way
	return { idle: given.idle && { ...given.idle, ...way }, lifetime: given.lifetime && { ...given.lifetime, signOutAt } }
}

/** The options of a schedule's world. */
export const sessionOf = ({ storage, firstFrame, sso, dpop, ...limits }: Setup): Partial<SessionManagerOptions> => ({
	...limitsOf(limits),
	storage,
	firstFrame,
	resource: MAIN_RESOURCE,
	apis: ['/api', { url: '/orders', ...OTHERS.orders }, { url: '/invoices', ...OTHERS.invoices }],
	sso,
	dpop,
	alerts: { endpoint: '/alerts', claims: ['acr'] },
})
