// The page of one subject, which the address names: what listens to the user's activity there, and nothing else.
import { createSessionManager } from '@tabsession/core'
import { createRoot } from 'react-dom/client'
import { useIdleTimer } from 'react-idle-timer'

/** As Tabsession listens. */
const options = { capture: true, passive: true }

const IDLE_MS = 30 * 60_000

export interface Bench {
	/** What the window listens to at present, as Tabsession listens. */
	signs(): readonly string[]
	/** Listens to these and does nothing. */
	listen(signs: readonly string[]): void
	/** When somebody was last taken for active, ms since the epoch. */
	activeAt(): number
	/** Dispatches an event of each type in turn, `times` over. The first of each, and what it leads to, are not counted. @returns ns of all the types together */
	steady(types: readonly string[], times: number): number
	/** Dispatches a single event. @returns ns */
	single(type: string): number
	/** Types for a second, sixty keys. @returns ns of all their events */
	second(): Promise<number>
}

declare global {
	interface Window {
		bench: Bench
	}
}

const signs = new Set<string>()

const isLikeTabsessions = (given: unknown) => JSON.stringify(given) === JSON.stringify(options)

const { addEventListener: add, removeEventListener: remove } = window
Object.assign(window, {
	addEventListener(...[type, listener, given]: Parameters<typeof add>) {
		if (isLikeTabsessions(given)) signs.add(type)
		add(type, listener, given)
	},
	removeEventListener(...[type, listener, given]: Parameters<typeof remove>) {
		if (isLikeTabsessions(given)) signs.delete(type)
		remove(type, listener, given)
	},
})

function make(type: string): Event {
	if (type === 'pointermove') return new PointerEvent(type, { bubbles: true })
	if (type === 'mousemove') return new MouseEvent(type, { bubbles: true })
	if (type === 'keydown') return new KeyboardEvent(type, { bubbles: true, key: 'a' })
	return type === 'wheel' ? new WheelEvent(type, { bubbles: true, deltaY: 1 }) : new Event(type)
}

function single(type: string): number {
	const event = make(type)
	const since = performance.now()
	document.dispatchEvent(event)
	return (performance.now() - since) * 1e6
}

function steady(types: readonly string[], times: number): number {
	const events = types.map(make)
	for (const event of events) document.dispatchEvent(event)
	const since = performance.now()
	for (let time = 0; time < times; time++) for (const event of events) document.dispatchEvent(event)
	return ((performance.now() - since) * 1e6) / times
}

const second = () =>
	new Promise<number>(resolve => {
		let [keys, sum] = [0, 0]
		const typing = setInterval(() => {
			sum += single('keydown')
			keys += 1
			if (keys < 60) return
			clearInterval(typing)
			resolve(sum)
		}, 1000 / 60)
	})

let activeAt = () => 0

function IdleTimer() {
	const { getLastActiveTime } = useIdleTimer({ crossTab: true })
	activeAt = () => getLastActiveTime()?.getTime() ?? 0
	return null
}

function startSession(authority: string) {
	const session = createSessionManager({ authority, clientId: 'shop', redirectUri: '/signed-in', idle: { timeout: IDLE_MS } })
	session.subscribe(() => {})
	activeAt = () => (session.getDeadlines().idle ?? 0) - IDLE_MS
}

const parameters = new URLSearchParams(location.search)
const subject = parameters.get('subject')

if (subject === 'tabsession') startSession(parameters.get('authority') ?? '')
if (subject === 'react-idle-timer') createRoot(document.body.appendChild(document.createElement('div'))).render(<IdleTimer />)

window.bench = {
	signs: () => [...signs],
	listen(types) {
		const noop = () => {}
		for (const type of types) window.addEventListener(type, noop, options)
	},
	activeAt: () => activeAt(),
	steady,
	single,
	second,
}
