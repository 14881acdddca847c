// Hidden tabs as a browser really keeps them: their timers run once a minute. Playwright has that off.
import type { SessionManager } from '@tabsession/core'
import { launchOptions } from '../support/browser.ts'
import { heldUpMs } from '../support/held-up.ts'
import type { RawTab } from '../support/raw-tabs.ts'
import { signInFirst } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

const TABS = 6
const IDLE = { timeout: 30_000, warnBefore: 12_000 }
/** ms */
const TOGETHER_MS = 1000
/** ms between two ticks of a timer that is to run four times a second: a hidden tab that is not held back for long has one a second. */
const HELD_BACK_MS = 2500

interface Watched extends Window {
	session: SessionManager
	note(text: string): void
	/** ms since a timer last ran. */
	stillFor(): number
}

interface Note {
	readonly tab: number
	/** ms since the epoch */
	readonly at: number
	readonly shows: string
	readonly isHidden: boolean
	/** ms that a message took to get here, or a timer of the tab that is seen was late, where that was long. */
	readonly heldUp?: number
	/** ms, the longest since the tab was hidden for which no timer ran: full minutes wake them, and one may just have been. */
	readonly stoodStill: number
}

/** Runs in the page, and so uses nothing of this file: notes what the page shows of the session. */
function watch() {
	const page = window as unknown as Watched
	let tickedAt = Date.now()
	let stoodStill = 0
	const tick = () => {
		if (document.hidden) stoodStill = Math.max(stoodStill, Date.now() - tickedAt)
		tickedAt = Date.now()
	}
	setInterval(tick, 250)
	page.stillFor = () => Date.now() - tickedAt
	// The tabs learn of it over a channel too: how long that takes shows how busy the machine is.
	const channel = new BroadcastChannel('pulse')
	const heldUp = (ms: number) => ms > 100 && page.note(JSON.stringify({ at: Date.now(), shows: '', heldUp: ms }))
	channel.onmessage = ({ data }) => heldUp(Date.now() - data)
	let pulsedAt = Date.now()
	setInterval(() => {
		if (!document.hidden) {
			heldUp(Date.now() - pulsedAt - 250)
			channel.postMessage(Date.now())
		}
		pulsedAt = Date.now()
	}, 250)
	let shown = ''
	let manager: SessionManager | undefined
	Object.defineProperty(page, 'session', {
		get: () => manager,
		set(given: SessionManager) {
			manager = given
			given.subscribe(() => {
				const snapshot = given.getSnapshot()
				const shows = [snapshot.status, 'warning' in snapshot && snapshot.warning, 'reason' in snapshot && snapshot.reason]
					.filter(Boolean)
					.join(' ')
				if (shows === shown) return
				shown = shows
				tick()
				page.note(JSON.stringify({ at: Date.now(), shows, isHidden: document.hidden, stoodStill }))
			})
		},
	})
}

test.setTimeout(600_000)

test.use({
	demoOptions: { sessionOptions: { idle: IDLE } },
	launchOptions: {
		...launchOptions,
		args: [...launchOptions.args, '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/3'],
		ignoreDefaultArgs: [
			'--disable-background-timer-throttling',
			'--disable-backgrounding-occluded-windows',
			'--disable-renderer-backgrounding',
		],
	},
})

test('tabs whose timers are held back warn, go on and end with the one that is seen (I4, I5)', async ({ rawTabs, demo }) => {
	const notes: Note[] = []
	async function open(tab: number): Promise<RawTab> {
		const raw = await rawTabs.open(`${demo.shop}/`, {
			script: `location.origin === ${JSON.stringify(demo.shop)} && (${watch})()`,
			onNote: text => notes.push({ tab, ...JSON.parse(text) }),
		})
		await raw.activate()
		await expect.poll(() => raw.evaluate<string>('window.session?.getSnapshot().status').catch(() => '')).toMatch(/authenticated$/)
		return raw
	}
	/** Once each tab shows it. @returns the first to do so in each */
	async function allShow(shows: string, since: number): Promise<readonly Note[]> {
		const those = () => notes.filter(note => note.at >= since && note.shows === shows)
		await expect.poll(() => new Set(those().map(({ tab }) => tab)).size, { timeout: 120_000, message: shows }).toBe(TABS)
		return [
			...new Map(
				those()
					.toReversed()
					.map(note => [note.tab, note]),
			).values(),
		]
	}
	/** Those that came later than all that could be held up by. */
	const late = (among: readonly Note[], since = Math.min(...among.map(({ at }) => at)), togetherMs = TOGETHER_MS) =>
		among.filter(({ tab, at }) => {
			const own = notes.flatMap(note => (note.tab === tab && note.heldUp ? [{ at: note.at, ms: note.heldUp }] : []))
			return at - since >= togetherMs + heldUpMs(own, since, at)
		})
	const spread = (among: readonly Note[]) => Math.max(...among.map(({ at }) => at)) - Math.min(...among.map(({ at }) => at))

	const seen = await open(0)
	await signInFirst({ raw: seen })
	const others: RawTab[] = []
	for (let tab = 1; tab < TABS; tab++) others.push(await open(tab))
	await seen.activate()
	// The browser decides when it holds a hidden tab back: the user stays active until it does so with all.
	const heldBackTabs = async () => {
		await seen.moveMouse(Math.random() * 300, Math.random() * 300)
		const still = await Promise.all(others.map(tab => tab.evaluate<number>('document.hidden ? stillFor() : 0')))
		return still.filter(ms => ms > HELD_BACK_MS).length
	}
	await expect.poll(heldBackTabs, { timeout: 180_000, message: 'tabs that are held back' }).toBe(TABS - 1)

	const warned = await allShow('authenticated idle', Date.now())
	expect(late(warned)).toEqual([])
	const hidden = warned.filter(({ isHidden }) => isHidden)
	expect(hidden).toHaveLength(TABS - 1)
	for (const { stoodStill } of hidden) expect(stoodStill, 'ms without a timer').toBeGreaterThan(HELD_BACK_MS)

	const stayedAt = Date.now()
	await seen.evaluate('void session.stay()')
	const stayed = await allShow('authenticated', stayedAt)
	expect(late(stayed, stayedAt)).toEqual([])

	const ended = await allShow('unauthenticated idle', stayedAt)
	expect(late(ended, undefined, 2 * TOGETHER_MS)).toEqual([])
	const lateMs = Math.min(...ended.map(({ at }) => at)) - stayedAt - IDLE.timeout
	expect(lateMs).toBeGreaterThanOrEqual(0)
	const first = ended.toSorted((one, other) => one.at - other.at).slice(0, 1)
	expect(late(first, stayedAt + IDLE.timeout)).toEqual([])
	console.log(
		`${TABS} tabs, ${hidden.length} of them held back for up to ${Math.max(...hidden.map(({ stoodStill }) => stoodStill))} ms: ` +
			`all warned within ${spread(warned)} ms, all went on within ${Math.max(...stayed.map(({ at }) => at)) - stayedAt} ms, all ended within ${spread(ended)} ms`,
	)
})
