// The absolute end of a session (I4): from when it counts, what moves it, and what the provider says of its own.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const lifetime = { timeout: '2h', warnBefore: '5m' } as const

const worldOf = ({ session, ...options }: WorldOptions = {}) =>
	createWorld({ lifetimeMs: 5 * MINUTE, session: { idle: false, lifetime, ...session }, ...options })

const startOf = (world: World) => world.record()?.living?.startedAt ?? 0

/** ms from now until the session ends, as the application is told. */
function leftOf(tab: TestTab) {
	const { now, next, ...deadlines } = tab.getDeadlines()
	return next && { next, ms: (deadlines[next] ?? Number.NaN) - now }
}

/** What is asked for takes a moment of the world's time. */
async function soon<T>(world: World, ask: () => Promise<T>): Promise<T> {
	const asked = ask()
	asked.catch(() => {})
	await world.time.advance(300)
	return asked
}

async function back(world: World, tab: TestTab, sub = 'alice') {
	const { state, code } = world.provider.signIn(sub, new URL(tab.visited.at(-1) as string))
	tab.crash()
	const landed = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes })
	await world.time.advance(500)
	return landed
}

describe('the lifetime', () => {
	it('is not moved by renewals, activity, or `stay()` before its warning', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		const start = startOf(world)
		for (let minute = 0; minute < 60; minute++) {
			tab.act()
			await world.time.advance(MINUTE)
		}
		await soon(world, tab.stay)
		expect([startOf(world), world.record()?.living?.generation]).toEqual([start, expect.any(Number)])
		expect(tab.getDeadlines().lifetime).toBe(start + 2 * HOUR)
	})

	it('is announced in all tabs, and ends all', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		const other = world.open()
		await world.time.advance(115 * MINUTE)
		expect([tab, other].map(each => each.getSnapshot())).toEqual([1, 2].map(() => expect.objectContaining({ warning: 'lifetime' })))
		tab.act()
		await world.time.advance(5 * MINUTE + 100)
		expect([tab, other].map(each => each.getSnapshot())).toEqual([1, 2].map(() => expect.objectContaining({ reason: 'lifetime' })))
	})

	it('starts anew with a user who proves who they are, at its warning, by `stay()`', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		await world.time.advance(116 * MINUTE)
		expect(await soon(world, tab.stay)).toBe(true)
		const at = world.time.wall() - 1000
		await back(world, tab)
		expect(startOf(world)).toBeGreaterThanOrEqual(at)
	})

	it('does not, where the provider ignores `prompt=login` and says when the user authenticated', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		const start = startOf(world)
		await world.time.advance(30 * MINUTE)
		void tab.signIn({ prompt: 'login' })
		await world.time.advance(100)
		const url = new URL(tab.visited.at(-1) as string)
		url.searchParams.delete('prompt')
		tab.visited.push(url.href)
		await back(world, tab)
		expect(startOf(world)).toBe(start)
	})

	it('goes on in a sign-in over the session that asks nobody', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		const start = startOf(world)
		await world.time.advance(30 * MINUTE)
		void tab.signIn()
		await world.time.advance(100)
		await back(world, tab)
		expect(startOf(world)).toBe(start)
	})

	it.each([false, true])('goes on in a session that begins without a word after one that nobody meant to end (SSO: %s)', async isSilent => {
		const world = worldOf({ session: isSilent ? { sso: 'iframe' } : {} })
		const tab = await world.signedIn()
		const start = startOf(world)
		await world.time.advance(30 * MINUTE)
		world.provider.revokeGrants()
		if (isSilent) world.provider.setFrames('without cookies')
		await soon(world, tab.renew).catch(() => {})
		await world.time.advance(1000)
		expect(world.record()?.end).toMatchObject({ reason: 'renewal-rejected', startedAt: start })
		if (isSilent) world.provider.setFrames('open')
		tab.crash()
		const next = world.open()
		await world.time.advance(1000)
		if (!isSilent) {
			// Nobody asked for it, and the provider asks nobody.
			void next.requireSession()
			await world.time.advance(100)
			await back(world, next)
		}
		expect(startOf(world)).toBe(start)
	})

	it('starts anew with the session of whoever signs in after an end', async () => {
		const world = worldOf()
		const tab = await world.signedIn()
		await world.time.advance(30 * MINUTE)
		await soon(world, () => tab.signOut({ at: 'device' }))
		const at = world.time.wall()
		await world.signedIn()
		expect(startOf(world)).toBeGreaterThanOrEqual(at)
	})
})

describe("the lifetime from: 'authentication'", () => {
	const session = { lifetime: { ...lifetime, from: 'authentication' } } as const

	it('counts from `auth_time`, which each sign-in asks for by `max_age`', async () => {
		const world = worldOf({ session })
		world.provider.setSession('alice')
		await world.time.advance(30 * MINUTE)
		const tab = world.open()
		await world.time.advance(200)
		void tab.signIn()
		await world.time.advance(200)
		expect(new URL(tab.visited.at(-1) as string).searchParams.get('max_age')).toBe('7200')
		const landed = await back(world, tab)
		const { lifetime: end = 0, now } = landed.getDeadlines()
		expect((end - now) / MINUTE).toBeCloseTo(90, 0)
	})

	it('takes a shorter `maxAge` of the application', async () => {
		const world = worldOf({ session })
		const tab = world.open()
		await world.time.advance(200)
		void tab.signIn({ maxAge: '5m' })
		await world.time.advance(200)
		expect(new URL(tab.visited.at(-1) as string).searchParams.get('max_age')).toBe('300')
	})

	it('asks for it in a silent sign-in too', async () => {
		const world = worldOf({ session: { ...session, sso: 'iframe' } })
		const asked: string[] = []
		world.watchFrames((_page, url) => {
			asked.push(url.searchParams.get('max_age') ?? '')
			return () => {}
		})
		world.provider.setSession('alice')
		await world.time.advance(30 * MINUTE)
		const tab = world.open()
		await world.time.advance(1000)
		const { lifetime: end = 0, now } = tab.getDeadlines()
		expect([asked, Math.round((end - now) / MINUTE)]).toEqual([['7200'], 90])
	})

	it('is not asked for by default', async () => {
		const world = worldOf()
		const tab = world.open()
		await world.time.advance(200)
		void tab.signIn()
		await world.time.advance(200)
		expect(new URL(tab.visited.at(-1) as string).searchParams.has('max_age')).toBe(false)
	})
})

