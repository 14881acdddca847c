// The browser of a simulated user: tabs that navigate away, come back, are reloaded, duplicated and closed.
import type { SessionManagerOptions } from '../../src/options.ts'
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
	isShown: boolean
	/** Since when, ms of the world's time. */
	shownAt: number
}

export interface Browser {
	readonly slots: Slot[]
	open(
		path: string,
		options?: { isNext?: boolean; isShown?: boolean; notes?: Map<string, string>; shown?: () => Promise<void> | undefined },
	): Slot
	reload(slot: Slot): void
	duplicate(slot: Slot): Slot
	close(slot: Slot): void
	/** The page is gone; the browser offers to load it again, and the user does. */
	crashed(slot: Slot): void
	/** While it is gone, no page can load the lazy chunk. */
	setChunk(isThere: boolean): void
}

/** ms a page still runs after it asked to leave. */
const LEAVING_MS = 300
/** ms a user takes at the provider. */
const AWAY_MS = 1500

/** Told of every page load, before it runs, and of its lazy chunk. */
export interface Attendance {
	opened(slot: Slot, tab: TestTab): void
	chunkLoaded(tab: TestTab): void
}

export function createBrowser(world: World, setup: Setup, { opened, chunkLoaded }: Attendance): Browser {
	const { time, provider } = world
	const slots: Slot[] = []
	let isChunkThere = true
	let numbers = 0

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
			onNavigate: url => time.after(LEAVING_MS, () => leave(slot as Slot, page, url)),
			...more,
		})
		if (!slot.isShown) page.hide()
		return page
	}

	function put(slot: Slot, path: string, more?: OpenOptions) {
		slot.isAway = false
		slot.page = load(slot, path, more)
		opened(slot, slot.page)
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
		time.after(AWAY_MS, () => {
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
		if (url.pathname !== '/authorize') return put(slot, '/')
		const state = url.searchParams.get('state') ?? ''
		if (plan === 'cancelled') return put(slot, `/signed-in?error=access_denied&state=${state}`)
		const { code } = provider.signIn(plan, url)
		put(slot, `/signed-in?state=${state}&code=${code}`)
	}

	function remove(slot: Slot) {
		const at = slots.indexOf(slot)
		if (at >= 0) slots.splice(at, 1)
	}

	const browser: Browser = {
		slots,
		open(path, { isNext = false, isShown = true, notes = new Map(), shown } = {}) {
			numbers += 1
			const slot = { number: numbers, notes, isNext, isAway: false, plan: 'alice', isShown, shownAt: time.truth() } as Slot
			slots.push(slot)
			put(slot, path, shown && { shown })
			return slot
		},
		reload(slot) {
			const { href } = slot.page
			slot.page.close()
			put(slot, href)
		},
		duplicate: slot => browser.open(slot.page.href, { notes: new Map(slot.notes), isNext: slot.isNext }),
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
	}
	return browser
}

/** What the application asks for beside the main token. */
export const OTHERS = { orders: { resource: 'urn:orders' }, invoices: { resource: 'urn:invoices', scope: 'invoices:read' } } as const

export const MAIN_RESOURCE = 'urn:main'

/** The options of a schedule's world. */
export const sessionOf = ({ idle, lifetime, storage, firstFrame }: Setup): Partial<SessionManagerOptions> => ({
	idle: idle && { timeout: idle },
	lifetime: lifetime && { timeout: lifetime },
	storage,
	firstFrame,
	resource: MAIN_RESOURCE,
	apis: ['/api', { url: '/orders', ...OTHERS.orders }, { url: '/invoices', ...OTHERS.invoices }],
})
