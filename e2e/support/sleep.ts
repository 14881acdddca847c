// A page that sleeps past a deadline: its wall clock is moved on while it stands still, as a machine's is (the monotonic one is not), and it tells what it shows and hands out as it wakes.

/** What could be seen, in the order in which it came. */
export interface Look {
	/** `woken`: first of all, before the session is told. `frame`: the first one that is drawn. `mouse`: a real move. */
	readonly what: 'woken' | 'frame' | 'mouse'
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
	/** What was asked for in the task of the wake: a token or an error's code, and a call's status or an error's code. */
	readonly token?: string
	readonly call?: string
}

declare global {
	interface Window {
		waking: Waking
		/** ms */
		moveClock(by: number): void
		/** The clock moves on while the page is in the back/forward cache, where nobody reaches it. */
		moveClockInCache(by: number): void
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
		waking.freezes += 1
		tick()
		requestAnimationFrame(() => look('frame'))
	}

	/** Before the session is told: the user moves the mouse, and the page asks for what it had. */
	function wake() {
		tick()
		ahead += aheadInCache
		dispatchEvent(new PointerEvent('pointermove'))
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
		look('woken')
		addEventListener('pointermove', ({ isTrusted }) => isTrusted && look('mouse'), { capture: true })
	}

	document.addEventListener('freeze', sleep)
	document.addEventListener('resume', wake)
	addEventListener('pageshow', ({ persisted }) => {
		waking.isRestored = persisted
	})
	Object.assign(window, {
		waking,
		moveClock(by: number) {
			ahead += by
		},
		moveClockInCache(by: number) {
			aheadInCache = by
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
