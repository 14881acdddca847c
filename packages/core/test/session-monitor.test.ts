// The session monitor: whether the user is still signed in at the provider, by its check-session page. I6 before all: its failure is no end.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { LivingRecord } from '../src/policy/record.ts'
import type { Recheck } from '../src/remote/monitor.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

/** Loaded before: a chunk on its way takes real time, and the world's stands still. */
beforeAll(() => import('../src/remote/monitor.ts'))

const SECOND = 1000
const MINUTE = 60 * SECOND

const session = { sessionMonitor: true, idle: false } as const

/** Alice is signed in, and her tab is gone: the tabs of the test are opened by it. */
async function signedIn(options: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: 60 * MINUTE, ...options, session: { ...session, ...options.session } })
	const first = await world.signedIn('alice')
	first.crash()
	return world
}

async function oneTab(open: OpenOptions = {}, options: WorldOptions = {}) {
	const world = await signedIn(options)
	const tab = world.open('/', open)
	await world.time.advance(10 * SECOND)
	return { world, tab }
}

const saying = (word: Awaited<ReturnType<Recheck>>) => vi.fn(async () => word)

const pollsOf = (tabs: readonly TestTab[]) => tabs.reduce((sum, tab) => sum + tab.polls.length, 0)

/** How many polls the tabs make in `ms`. */
async function pollsIn(ms: number, world: World, tabs: readonly TestTab[]): Promise<number> {
	const before = pollsOf(tabs)
	await world.time.advance(ms)
	return pollsOf(tabs) - before
}

describe('a tab that monitors', () => {
	it('asks the check-session page every 2 s, by client and session state (Session Management 1.0 section 3.1)', async () => {
		const { world, tab } = await oneTab()
		expect(new Set(tab.polls)).toEqual(new Set([`app ${world.provider.grants[0]?.sessionState}`]))
		expect(await pollsIn(20 * SECOND, world, [tab])).toBe(10)
		expect(tab.framesOpen()).toBe(1)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(world.provider.counts.refresh).toBe(0)
	})

	it('is none unless the option is set', async () => {
		const { world, tab } = await oneTab({ options: { sessionMonitor: false } })
		expect(await pollsIn(MINUTE, world, [tab])).toBe(0)
	})

	it('is none where the sign-in came without a session state', async () => {
		const world = createWorld({ session })
		const before = world.open()
		await world.time.advance(200)
		void before.signIn()
		await world.time.advance(200)
		const { state, code } = world.provider.signIn('alice', new URL(before.visited[0] as string))
		const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: before.ownNotes })
		await world.time.advance(MINUTE)
		expect(tab.status()).toBe('authenticated')
		expect(tab.framesOpen()).toBe(0)
	})

	it('is none where the provider has no such page, and does not ask for it again', async () => {
		const checkSessionUrl = vi.fn(async () => undefined)
		const { world, tab } = await oneTab({ wrap: protocol => ({ ...protocol, checkSessionUrl }) })
		expect(await pollsIn(5 * MINUTE, world, [tab])).toBe(0)
		expect(checkSessionUrl).toHaveBeenCalledTimes(1)
		expect(tab.status()).toBe('authenticated')
	})

	it('tries later where the provider’s documents could not be had', async () => {
		let isReachable = false
		const { world, tab } = await oneTab({
			wrap: protocol => ({
				...protocol,
				checkSessionUrl: () => (isReachable ? protocol.checkSessionUrl() : Promise.reject(new Error('out of reach'))),
			}),
		})
		isReachable = true
		expect(await pollsIn(MINUTE, world, [tab])).toBe(0)
		expect(await pollsIn(5 * MINUTE, world, [tab])).toBeGreaterThan(10)
	})

	it('waits for documents that come slowly', async () => {
		const world = await signedIn()
		const slow: OpenOptions['wrap'] = protocol => ({
			...protocol,
			checkSessionUrl: () => new Promise(resolve => void world.time.after(30 * SECOND, () => resolve(protocol.checkSessionUrl()))),
		})
		const tab = world.open('/', { wrap: slow })
		await world.time.advance(40 * SECOND)
		expect(await pollsIn(20 * SECOND, world, [tab])).toBe(10)
	})

	it('waits for a page that loads slowly', async () => {
		const { world, tab } = await oneTab({ frameMs: 5 * SECOND })
		expect(await pollsIn(20 * SECOND, world, [tab])).toBe(10)
	})

	it('is none while the page is in quarantine: the session is not its own (I9)', async () => {
		const { world, tab } = await oneTab()
		const bob = await world.signedIn('bob')
		bob.crash()
		expect(tab.status()).toBe('user-changed')
		expect(await pollsIn(MINUTE, world, [tab])).toBe(0)
	})

	it('brings no page into one that has been frozen meanwhile', async () => {
		const world = await signedIn()
		const url = 'https://id.example/check-session'
		const checkSessionUrl = vi.fn(() => new Promise<string>(resolve => void world.time.after(5 * SECOND, () => resolve(url))))
		const tab = world.open('/', { wrap: protocol => ({ ...protocol, checkSessionUrl }) })
		await world.time.advance(4 * SECOND)
		expect(checkSessionUrl).toHaveBeenCalledTimes(1)
		tab.freeze()
		await world.time.advance(MINUTE)
		expect(tab.framesOpen()).toBe(0)
	})

	it('ends with the session, and begins again with none', async () => {
		const { world, tab } = await oneTab()
		void tab.signOut({ at: 'device' })
		await world.time.advance(5 * SECOND)
		expect(await pollsIn(MINUTE, world, [tab])).toBe(0)
		expect(tab.framesOpen()).toBe(0)
	})

	it('stops when the manager is disposed of', async () => {
		const { world, tab } = await oneTab()
		tab.dispose()
		expect(await pollsIn(MINUTE, world, [tab])).toBe(0)
		expect(tab.framesOpen()).toBe(0)
	})
})

