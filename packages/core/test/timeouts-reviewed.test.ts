// Timeouts that have gone wrong once, or that somebody might think do.
import { expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const idle = { timeout: '10m', warnBefore: '60s' } as const

async function tabs(count: number, { session, ...options }: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: 5 * MINUTE, session: { idle, ...session }, ...options })
	const first = await world.signedIn()
	const others = Array.from({ length: count - 1 }, () => world.open())
	await world.time.advance(1000)
	return { world, first, all: [first, ...others] as TestTab[] }
}

const warnings = (all: readonly TestTab[]) =>
	all.map(tab => {
		const snapshot = tab.getSnapshot()
		return snapshot.status === 'authenticated' ? snapshot.warning : snapshot.status
	})

async function soon<T>(world: World, ask: () => Promise<T>): Promise<T> {
	const asked = ask()
	asked.catch(() => {})
	await world.time.advance(300)
	return asked
}

/** Hidden for long: timers come once a second, and once a minute those that a timer has set and whatever is limited in time (Chromium, measured). */
function throttled(world: World, tab: TestTab) {
	const { clock } = tab.platform
	const { after } = clock
	let isTimer = false
	const aligned = (ms: number, unit: number) => Math.ceil((world.time.elapsed() + ms) / unit) * unit - world.time.elapsed()
	tab.hide()
	Object.assign(clock, {
		after: (ms: number, task: () => void) =>
			after(aligned(ms, isTimer ? MINUTE : SECOND), () => {
				isTimer = true
				task()
				// Once its microtasks have run.
				setImmediate(() => {
					isTimer = false
				})
			}),
		limit(ms: number) {
			const giveUp = new AbortController()
			after(aligned(ms, MINUTE), () => giveUp.abort())
			return giveUp.signal
		},
	})
}

it('a hold lasts in a tab that has been hidden for long (I5)', async () => {
	const { world, all } = await tabs(2, { seed: 1, session: { idle: { timeout: '40s', warnBefore: '20s' } } })
	const [visible, hidden] = all as [TestTab, TestTab]
	throttled(world, hidden)
	hidden.hold('upload')
	await world.time.advance(10 * MINUTE)
	expect(warnings([visible])).toEqual([undefined])
	expect(visible.eventsOf('warned')).toEqual([])
})

it('a hidden tab hears of the warning though activity came before anybody had announced it (I3)', async () => {
	const { world, all } = await tabs(3, {
		lifetimeMs: 3 * HOUR,
		session: { idle: { timeout: '30m' }, lifetime: { timeout: '20m', warnBefore: '5m' } },
	})
	const [a, b, c] = all as [TestTab, TestTab, TestTab]
	b.hide()
	throttled(world, c)
	const start = world.record()?.living?.startedAt ?? 0
	await world.time.advance(start + 15 * MINUTE - world.time.wall() - 20 * SECOND)
	world.time.sleep(21 * SECOND)
	a.act()
	await world.time.advance(SECOND)
	expect(warnings(all)).toEqual(['lifetime', 'lifetime', 'lifetime'])
})

it('`warned` tells when that ends which it warns of, though another end may come first', async () => {
	const { world, first } = await tabs(1, {
		lifetimeMs: 3 * HOUR,
		session: { idle: { timeout: '4m', warnBefore: '60s' }, lifetime: { timeout: '20m', warnBefore: '5m' } },
	})
	for (let times = 0; times < 64; times++) {
		first.act()
		await world.time.advance(15 * SECOND)
	}
	expect(warnings([first])).toEqual(['lifetime'])
	expect(first.eventsOf('warned')).toEqual([{ cause: 'lifetime', deadline: first.getDeadlines().lifetime }])
})

it('`warned` of the lifetime is told once, though the warning of idleness came in between', async () => {
	const { world, first } = await tabs(1, {
		lifetimeMs: 3 * HOUR,
		session: { idle: { timeout: '3m', warnBefore: '60s' }, lifetime: { timeout: '20m', warnBefore: '5m' } },
	})
	for (let times = 0; times < 60; times++) {
		first.act()
		await world.time.advance(15 * SECOND)
	}
	await world.time.advance(2 * MINUTE)
	expect(warnings([first])).toEqual(['idle'])
	first.act()
	await world.time.advance(SECOND)
	expect(warnings([first])).toEqual(['lifetime'])
	expect(first.eventsOf('warned').map(event => (event as { cause: string }).cause)).toEqual(['lifetime', 'idle'])
})

it.each([true, false])('`stay()` in a page that has just been opened finds the session (first frame: %s)', async firstFrame => {
	const { world } = await tabs(1, { session: { firstFrame } })
	const late = world.open()
	expect(await soon(world, late.stay)).toBe(true)
})

it('`stay()` in a page that wakes past a deadline it knows of reads first (I5)', async () => {
	const { world, all } = await tabs(2)
	const [frozen, active] = all as [TestTab, TestTab]
	frozen.freeze()
	for (let minute = 0; minute < 20; minute++) {
		active.act()
		await world.time.advance(MINUTE)
	}
	frozen.resume()
	expect(await soon(world, frozen.stay)).toBe(true)
})

