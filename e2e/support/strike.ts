// Carries out one planned fault, and heals it.
import { setTimeout as lasting } from 'node:timers/promises'
import { expect } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import type { Kind, PlannedFault } from './fault-plan.ts'
import type { Fault, FaultTab, FaultTabs } from './fault-tabs.ts'

/** ms that a fault waits for a renewal to strike: longer than the longest time without one, a frozen holder of the lock that is overtaken. */
const PATIENCE_MS = 90_000

export interface World {
	readonly demo: Demo
	readonly tabs: FaultTabs
}

interface Affliction {
	begin(victim: FaultTab, world: World): Promise<void>
	end?(victim: FaultTab, world: World): Promise<void>
}

/** Another tab comes to the front: whoever is there cannot be frozen, and when it goes the browser shows, and wakes, whichever tab is next. */
async function stepBack(tab: FaultTab, { tabs }: World) {
	const other = tabs.healthy().find(({ name }) => name !== tab.name)
	if (tabs.front === tab && other) await tabs.show(other)
}

async function freeze(tab: FaultTab, world: World) {
	await stepBack(tab, world)
	await expect.poll(() => tab.raw.evaluate<string>('document.visibilityState'), { intervals: [20] }).toBe('hidden')
	const freezes = () => tab.notes.filter(({ what }) => what === 'freeze').length
	const before = freezes()
	await tab.raw.setLifecycle('frozen')
	// The fault counts from the page's own note on.
	await expect.poll(() => tab.raw.isGone || freezes() > before, { message: `${tab.name} is frozen`, intervals: [20] }).toBe(true)
}

const killed = (how: 'crash' | 'close') => async (tab: FaultTab, world: World) => {
	await stepBack(tab, world)
	await tab.raw[how]()
}

/** A user who loses a tab opens another. */
const replace = async (_gone: FaultTab, { tabs }: World) => void (await tabs.open())

const afflictions: Record<Exclude<Kind, 'restart'>, Affliction> = {
	crash: { begin: killed('crash'), end: replace },
	close: { begin: killed('close'), end: replace },
	freeze: { begin: freeze, end: tab => tab.raw.setLifecycle('active') },
	offline: { begin: tab => tab.raw.setOffline(true), end: tab => tab.raw.setOffline(false) },
	slow: { begin: tab => tab.raw.slowDown(4), end: tab => tab.raw.slowDown(1) },
	deaf: {
		begin: tab => tab.raw.evaluate('void (window.isDeaf = true)'),
		end: tab => tab.raw.evaluate('void (window.isDeaf = false)'),
	},
}

const restart: Affliction = { begin: (_tab, { demo }) => demo.stopProvider(), end: (_tab, { demo }) => demo.startProvider() }

/** The tab whose renewal the provider has just done, its answer kept back. */
async function nextSender({ demo, tabs }: World) {
	const { taken, release } = demo.holdRenewal()
	const giveUp = new AbortController()
	const none = lasting(PATIENCE_MS, undefined, { signal: giveUp.signal }).catch(() => undefined)
	const renewal = await Promise.race([taken, none])
	giveUp.abort()
	return { release, sender: renewal && tabs.ofUserAgent(renewal.userAgent) }
}

function chosen({ tabs }: World, pick: number): FaultTab | undefined {
	const healthy = tabs.healthy()
	// Somebody must be left to see that all goes on.
	return healthy.length > 2 ? healthy[Math.floor(pick * healthy.length)] : undefined
}

/** @returns once it is over, or where there was nobody to strike */
export async function strike(world: World, planned: PlannedFault): Promise<void> {
	const { kind, isInFlight, lastsMs, pick } = planned
	const { release, sender } = isInFlight ? await nextSender(world) : { release: () => {}, sender: chosen(world, pick) }
	if (!sender || sender.raw.isGone) return release()
	const { begin, end } = kind === 'restart' ? restart : afflictions[kind]
	const fault: Fault = {
		kind,
		isInFlight,
		tab: kind === 'restart' ? undefined : sender.name,
		from: Date.now(),
		to: Number.POSITIVE_INFINITY,
		lastedMs: 0,
	}
	world.tabs.faults.push(fault)
	const isKilled = kind === 'crash' || kind === 'close'
	/** Another fault may kill a tab before this one is through with it. */
	const unlessGone = (error: unknown) => {
		if (!sender.raw.isGone) throw error
	}
	await begin(sender, world).catch(unlessGone)
	release()
	const since = Date.now()
	await lasting(lastsMs)
	fault.lastedMs = Date.now() - since
	await end?.(sender, world).catch(unlessGone)
	// A tab that was killed does not come back; its successor is another.
	if (!isKilled) fault.to = Date.now()
}