describe('when the session at the provider has changed', () => {
	it('it is ended in every tab if the user is gone there: once, with its tokens revoked (I8)', async () => {
		const recheck = saying('gone')
		const world = await signedIn()
		const tabs = [world.open('/', { recheck }), world.open('/', { recheck }), world.open('/', { recheck })]
		await world.time.advance(10 * SECOND)
		world.provider.signOut()
		await world.time.advance(5 * SECOND)
		for (const tab of tabs) {
			expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider', error: undefined })
			expect(tab.eventsOf('ended')).toHaveLength(1)
			expect(tab.visited).toEqual([])
		}
		expect(recheck).toHaveBeenCalledTimes(1)
		expect(world.provider.counts.revoked).toEqual([world.provider.grants[0]?.refreshToken])
	})

	it('it goes on if the user is still the same there', async () => {
		const recheck = saying('same')
		let answer = 'unchanged'
		const { world, tab } = await oneTab({ recheck, checkSession: () => answer })
		answer = 'changed'
		recheck.mockImplementation(async () => {
			answer = 'unchanged'
			return 'same'
		})
		expect(await pollsIn(20 * SECOND, world, [tab])).toBe(10)
		expect(recheck).toHaveBeenCalledTimes(1)
		expect(tab.status()).toBe('authenticated')
	})

	it('a page that sees no cookies, and says so of any session, brings one question, and then rest for every tab (I6)', async () => {
		const recheck = saying('same')
		const world = await signedIn()
		const options = { recheck, checkSession: () => 'changed' }
		const tabs = [world.open('/', options), world.open('/', options), world.open('/', options)]
		await world.time.advance(4 * MINUTE)
		expect(recheck).toHaveBeenCalledTimes(1)
		expect(pollsOf(tabs)).toBeLessThan(6)
		await world.time.advance(5 * MINUTE)
		expect(recheck).toHaveBeenCalledTimes(2)
		for (const tab of tabs) expect(tab.status()).toBe('authenticated')
	})

	it.each([
		{ how: 'is not to be had', recheck: saying('unknown') },
		{ how: 'fails', recheck: vi.fn(() => Promise.reject(new Error('out of reach'))) },
		{ how: 'never comes', recheck: vi.fn(() => new Promise<never>(() => {})) },
	])('it goes on if the provider’s word $how, which is asked for seldom (I6, I10)', async ({ recheck }) => {
		const { world, tab } = await oneTab({ recheck })
		world.provider.signOut()
		await world.time.advance(5 * MINUTE)
		expect(recheck).toHaveBeenCalledTimes(1)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		await world.time.advance(5 * MINUTE)
		expect(recheck).toHaveBeenCalledTimes(2)
	})

	it('a renewal asks, by default: a refusal ends the session for its own reason', async () => {
		const { world, tab } = await oneTab()
		world.provider.signOut()
		world.provider.endSessions()
		await world.time.advance(5 * SECOND)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('a renewal asks, by default: one that goes well leaves the session, and so does one that does not come through (I6)', async () => {
		const { world, tab } = await oneTab()
		world.provider.signOut()
		await world.time.advance(5 * SECOND)
		expect([tab.status(), world.provider.counts.refresh]).toEqual(['authenticated', 1])
		world.network.setDown(true)
		await world.time.advance(6 * MINUTE)
		expect(tab.status()).toBe('authenticated')
	})

	it('a word that comes late ends no session that has begun since (I9)', async () => {
		let say = (_word: 'gone') => {}
		const recheck = vi.fn(
			() =>
				new Promise<'gone'>(resolve => {
					say = resolve
				}),
		)
		const { world } = await oneTab({ recheck })
		world.provider.signOut()
		await world.time.advance(5 * SECOND)
		expect(recheck).toHaveBeenCalledTimes(1)
		const bob = await world.signedIn('bob')
		say('gone')
		await world.time.advance(5 * SECOND)
		expect(bob.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'bob' } })
		expect(world.provider.counts.revoked).toEqual([])
	})

	it('an answer about a session state that is no longer the newest is none', async () => {
		const recheck = saying('gone')
		const world = await signedIn()
		const tab = world.open('/', {
			recheck,
			checkSession(message) {
				const record = world.record() as LivingRecord
				if (record.living.sessionState === 'newer') return message === 'app newer' ? 'unchanged' : 'changed'
				const revision = record.revision + 1
				world.store.set({ ...record, revision, living: { ...record.living, sessionState: 'newer' } })
				world.say({ revision })
				return 'changed'
			},
		})
		await world.time.advance(10 * SECOND)
		expect(new Set(tab.polls).size).toBe(2)
		expect(recheck).not.toHaveBeenCalled()
	})

	it('an end that the storage does not take is tried again (I6)', async () => {
		const { world, tab } = await oneTab({ recheck: saying('gone') })
		world.provider.signOut()
		world.store.doom('aborted')
		await world.time.advance(5 * SECOND)
		expect(tab.status()).toBe('authenticated')
		await world.time.advance(5 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider' })
	})
})

describe('a check-session page in trouble stops the monitor in its tab, and the session goes on (I6)', () => {
	it.each([
		{ how: 'says that the question was wrong', answer: 'error' as unknown, polls: 1 },
		{ how: 'never answers, as one that is blocked', answer: undefined, polls: 6 },
		{ how: 'says what means nothing', answer: { changed: true }, polls: 6 },
		{ how: 'does not load', answer: 'changed', frameMs: 20 * SECOND, polls: 0 },
	])('one that $how', async ({ answer, polls, frameMs = 20 }) => {
		const recheck = saying('gone')
		const { world, tab } = await oneTab({ recheck, checkSession: () => answer, frameMs })
		await world.time.advance(20 * MINUTE)
		expect(tab.polls).toHaveLength(polls)
		expect(tab.framesOpen()).toBe(0)
		expect(recheck).not.toHaveBeenCalled()
		expect(tab.status()).toBe('authenticated')
	})
})

describe('one visible tab polls', () => {
	it('among ten that were opened at once', async () => {
		const world = await signedIn()
		const tabs = Array.from({ length: 10 }, () => world.open())
		await world.time.advance(10 * SECOND)
		expect(tabs.map(tab => tab.framesOpen()).filter(open => open > 0)).toHaveLength(1)
		expect(await pollsIn(MINUTE, world, tabs)).toBe(30)
	})

	it('among ten that were opened at once, whatever the messages’ and the provider’s delays', async () => {
		for (let seed = 1; seed <= 4; seed++) {
			const world = await signedIn({ seed, channelMs: 100 })
			// The page's address comes later than what the others say.
			const wrap: OpenOptions['wrap'] = protocol => ({
				...protocol,
				checkSessionUrl: () => new Promise(resolve => void world.time.after(200, () => resolve(protocol.checkSessionUrl()))),
			})
			const tabs = Array.from({ length: 10 }, () => world.open('/', { wrap }))
			await world.time.advance(20 * SECOND)
			expect(tabs.map(tab => tab.framesOpen()).filter(open => open > 0)).toHaveLength(1)
			expect(await pollsIn(MINUTE, world, tabs)).toBeGreaterThanOrEqual(29)
		}
	})

	it('and a tab that is opened beside it only listens', async () => {
		const { world, tab } = await oneTab()
		const later = world.open()
		expect(await pollsIn(MINUTE, world, [tab, later])).toBe(30)
		expect(later.polls).toEqual([])
	})

	it.each([
		{ what: 'is hidden', leave: (tab: TestTab) => tab.hide() },
		{ what: 'is closed', leave: (tab: TestTab) => tab.close() },
		{ what: 'is frozen', leave: (tab: TestTab) => tab.freeze() },
		{ what: 'is killed', leave: (tab: TestTab) => tab.crash() },
		{ what: 'hangs', leave: (tab: TestTab) => tab.hang() },
	])('and another takes over within 10 s when it $what', async ({ leave }) => {
		const world = await signedIn()
		const tabs = Array.from({ length: 3 }, () => world.open())
		await world.time.advance(10 * SECOND)
		const poller = tabs.find(tab => tab.framesOpen() > 0) as TestTab
		const others = tabs.filter(tab => tab !== poller)
		leave(poller)
		await world.time.advance(10 * SECOND)
		expect(await pollsIn(20 * SECOND, world, [poller])).toBe(0)
		expect(await pollsIn(20 * SECOND, world, others)).toBe(10)
	})

	it('and none that is hidden, or frozen, until it is seen again', async () => {
		const { world, tab } = await oneTab()
		tab.hide()
		await world.time.advance(5 * SECOND)
		expect(await pollsIn(5 * MINUTE, world, [tab])).toBe(0)
		expect(tab.framesOpen()).toBe(0)
		tab.show()
		expect(await pollsIn(30 * SECOND, world, [tab])).toBeGreaterThan(10)
		tab.freeze()
		expect(tab.framesOpen()).toBe(0)
		expect(await pollsIn(5 * MINUTE, world, [tab])).toBe(0)
		tab.resume()
		expect(await pollsIn(30 * SECOND, world, [tab])).toBeGreaterThan(10)
	})

	it('and each by itself where no message comes through', async () => {
		const world = await signedIn()
		const tabs = [world.open(), world.open()]
		await world.time.advance(SECOND)
		for (const tab of tabs) tab.platform.channel.close()
		await world.time.advance(10 * SECOND)
		expect(await pollsIn(20 * SECOND, world, tabs)).toBe(20)
	})

	it.each([
		{ monitoring: 'a stranger' },
		{ monitoring: 'a stranger', restMs: -1 },
		{ monitoring: 'a stranger', restMs: '9' },
		{ monitoring: 7, restMs: 5000 },
		{ restMs: 5000 },
	])('whatever a stranger says that is none of ours: %j', async message => {
		const { world, tab } = await oneTab()
		world.say(message)
		expect(await pollsIn(20 * SECOND, world, [tab])).toBe(10)
	})

	it('and none where one has found that it leads to nothing, whichever that is', async () => {
		const { world, tab } = await oneTab()
		world.say({ monitoring: '~ the last of all names', restMs: MINUTE })
		expect(await pollsIn(MINUTE - SECOND, world, [tab])).toBe(0)
		expect(await pollsIn(MINUTE, world, [tab])).toBeGreaterThan(20)
	})

	it('and nobody can silence it for ever (I10)', async () => {
		const { world, tab } = await oneTab()
		world.say({ monitoring: '', restMs: Number.POSITIVE_INFINITY })
		expect(await pollsIn(5 * MINUTE - SECOND, world, [tab])).toBe(0)
		expect(await pollsIn(MINUTE, world, [tab])).toBeGreaterThan(20)
	})
})

describe('with silent sign-in the provider is asked in a frame', () => {
	const framed = () => oneTab({}, { session: { sso: 'iframe' } })

	it('a session that is over there ends here, though its tokens live on, and they are revoked', async () => {
		const { world, tab } = await framed()
		await world.time.advance(5 * SECOND)
		world.provider.signOut()
		await world.time.advance(5 * SECOND)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider' })
		expect(world.provider.counts.revoked).toHaveLength(1)
	})

	it('the same user, signed in there again, goes on with the same session, which is watched by its new name', async () => {
		const { world, tab } = await framed()
		await world.time.advance(5 * SECOND)
		const { id, living } = world.record() as LivingRecord
		world.provider.signOut()
		world.provider.setSession('alice')
		await world.time.advance(5 * SECOND)
		expect(tab.status()).toBe('authenticated')
		expect(world.record()).toMatchObject({ id, living: { generation: living.generation } })
		expect(world.record()?.living?.sessionState).not.toBe(living.sessionState)
		world.provider.signOut()
		await world.time.advance(5 * SECOND)
		expect(tab.getSnapshot()).toMatchObject({ reason: 'signed-out-at-provider' })
	})

	it('another user there ends it, and nothing of theirs is kept (I9)', async () => {
		const { world, tab } = await framed()
		await world.time.advance(5 * SECOND)
		world.provider.signOut()
		world.provider.setSession('bob')
		await world.time.advance(5 * SECOND)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out-at-provider' })
		expect(JSON.stringify(world.record())).not.toContain('bob')
	})

	it('where it cannot be asked, the session goes on (I6)', async () => {
		const { world, tab } = await framed()
		await world.time.advance(5 * SECOND)
		world.provider.signOut()
		world.network.setDown(true)
		await world.time.advance(20 * SECOND)
		expect(tab.status()).toBe('authenticated')
	})

	it('a frame that never saw a cookie ends nothing (I6)', async () => {
		const { world, tab } = await oneTab({ checkSession: () => 'changed' }, { session: { sso: 'iframe' } })
		world.provider.setFrames('without cookies')
		await world.time.advance(60 * SECOND)
		expect(tab.status()).toBe('authenticated')
	})
})
