// The tabs of a crowd that is struck by faults: how they come, what they have noted, and what befell each.
import { expect } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import type { Kind } from './fault-plan.ts'
import { heldUpMs } from './held-up.ts'
import type { RawTab, RawTabs } from './raw-tabs.ts'
import { type Note, watchScript } from './watch.ts'

/** What befell a tab, or the provider; times in ms since the epoch. */
export interface Fault {
	readonly kind: Kind
	/** `undefined`: the provider. */
	readonly tab: string | undefined
	readonly isInFlight: boolean
	readonly from: number
	/** When it was healed; a tab that is killed stays so. */
	to: number
	/** ms from the moment that it was there until it began to be healed: either takes a while where the machine is busy. */
	lastedMs: number
}

export interface FaultTab {
	readonly name: string
	readonly raw: RawTab
	/** In the order in which they came. */
	readonly notes: readonly Note[]
	/** What threw and nobody caught. */
	readonly errors: readonly string[]
}

export interface FaultTabs {
	/** All that there ever were. */
	readonly all: readonly FaultTab[]
	readonly faults: Fault[]
	/** Not killed. */
	living(): readonly FaultTab[]
	/** Nothing ails them at present. */
	healthy(): readonly FaultTab[]
	/** The one that a user would see. */
	readonly front: FaultTab | undefined
	show(tab: FaultTab): Promise<void>
	open(): Promise<FaultTab>
	ofUserAgent(userAgent: string): FaultTab | undefined
}

export const statusOf = ({ raw }: Pick<FaultTab, 'raw'>): Promise<string> =>
	raw.evaluate<string>('window.session?.getSnapshot().status ?? ""').catch(() => '')

/** Of a session's end only that which leaves none: where one is replaced, the next is there. */
const isTurn = (note: Note) => note.what === 'authenticated' || (note.what === 'ended' && note.reason !== 'replaced')

/** The last word on whether the tab shows the session, up to `at`. */
export const isSignedIn = ({ notes }: FaultTab, at = Number.POSITIVE_INFINITY): boolean =>
	notes.findLast(note => note.at <= at && isTurn(note))?.what === 'authenticated'

/** ms between `from` and `to` in which the tab, or this process, could not run. */
export const heldUpOf = ({ notes }: FaultTab, from: number, to: number): number =>
	heldUpMs(
		notes.flatMap(note => (note.what === 'held-up' ? [note] : [])),
		from,
		to,
	)

/** The same of whichever tab was held up longest, but for those that a fault kept from running. */
export const heldUpAmong = ({ all, faults }: Pick<FaultTabs, 'all' | 'faults'>, from: number, to: number): number => {
	const isStruck = (name: string) =>
		faults.some(fault => fault.tab === name && !/slow|deaf/.test(fault.kind) && fault.from <= to && fault.to >= from)
	return Math.max(...all.filter(({ name }) => !isStruck(name)).map(tab => heldUpOf(tab, from, to)), heldUpMs([], from, to))
}

export const tabOf = ({ userAgent }: { readonly userAgent: string }) => /tab-\d+$/.exec(userAgent)?.[0]

export function createFaultTabs(raw: RawTabs, demo: Demo): FaultTabs {
	const all: FaultTab[] = []
	const faults: Fault[] = []
	/** A tab that is still opening comes to the front, whatever befalls it. */
	const opening = new Set<FaultTab>()
	let front: FaultTab | undefined

	const living = () => all.filter(tab => !tab.raw.isGone)

	async function show(tab: FaultTab) {
		front = tab
		await tab.raw.activate()
	}

	return {
		all,
		faults,
		living,
		show,
		healthy: () => living().filter(tab => !opening.has(tab) && !faults.some(fault => fault.tab === tab.name && fault.to > Date.now())),
		get front() {
			return front
		},
		async open() {
			const name = `tab-${all.length + 1}`
			const notes: Note[] = []
			const errors: string[] = []
			const opened = await raw.open(`${demo.shop}/`, {
				userAgent: `Chromium ${name}`,
				script: watchScript(demo.shop),
				onNote: text => notes.push(JSON.parse(text)),
				onError: text => errors.push(text),
			})
			const tab = { name, raw: opened, notes, errors }
			all.push(tab)
			opening.add(tab)
			// Each is shown once: Chromium holds back timers and database alike, for a minute, in a tab that has never been.
			await show(tab)
			await expect.poll(async () => opened.isGone || (await statusOf(tab)), { message: `${name} has started` }).not.toMatch(/^(loading)?$/)
			opening.delete(tab)
			return tab
		},
		ofUserAgent: given => all.find(({ name }) => name === tabOf({ userAgent: given })),
	}
}
