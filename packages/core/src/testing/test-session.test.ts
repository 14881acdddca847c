import { describe, expect, test, vi } from 'vitest'
import { SessionError } from '../errors.ts'
import { createTestSession, createWorld } from './index.ts'

const ada = { sub: 'u1', name: 'Ada' }
const bob = { sub: 'u2', name: 'Bob', roles: ['admin'] }

const ended = { status: 'unauthenticated', error: undefined }

describe('who is signed in', () => {
	test('a user is signed in from the first frame on', async () => {
		const session = createTestSession({ user: ada })
		const first = session.getSnapshot()
		expect(first).toMatchObject({ status: 'authenticated', user: ada })
		await session.test.settled()
		expect(session.getSnapshot()).toEqual({ ...first, renewal: 'ok' })
	})

	test('has the claims given and no others, in any script', async () => {
		const user = { sub: 'u3', name: 'Łukasz 🦊', roles: ['a', 'b'] }
		const session = createTestSession({ user })
		await session.test.settled()
		await session.renew()
		expect(session.getSnapshot().user).toEqual(user)
	})

	test('without a user nobody is', async () => {
		const session = createTestSession()
		expect(session.getSnapshot().status).toBe('loading')
		await session.test.settled()
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'no-session' })
	})

	test('without a first frame the session is there once it is read', async () => {
		const session = createTestSession({ user: ada, firstFrame: false })
		expect(session.getSnapshot().status).toBe('loading')
		await session.start()
		expect(session.getSnapshot().user).toEqual(ada)
	})

	test("storage: 'tabs' has the key from the start, and gives it to another tab", async () => {
		const session = createTestSession({ user: ada, storage: 'tabs' })
		expect(session.getSnapshot().user).toEqual(ada)
		await session.test.settled()
		expect(await session.getAccessToken()).toBe('access-2')
		const other = await session.test.openTab()
		expect(other.getSnapshot().user).toEqual(ada)
	})

	test('options are those of createSessionManager, and refused as there', () => {
		expect(() => createTestSession({ idle: { timeout: 15 } })).toThrow(SessionError)
		expect(() => createTestSession({ authority: 'http://id.example.com' })).toThrow(/authority/)
	})
})

describe('calls settle though no test lets time pass', () => {
	test('signIn comes back as the user given', async () => {
		const session = createTestSession()
		const statuses: string[] = []
		session.subscribe(() => statuses.push(session.getSnapshot().status))
		session.test.nextUser(bob)
		await session.signIn({ returnTo: '/cart' })
		expect(session.getSnapshot().user).toEqual(bob)
		expect(statuses).toEqual(['redirecting', 'loading', 'authenticated'])
	})

	test('signIn in a popup comes back on the page that stays', async () => {
		const session = createTestSession()
		const statuses: string[] = []
		session.subscribe(() => statuses.push(session.getSnapshot().status))
		session.test.nextUser(bob)
		await session.signIn({ method: 'popup' })
		expect(session.getSnapshot().user).toEqual(bob)
		expect(statuses).not.toContain('redirecting')
	})

	test('stepUp does so too, in a popup or not', async () => {
		const session = createTestSession({ user: ada })
		const challenge = { acrValues: ['urn:mfa'], maxAge: 0 }
		await session.stepUp(challenge, { method: 'popup' })
		expect(session.getSnapshot().user).toEqual(ada)
		await session.stepUp(challenge)
		expect(session.getSnapshot().user).toEqual(ada)
	})

	test('signIn without a user comes back as a test user', async () => {
		const session = createTestSession()
		await session.signIn()
		expect(session.getSnapshot().user).toEqual({ sub: 'test-user', name: 'Test User' })
	})

	test('after a sign-out another user can sign in, in what is a new page', async () => {
		const session = createTestSession({ user: ada })
		await session.signOut()
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'signed-out' })
		expect(session.test.world.provider.counts.revoked).toHaveLength(1)
		session.test.nextUser(bob)
		await session.signIn()
		expect(session.getSnapshot().user).toEqual(bob)
	})

	test('the application is taken to the page it wanted by its own navigate', async () => {
		const navigate = vi.fn()
		const session = createTestSession({ navigate })
		await session.signIn({ returnTo: '/cart?a=1' })
		await session.test.settled()
		expect(navigate).toHaveBeenCalledExactlyOnceWith('/cart?a=1')
	})

	test("a router's guard resolves to the user who has signed in", async () => {
		const session = createTestSession()
		expect(await session.requireSession()).toEqual({ sub: 'test-user', name: 'Test User' })
	})

	test('tells of events over page loads, until it is told not to', async () => {
		const session = createTestSession()
		const seen = vi.fn()
		const off = session.on('authenticated', seen)
		await session.signIn()
		await session.signOut()
		await session.signIn()
		expect(seen).toHaveBeenCalledTimes(2)
		off()
		await session.signOut()
		await session.signIn()
		expect(seen).toHaveBeenCalledTimes(2)
	})

	test('getAccessToken, a renewal, and many at once', async () => {
		const session = createTestSession({ user: ada })
		const first = await session.getAccessToken()
		await session.renew()
		const later = await Promise.all(Array.from({ length: 10 }, () => session.getAccessToken()))
		expect(new Set(later).size).toBe(1)
		expect(later[0]).not.toBe(first)
	})

	test('what waits while the page goes does not wait for ever', async () => {
		const session = createTestSession({ user: ada, apis: ['/api'], fetch: () => new Promise(() => {}) })
		const response = session.fetch('/api/orders')
		await session.test.settled()
		void session.signOut()
		const user = session.requireSession()
		await expect(response).rejects.toThrow(TypeError)
		expect(await user).toEqual(ada)
	})

	test('what has come to its end is not asked again in the next page', async () => {
		const session = createTestSession({ user: ada })
		await session.renew()
		await session.signOut()
		await session.signIn()
		await session.test.settled()
		expect(session.test.world.provider.counts.refresh).toBe(1)
	})

	test('works under fake timers', async () => {
		vi.useFakeTimers()
		try {
			const session = createTestSession({ user: ada, idle: { timeout: '15m' } })
			expect(await session.getAccessToken()).toMatch(/^access-/)
			await session.test.idle('14m')
			expect(session.getSnapshot()).toMatchObject({ warning: 'idle' })
		} finally {
			vi.useRealTimers()
		}
	})
})