describe("the provider's own limits", () => {
	it.each([
		['the claim `session_expiry`', (now: number) => ({ claims: { session_expiry: now + 3600 } })],
		['`authorization_expires_in`', () => ({ response: { authorization_expires_in: 3600 } })],
	])('%s is a lifetime where it comes first, and is announced', async (_what, tells) => {
		// It is the same end however often it is told.
		let first: ReturnType<typeof tells> | undefined
		const world = worldOf({
			tells: now => {
				first ??= tells(now)
				return 'claims' in first ? first : now - Date.UTC(2026, 0, 1) / 1000 < 5 ? first : {}
			},
		})
		const tab = await world.signedIn()
		expect(leftOf(tab)).toEqual({ next: 'lifetime', ms: expect.closeTo(HOUR, -4) })
		for (let minute = 0; minute < 56; minute++) {
			tab.act()
			await world.time.advance(MINUTE)
		}
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', warning: 'lifetime' })
		await world.time.advance(5 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'lifetime' })
	})

	it.each(['refresh_token_expires_in', 'refresh_expires_in'])(
		'%s is a deadline while nobody renews, and activity moves it',
		async member => {
			const world = worldOf({ tells: () => ({ response: { [member]: 1800 } }), refreshLifetimeMs: 30 * MINUTE })
			const tab = await world.signedIn()
			expect(leftOf(tab)).toEqual({ next: 'refreshToken', ms: expect.closeTo(30 * MINUTE, -4) })
			expect(tab.getDeadlines().refreshToken).toBeDefined()
			// Renewed once, for the sign-in was activity: they count from there.
			await world.time.advance(30 * MINUTE)
			expect(tab.getSnapshot()).toMatchObject({ warning: 'lifetime' })
			// The tokens are renewed, for somebody is there again: the provider gives them more time.
			tab.act()
			await world.time.advance(1000)
			expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
			expect(world.provider.counts.refresh).toBeGreaterThan(0)
			await world.time.advance(36 * MINUTE)
			expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'expired' })
		},
	)

	it('`stay()` at that warning renews, and asks nobody', async () => {
		const world = worldOf({ tells: () => ({ response: { refresh_token_expires_in: 1800 } }) })
		const tab = await world.signedIn()
		await world.time.advance(30 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ warning: 'lifetime' })
		expect(await soon(world, tab.stay)).toBe(true)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		expect(tab.visited).toEqual([])
	})

	it('`stay()` at a warning that no renewal moves signs in, and asks for no password', async () => {
		const world = createWorld({ lifetimeMs: 10 * MINUTE, rotation: 'none', session: { idle: false } })
		const tab = await world.signedIn()
		await world.time.advance(9 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ warning: 'lifetime' })
		expect(await soon(world, tab.stay)).toBe(true)
		const url = new URL(tab.visited.at(-1) as string)
		expect([url.pathname, url.searchParams.get('prompt')]).toEqual(['/authorize', null])
	})

	it('an access token that outlives the refresh token is used to its end', async () => {
		const world = worldOf({
			lifetimeMs: 40 * MINUTE,
			refreshLifetimeMs: 10 * MINUTE,
			tells: () => ({ response: { refresh_token_expires_in: 600 } }),
		})
		const tab = await world.signedIn()
		// Of the time of the sign-in there is no activity that would renew.
		world.network.setDown(true)
		await world.time.advance(30 * MINUTE)
		world.network.setDown(false)
		const sent = world.provider.counts.refresh
		expect(await soon(world, tab.getAccessToken)).toMatch(/^access-/)
		expect(world.provider.counts.refresh).toBe(sent)
		await world.time.advance(11 * MINUTE)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'expired' })
	})

	it('a refresh token that is given no more time is not asked for it on and on', async () => {
		const end = Date.UTC(2026, 0, 1) / 1000 + 3600
		const world = worldOf({ tells: now => ({ response: { refresh_token_expires_in: end - now } }), lifetimeMs: 90 * MINUTE })
		const tab = await world.signedIn()
		for (let second = 0; second < 3600; second += 5) {
			tab.act()
			await world.time.advance(5000)
		}
		expect(world.provider.counts.refresh).toBeLessThan(6)
	})

	it.each([0, -5, 'never', null, Number.MAX_VALUE * 10, {}])('%j is no limit', async nonsense => {
		const world = worldOf({
			tells: () => ({
				response: { refresh_token_expires_in: nonsense, authorization_expires_in: nonsense },
				claims: { session_expiry: String(nonsense) },
			}),
		})
		const tab = await world.signedIn()
		expect(leftOf(tab)).toMatchObject({ next: 'lifetime', ms: expect.closeTo(2 * HOUR, -4) })
		expect(tab.getDeadlines()).not.toHaveProperty('refreshToken')
	})
})