it('`stay()` leaves no page for a sign-in that another tab has seen to', async () => {
	const { world, all } = await tabs(2, { lifetimeMs: 3 * HOUR, session: { idle: false, lifetime: { timeout: '20m', warnBefore: '5m' } } })
	await world.time.advance(16 * MINUTE)
	const frozen = all[1] as TestTab
	frozen.freeze()
	await world.signedIn()
	frozen.resume()
	expect(await soon(world, frozen.stay)).toBe(true)
	expect(frozen.visited).toEqual([])
})

it('`stay()` at a warning by the own clock of the page is of what that warns of', async () => {
	const { world, first } = await tabs(1, { lifetimeMs: 3 * HOUR, session: { idle: false, lifetime: { timeout: '20m', warnBefore: '5m' } } })
	world.store.fail('full')
	await world.time.advance(16 * MINUTE)
	expect(warnings([first])).toEqual(['lifetime'])
	world.store.fail(undefined)
	await soon(world, first.stay)
	expect(first.visited.at(-1)).toContain('/authorize')
})

it('a hold that is over is not told of', async () => {
	const { world, first } = await tabs(1)
	await world.time.advance(5 * SECOND)
	first.hold('film', { atMost: '20s' })
	await world.time.advance(20 * SECOND)
	expect(first.getDeadlines().holds).toBeUndefined()
})

it('time begins to run when a hold is released', async () => {
	const { world, first } = await tabs(1)
	const release = first.hold('upload')
	await world.time.advance(30 * MINUTE + 13 * SECOND)
	release()
	await world.time.advance(9 * MINUTE - 500)
	expect(warnings([first])).toEqual([undefined])
})

it('a page that cannot open the session tells no deadlines of it', async () => {
	const { world, first } = await tabs(1, { session: { storage: 'tabs' } })
	first.hang()
	const late = world.open()
	await world.time.advance(5000)
	expect(late.status()).toBe('unauthenticated')
	expect(Object.keys(late.getDeadlines())).toEqual(['now'])
})

it('nor does one that shows a sign-out which could not be stored', async () => {
	const { world, first } = await tabs(1)
	world.store.fail('full')
	void first.signOut({ at: 'device' })
	await world.time.advance(20_000)
	expect(first.status()).toBe('unauthenticated')
	expect(Object.keys(first.getDeadlines())).toEqual(['now'])
})

it('a page that is opened is activity though the clock was set back', async () => {
	const { world, first } = await tabs(1)
	await world.time.advance(8 * MINUTE)
	first.crash()
	world.time.jump(-HOUR)
	const next = world.open()
	await world.time.advance(90 * SECOND)
	expect(warnings([next])).toEqual([undefined])
})

it('what is reported to a manager after `dispose()` is no activity', async () => {
	const { world, first } = await tabs(1)
	await world.time.advance(MINUTE)
	first.dispose()
	const { revision } = world.record() ?? {}
	first.reportActivity()
	await world.time.advance(MINUTE)
	expect(world.record()?.revision).toBe(revision)
})

it('`stay()` is activity of the moment when it is called, however late the lazy chunk comes', async () => {
	const { world, first } = await tabs(1)
	let arrive = () => {}
	const slow = world.open('/', { chunk: () => new Promise(resolve => (arrive = resolve)) })
	// A page that is seen as the chunk comes is activity by itself.
	slow.hide()
	await world.time.advance(100)
	const { now } = slow.getDeadlines()
	void slow.stay()
	await world.time.advance(2000)
	arrive()
	await world.time.advance(1000)
	expect(world.record()?.living?.lastActivity).toBe(now)
	expect(warnings([first, slow])).toEqual([undefined, undefined])
})

it('`stay()` is activity of the moment when it is called, though the page hangs before it has read', async () => {
	const { world, all } = await tabs(2, { seed: 1 })
	const [other, tab] = all as [TestTab, TestTab]
	await world.time.advance(MINUTE)
	void tab.stay()
	tab.hang()
	const { now } = other.getDeadlines()
	await world.time.advance(8 * MINUTE)
	other.act()
	await world.time.advance(2 * MINUTE)
	const { living } = world.record() ?? {}
	expect(living?.lastActivity).toBe(now + 8 * MINUTE)
	tab.hide()
	tab.resume()
	await world.time.advance(SECOND)
	expect(world.record()?.living?.lastActivity).toBe(living?.lastActivity)
})

it('a hold holds nothing while its tab is frozen', async () => {
	const { world, all } = await tabs(2)
	all[1]?.hold('upload')
	await world.time.advance(MINUTE)
	all[1]?.freeze()
	await world.time.advance(9 * MINUTE + 1000)
	expect(warnings([all[0] as TestTab])).toEqual(['idle'])
	await world.time.advance(MINUTE)
	all[1]?.resume()
	await world.time.advance(1000)
	expect(warnings(all)).toEqual(['unauthenticated', 'unauthenticated'])
})
