// Many tabs that sign in at once: all get the session, and a loop is one tab's.
import { describe, expect, it } from 'vitest'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const TABS = Array.from({ length: 12 }, (_, index) => index)

/** A deep link, behind a guard of the application. */
function deepLink(world: World, path: string, options: OpenOptions = {}) {
	const ownNotes = options.ownNotes ?? new Map<string, string>()
	const tab = world.open(path, { ...options, ownNotes })
	const link = { tab, ownNotes, path, outcome: 'pending' as unknown }
	tab.requireSession().then(
		user => {
			link.outcome = user.sub
		},
		error => {
			link.outcome = error.code
		},
	)
	return link
}

const hasLeft = ({ tab }: { tab: TestTab }) => tab.visited.some(url => url.includes('/authorize'))

/** The user signs in at the provider, where the tab has been sent. @returns the page it comes back to */
function comeBack(world: World, { tab, ownNotes }: { tab: TestTab; ownNotes: Map<string, string> }): TestTab {
	const { state, code } = world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
	tab.close()
	return world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
}

/** Twelve deep links, one every 2 s. */
async function twelveLinks(options: WorldOptions = {}) {
	const world = createWorld(options)
	const links: ReturnType<typeof deepLink>[] = []
	for (const index of TABS) {
		links.push(deepLink(world, `/orders/${index}`))
		await world.time.advance(2000)
	}
	return { world, links }
}

describe('twelve deep links opened within 24 s', () => {
	it('all sign in, though the user answers only when all are open, and raise no alert (P20)', async () => {
		const { world, links } = await twelveLinks()
		await world.time.advance(12_000)
		expect(links.map(hasLeft)).toEqual(TABS.map(() => true))
		const pages = links.map(link => comeBack(world, link))
		await world.time.advance(2000)
		expect(pages.map(page => page.status())).toEqual(TABS.map(() => 'authenticated'))
		expect(pages.map(page => new URL(page.href).pathname)).toEqual(links.map(({ path }) => path))
		expect(pages.flatMap(page => page.eventsOf('alert'))).toEqual([])
	})

	it('wait for the first, which is on its way, and show the session that it gets', async () => {
		const world = createWorld()
		const first = deepLink(world, '/orders/0')
		await world.time.advance(500)
		expect(hasLeft(first)).toBe(true)
		const others = TABS.slice(1).map(index => deepLink(world, `/orders/${index}`))
		await world.time.advance(3000)
		expect(others.map(hasLeft)).toEqual(others.map(() => false))
		expect(others.map(({ tab }) => tab.status())).toEqual(others.map(() => 'redirecting'))
		comeBack(world, first)
		await world.time.advance(1000)
		expect(others.map(({ outcome }) => outcome)).toEqual(others.map(() => 'alice'))
		expect(others.map(({ tab }) => tab.status())).toEqual(others.map(() => 'authenticated'))
		expect(world.provider.counts.code).toBe(1)
	})

	it('leave themselves once the first has taken 10 s (I10)', async () => {
		const world = createWorld()
		deepLink(world, '/orders/0')
		await world.time.advance(500)
		const others = [1, 2].map(index => deepLink(world, `/orders/${index}`))
		await world.time.advance(8000)
		expect(others.map(hasLeft)).toEqual([false, false])
		await world.time.advance(2000)
		expect(others.map(hasLeft)).toEqual([true, true])
	})

	it('leave at once where the first has failed', async () => {
		const world = createWorld()
		const first = deepLink(world, '/orders/0')
		await world.time.advance(500)
		const other = deepLink(world, '/orders/1')
		await world.time.advance(1000)
		const state = new URL(first.tab.visited.at(-1) as string).searchParams.get('state')
		first.tab.close()
		world.open(`/signed-in?state=${state}&error=access_denied`, { ownNotes: first.ownNotes })
		await world.time.advance(1000)
		expect(hasLeft(other)).toBe(true)
	})

	it('do not wait for the sign-in that a user has started: it may take long', async () => {
		const world = createWorld()
		const first = world.open()
		await world.time.advance(100)
		void first.signIn()
		await world.time.advance(500)
		const other = deepLink(world, '/orders/1')
		await world.time.advance(500)
		expect(hasLeft(other)).toBe(true)
	})

	it('show the session that is there by silent sign-in, with one redirect', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		world.provider.setSession('alice')
		const ownNotes = new Map<string, string>()
		const first = world.open('/orders/0', { ownNotes })
		await world.time.advance(500)
		expect(hasLeft({ tab: first })).toBe(true)
		const others = TABS.slice(1).map(index => world.open(`/orders/${index}`))
		await world.time.advance(500)
		const response = world.provider.silently(new URL(first.visited.at(-1) as string), 'window')
		first.close()
		world.open(`/signed-in?${new URLSearchParams(response)}`, { ownNotes })
		await world.time.advance(1000)
		expect(others.map(tab => tab.status())).toEqual(others.map(() => 'authenticated'))
		expect(others.map(tab => tab.visited)).toEqual(others.map(() => []))
	})
})

describe('the loop guard', () => {
	/** The tab comes back from the provider, and no page takes the response. */
	async function ignored(world: World, ownNotes: Map<string, string>, options: OpenOptions = {}) {
		const link = deepLink(world, '/', { ...options, ownNotes })
		await world.time.advance(500)
		const left = hasLeft(link)
		if (left) link.tab.crash()
		return { left, link }
	}

	it('stops a tab whose responses are ignored, however many tabs there are (P20)', async () => {
		const world = createWorld()
		const tabs = [new Map<string, string>(), new Map<string, string>()]
		let departures = 0
		for (let round = 0; round < 20; round++) for (const notes of tabs) departures += (await ignored(world, notes)).left ? 1 : 0
		expect(departures).toBeLessThanOrEqual(8)
		const last = await ignored(world, tabs[0] as Map<string, string>)
		expect(last.link.outcome).toBe('sign_in_loop')
	})

	it('counts no departure of before a session that has lasted', async () => {
		const world = createWorld({ session: { loopGuard: { attempts: 3, within: '5m' } } })
		const ownNotes = new Map<string, string>()
		for (let round = 0; round < 5; round++) {
			const link = deepLink(world, '/', { ownNotes })
			await world.time.advance(500)
			expect(hasLeft(link)).toBe(true)
			const page = comeBack(world, link)
			await world.time.advance(11_000)
			expect(page.status()).toBe('authenticated')
			void page.signOut({ at: 'device' })
			await world.time.advance(100)
			page.crash()
		}
	})

	it('counts the departures of all tabs where the browser refuses sessionStorage', async () => {
		const world = createWorld()
		const refusing = () => Object.assign(new Map<string, string>(), { set: () => new Map() })
		for (let round = 0; round < 3; round++) expect((await ignored(world, refusing())).left).toBe(true)
		const last = await ignored(world, refusing())
		expect(last.left).toBe(false)
		expect(last.link.outcome).toBe('sign_in_loop')
	})

	it('takes no harm from a note that is none of ours', async () => {
		const world = createWorld()
		const ownNotes = new Map([['departures', '{"x":[null]}']])
		expect((await ignored(world, ownNotes)).left).toBe(true)
	})
})