describe('fetch', () => {
	test('answers 200 and an empty object', async () => {
		const session = createTestSession({ user: ada, apis: ['/api'] })
		const response = await session.fetch('/api/orders')
		expect(response.status).toBe(200)
		expect(await response.json()).toEqual({})
	})

	test('is answered by the test, with the token for apis only', async () => {
		const seen: (string | null)[] = []
		const session = createTestSession({
			user: ada,
			apis: ['/api'],
			fetch: async input => {
				const { url, headers } = input as Request
				seen.push(new URL(url).pathname, headers.get('Authorization'))
				return Response.json({ orders: 2 })
			},
		})
		expect(await (await session.fetch('/api/orders')).json()).toEqual({ orders: 2 })
		await session.fetch('/public')
		expect(seen).toEqual(['/api/orders', expect.stringMatching(/^Bearer access-/), '/public', null])
	})

	test('fails offline', async () => {
		const session = createTestSession({ user: ada, apis: ['/api'] })
		await session.test.goOffline()
		await expect(session.fetch('/api/orders')).rejects.toThrow(TypeError)
		await session.test.goOnline()
		expect((await session.fetch('/api/orders')).ok).toBe(true)
	})
})

describe('what a test does to the world', () => {
	const quarter = { user: ada, idle: { timeout: '15m' } } as const

	test('idle brings the warning and the end, to the millisecond', async () => {
		const session = createTestSession(quarter)
		await session.test.idle(14 * 60_000 - 1)
		expect(session.getSnapshot()).toMatchObject({ warning: undefined })
		await session.test.idle('1ms')
		expect(session.getSnapshot()).toMatchObject({ warning: 'idle' })
		await session.test.idle('1m')
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'idle', by: 'this-tab' })
	})

	test('act dismisses the warning', async () => {
		const session = createTestSession(quarter)
		await session.test.idle('14m')
		await session.test.act()
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		await session.test.idle('13m')
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
	})

	test('advance passes time with an active user: tokens are renewed, and only the lifetime ends the session', async () => {
		const session = createTestSession({ ...quarter, lifetime: { timeout: '2h' } })
		await session.test.advance('114m')
		expect(session.test.world.provider.counts.refresh).toBeGreaterThan(20)
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		await session.test.advance('1m')
		expect(session.getSnapshot()).toMatchObject({ warning: 'lifetime' })
		await session.test.advance('5m')
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'lifetime' })
	})

	test('sleep past the idle timeout ends the session when the user comes back', async () => {
		const session = createTestSession(quarter)
		await session.test.sleep('1h')
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'idle' })
	})

	test('a frozen page learns of the sign-out when it runs again', async () => {
		const session = createTestSession({ user: ada })
		await session.test.freeze()
		await session.test.signOutInAnotherTab()
		expect(session.getSnapshot().status).toBe('authenticated')
		await session.test.resume()
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'signed-out', by: 'other-tab' })
	})

	test('signOutInAnotherTab ends the session here', async () => {
		const session = createTestSession({ user: ada })
		await session.test.signOutInAnotherTab()
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'signed-out', by: 'other-tab' })
		await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' })
	})

	test('signInInAnotherTab begins a session here, or puts the page in quarantine', async () => {
		const session = createTestSession()
		await session.test.signInInAnotherTab(ada)
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', user: ada })
		await session.test.signInInAnotherTab(bob)
		expect(session.getSnapshot()).toMatchObject({ status: 'user-changed', previousUser: ada, user: bob })
		session.acceptUser()
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', user: bob })
	})

	test('openTab has a second tab of the same session', async () => {
		const session = createTestSession(quarter)
		const other = await session.test.openTab()
		expect(other.getSnapshot().user).toEqual(ada)
		await session.test.idle('14m')
		await other.test.act()
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
		await other.signOut()
		await session.test.settled()
		expect(session.getSnapshot()).toMatchObject({ ...ended, by: 'other-tab' })
	})

	test.each(['network', 'unavailable'] as const)('failRenewal(%o) leaves the session, retrying until the tokens are due', async kind => {
		const session = createTestSession({ user: ada })
		await session.test.failRenewal(kind)
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		await session.test.advance('5m')
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	test("failRenewal('rejected') ends it", async () => {
		const session = createTestSession({ user: ada })
		await session.test.failRenewal('rejected')
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'renewal-rejected' })
	})

	test("failRenewal('interaction') leaves the session until its access token expires", async () => {
		const session = createTestSession({ user: ada })
		await session.test.failRenewal('interaction')
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'interaction-required' })
		await session.test.advance('5m')
		expect(session.getSnapshot()).toMatchObject({ ...ended, reason: 'interaction-required' })
	})

	test('expireAccessToken makes the next one a fresh one', async () => {
		const session = createTestSession({ user: ada })
		const before = await session.getAccessToken()
		await session.test.expireAccessToken()
		expect(await session.getAccessToken()).not.toBe(before)
	})

	test('offline an expired token is retried, and online it is renewed', async () => {
		const session = createTestSession({ user: ada })
		await session.test.goOffline()
		await session.test.expireAccessToken()
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		await expect(session.getAccessToken()).rejects.toBeInstanceOf(SessionError)
		await session.test.goOnline()
		expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	test('expireAccessToken says so where nobody is signed in', async () => {
		const session = createTestSession()
		await expect(session.test.expireAccessToken()).rejects.toThrow('Nobody is signed in')
	})

	test('refuses what is no duration', async () => {
		const session = createTestSession()
		await expect(session.test.idle('soon' as '1s')).rejects.toThrow(RangeError)
	})
})

