// A page that sleeps past a deadline: its wall clock is moved on while it stands still, as a machine's is (the monotonic one is not), and it tells what it shows and hands out as it wakes.

/** What happens in the very task of the wake, before the session is told of it. */
export type First = 'nothing' | 'a move of the mouse' | 'a call'

/** What could be seen, in the order in which it came. */
export interface Look {
	/** `woken`: after what came first, before the session is told; `told`: in the task in which it was; `frame`: the first that is drawn; `mouse`: a real move. */
	readonly what: 'woken' | 'told' | 'frame' | 'mouse'
	readonly status: string
	readonly text: string
	/** Of the form: in the document, to be seen, out of reach. */
	readonly isKept: boolean
	readonly isVisible: boolean
	readonly isInert: boolean
}

export interface Waking {
	readonly freezes: number
	/** ms that no timer ran for */
	readonly stoodStill: number
	/** Out of the back/forward cache. */
	readonly isRestored: boolean
	readonly looks: readonly Look[]
	/** Of a call: a token and the API's status, or the codes of the errors in their place. */
	readonly token?: string
	readonly call?: string
}

declare global {
	interface Window {
		waking: Waking
		/** ms */
		moveClock(by: number): void
		/** For a page in the back/forward cache, where nobody reaches it: its clock moves on by `ms` while it stands still. */
		prepare(first: First, ms?: number): void
		/** A form, where the orders are. */
		type(text: string): void
		typed(): string | undefined
	}
}

/** Runs in the page, and so uses nothing of this file. */
function watchSleep(api: string) {
	const WallClock = Date
	let ahead = 0
	let aheadInCache = 0
	let first: First = 'nothing'
	let isAsleep = false
	globalThis.Date = class extends WallClock {
		constructor(...given: unknown[]) {
			super(...((given.length ? given : [WallClock.now() + ahead]) as [number]))
		}
		static override now = () => WallClock.now() + ahead
	} as DateConstructor

	const input = document.createElement('input')
	const looks: Look[] = []
	const waking: { -readonly [K in keyof Waking]: Waking[K] } = { freezes: 0, stoodStill: 0, isRestored: false, looks }
	const look = (what: Look['what']) =>
		looks.push({
			what,
			status: window.session.getSnapshot().status,
			// biome-ignore lint/performance/useDomNodeTextContent: only what can be seen counts
			text: document.body.innerText,
			isKept: input.isConnected,
			isVisible: input.checkVisibility(),
			isInert: !!input.closest('[inert]'),
		})
	const failure = (error: Error & { code?: string }) => error.code ?? String(error)

	let tickedAt = performance.now()
	const tick = () => {
		waking.stoodStill = Math.max(waking.stoodStill, performance.now() - tickedAt)
		tickedAt = performance.now()
	}
	setInterval(tick, 100)

	function sleep() {
		isAsleep = true
		document.addEventListener('resume', () => look('told'), { once: true })
		waking.freezes += 1
		tick()
		requestAnimationFrame(() => look('frame'))
	}

	function call() {
		window.session.getAccessToken().then(
			token => {
				waking.token = token
			},
			error => {
				waking.token = failure(error)
			},
		)
		window.session.fetch(`${api}/api/orders`).then(
			({ status }) => {
				waking.call = String(status)
			},
			error => {
				waking.call = failure(error)
			},
		)
	}

	/** Thawed, shown or focused, whichever comes first. */
	function wake() {
		if (!isAsleep) return
		isAsleep = false
		tick()
		ahead += aheadInCache
		if (first === 'a move of the mouse') dispatchEvent(new PointerEvent('pointermove'))
		if (first === 'a call') call()
		look('woken')
		addEventListener('pointermove', ({ isTrusted }) => isTrusted && look('mouse'), { capture: true })
	}

	document.addEventListener('freeze', sleep)
	document.addEventListener('resume', wake)
	document.addEventListener('visibilitychange', wake)
	addEventListener('focus', wake, { capture: true })
	addEventListener('pageshow', ({ persisted }) => {
		waking.isRestored = persisted
	})
	Object.assign(window, {
		waking,
		moveClock(by: number) {
			ahead += by
		},
		prepare(given: First, ms = 0) {
			first = given
			aheadInCache = ms
		},
		type(text: string) {
			document.querySelector('[data-testid=orders]')?.append(input)
			input.value = text
		},
		typed: () => (input.isConnected ? input.value : undefined),
	} satisfies Partial<Window>)
}

/** For each document, before its own scripts. The provider's pages have no session to watch. */
export const sleepScript = ({ shop, api }: { shop: string; api: string }) =>
	`location.origin === ${JSON.stringify(shop)} && (${watchSleep})(${JSON.stringify(api)})`

/** Keeps the record from everybody until `release()`: what is shown meanwhile, nobody has looked up. */
export const HOLD = `new Promise(resolve => {
	indexedDB.open('tabsession').onsuccess = ({ target: { result: database } }) => {
		const store = database.transaction('sessions', 'readwrite').objectStore('sessions')
		let isOver = false
		const goOn = () => {
			resolve()
			if (isOver) database.close()
			else store.get('nothing').onsuccess = goOn
		}
		window.release = () => { isOver = true }
		goOn()
	}
})`

/** Resolves when the page listens to the user again, 1 s after their last event: a timer that was set before this one, for less, has run by then. */
export const QUIET = 'new Promise(resolve => setTimeout(resolve, 1100))'
