// A page that was about to be left, or showed nothing while a request was under way, reads the record before it shows the session again (I3, I5).
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
/** After this long a page that still runs was not left. */
const LEAVE_MS = 10 * SECOND

const idle = { timeout: '2m', warnBefore: '60s' } as const

/** Two tabs of one session whose invalidation messages are all lost. */
async function deafTabs({ session, ...options }: WorldOptions = {}) {
	const world = createWorld({ seed: 1, lossPercent: 100, lifetimeMs: 5 * MINUTE, ...options, session: { idle, ...session } })
	const tab = await world.signedIn()
	const other = world.open()
	await world.time.advance(SECOND)
	return { world, tab, other }
}

/** The idle warning stands in both tabs. */
async function warnedTabs(options?: WorldOptions) {
	const tabs = await deafTabs(options)
	const { idleWarning = 0, now } = tabs.tab.getDeadlines()
	await tabs.world.time.advance(idleWarning - now + SECOND)
	expect([warningOf(tabs.tab), warningOf(tabs.other)]).toEqual(['idle', 'idle'])
	return tabs
}

const warningOf = (tab: TestTab) => {
	const snapshot = tab.getSnapshot()
	return snapshot.status === 'authenticated' ? snapshot.warning : snapshot.status
}

/** What the tab shows from now on, one entry per change. */
function shownBy(tab: TestTab) {
	const shown: string[] = []
	tab.subscribe(() => {
		const snapshot = tab.getSnapshot()
		const detail = snapshot.status === 'authenticated' ? snapshot.warning : snapshot.status === 'unauthenticated' ? snapshot.reason : ''
		shown.push([snapshot.status, detail].filter(Boolean).join(' '))
	})
	return shown
}

/** Every request of the page fails, after five seconds. */
function failSlowly({ time }: World, { platform }: TestTab) {
	;(platform as { fetch: typeof fetch }).fetch = async input => {
		await new Promise<void>(resolve => void time.after(5 * SECOND, resolve))
		throw new TypeError(`Failed to fetch ${input}`)
	}
}

describe('a page whose sign-in did not leave it', () => {
	it('shows no idle warning that activity in another tab has dismissed meanwhile (I3, I5)', async () => {
		const { world, tab, other } = await warnedTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('redirecting')
		const shown = shownBy(tab)
		const warned = tab.eventsOf('warned').length
		other.act()
		await world.time.advance(LEAVE_MS)
		expect(shown).toEqual(['authenticated'])
		expect(tab.eventsOf('warned')).toHaveLength(warned)
	})

	it('shows no session that has ended in another tab meanwhile (I2, I3)', async () => {
		const { world, tab, other } = await deafTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		const shown = shownBy(tab)
		void other.signOut({ at: 'device' })
		await world.time.advance(LEAVE_MS)
		expect(shown).toEqual(['unauthenticated signed-out'])
	})

	it('stays in `redirecting` until the record has been read, however slow the storage is (I3)', async () => {
		const { world, tab } = await deafTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		let isHeld = true
		const { store } = tab.platform
		const read = store.read
		;(store as { read: typeof read }).read = async () => {
			while (isHeld) await new Promise<void>(resolve => void world.time.after(100, resolve))
			return read()
		}
		await world.time.advance(LEAVE_MS + SECOND)
		expect(tab.status()).toBe('redirecting')
		isHeld = false
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('authenticated')
	})

	it('shows the session again though the storage cannot be read (I6, I10)', async () => {
		const { world, tab } = await deafTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		world.store.fail('unreadable')
		await world.time.advance(LEAVE_MS)
		expect(tab.status()).toBe('authenticated')
	})

	it('leaves for a sign-out that the user begins while the record is read (I2)', async () => {
		const { world, tab } = await deafTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		const shown = shownBy(tab)
		const { store } = tab.platform
		const read = store.read
		;(store as { read: typeof read }).read = () => {
			store.read = read
			const record = read()
			void tab.signOut()
			return record
		}
		await world.time.advance(LEAVE_MS + SECOND)
		expect(shown).toEqual(['redirecting'])
		expect(tab.visited.at(-1)).toContain('/end-session')
	})
})

describe('a page whose sign-in could not begin', () => {
	it('shows no idle warning that activity in another tab has dismissed meanwhile (I3, I5)', async () => {
		// The page that was opened beside the other has not asked for the provider's metadata yet.
		const { world, tab: other, other: tab } = await warnedTabs()
		failSlowly(world, tab)
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('redirecting')
		const shown = shownBy(tab)
		other.act()
		await world.time.advance(15 * SECOND)
		expect(shown).not.toContain('authenticated idle')
		expect(shown[0]).toBe('authenticated')
	})
})

describe('a page whose sign-out at the provider could not begin', () => {
	it('shows the session that has begun in another tab meanwhile, and no end before it (I3)', async () => {
		const { world, other: tab } = await deafTabs()
		const shown = shownBy(tab)
		failSlowly(world, tab)
		void tab.signOut()
		await world.time.advance(SECOND)
		expect(tab.status()).toBe('redirecting')
		await world.signedIn()
		await world.time.advance(30 * SECOND)
		expect(shown).toEqual(['redirecting', 'authenticated'])
	})
})

describe('a page whose authorization response could not be exchanged', () => {
	it('shows no idle warning that activity in another tab has dismissed meanwhile (I3, I5)', async () => {
		const { world, tab, other } = await warnedTabs()
		void tab.signIn().catch(() => {})
		await world.time.advance(SECOND)
		const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		world.network.faults.push('hang')
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes })
		await world.time.advance(2 * SECOND)
		const shown = shownBy(back)
		other.act()
		await world.time.advance(40 * SECOND)
		expect(shown[0]).toBe('authenticated')
		expect(shown).not.toContain('authenticated idle')
	})
})