test("where there is no CryptoKey nor setImmediate, as in Jest's jsdom, it can be imported and works", async () => {
	vi.stubGlobal('CryptoKey', undefined)
	vi.stubGlobal('setImmediate', undefined)
	vi.resetModules()
	try {
		const fresh = await import('./index.ts')
		const session = fresh.createTestSession({ user: ada })
		expect(await session.getAccessToken()).toMatch(/^access-/)
	} finally {
		vi.unstubAllGlobals()
		vi.resetModules()
	}
})

describe('docs/testing.md', () => {
	test('two tabs that want a token at once send one request', async () => {
		const world = createWorld({ lifetimeMs: 60_000 })
		const one = await world.signedIn('alice')
		const two = world.open('/')
		await world.time.advance(1000)

		one.freeze()
		two.freeze()
		world.time.sleep(3_600_000 / 4)
		one.resume()
		two.resume()
		const tokens = Promise.all([one.getAccessToken(), two.getAccessToken()])
		await world.time.advance(1000)

		expect(new Set(await tokens).size).toBe(1)
		expect(world.provider.counts.refresh).toBe(1)
	})

	test('a tab that crashes while it renews takes nothing with it', async () => {
		const world = createWorld()
		const one = await world.signedIn('alice')
		const two = world.open('/')
		await world.time.advance(1000)

		one.crashOnce(record => record.living?.pending !== undefined)
		one.renew().catch(() => {})
		await world.time.advance(120_000)

		expect(two.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect(world.provider.counts.reuse).toBe(0)
	})
})

describe('the page that React draws', () => {
	test('draws by itself while time passes, and a test that fails leaves no trace', async () => {
		const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
		react.IS_REACT_ACT_ENVIRONMENT = true
		try {
			const session = createTestSession({ user: ada })
			const seen: (boolean | undefined)[] = []
			session.subscribe(() => seen.push(react.IS_REACT_ACT_ENVIRONMENT))
			await Promise.all([session.test.signOutInAnotherTab(), session.test.act()])
			await session.test.idle('soon' as '1s').catch(() => {})
			expect(seen).toEqual([false])
			expect(react.IS_REACT_ACT_ENVIRONMENT).toBe(true)
		} finally {
			Reflect.deleteProperty(react, 'IS_REACT_ACT_ENVIRONMENT')
		}
	})
})
