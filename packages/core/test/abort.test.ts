// Calls whose caller waits no longer: they reject at once with the caller's own reason, and what others share with them goes on.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const ORDERS = 'https://app.example/api/orders'

const always = { idle: false, lifetime: false } as const

/** A tab whose access token has expired. */
async function expired({ session, ...options }: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: MINUTE, latencyMs: 2 * SECOND, session: { ...always, ...session }, ...options })
	const tab = await signedIn(world)
	// The renewal ahead of time is on its way into the void.
	world.time.sleep(10 * MINUTE)
	return { world, tab, sent: requests(world) }
}

/** As `World.signedIn`, in a world whose requests take long. */
async function signedIn(world: World): Promise<TestTab> {
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes })
	await world.time.advance(SECOND)
	void before.signIn({ prompt: 'login' })
	await world.time.advance(10 * SECOND)
	const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
	before.crash()
	const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
	await world.time.advance(10 * SECOND)
	expect(tab.status()).toBe('authenticated')
	return tab
}

/** The paths that are requested from now on. */
function requests(world: World) {
	const paths: string[] = []
	world.network.watch(({ url }) => {
		paths.push(url.pathname)
		return () => {}
	})
	return paths
}

/** What has become of a call by now. */
function watched<T>(call: Promise<T>) {
	const seen: { value?: T; error?: unknown } = {}
	call.then(
		value => {
			seen.value = value
		},
		error => {
			seen.error = error
		},
	)
	return seen
}

/** The calls that take a signal. */
const calls: Readonly<Record<string, (tab: TestTab, signal: AbortSignal) => Promise<unknown>>> = {
	'`fetch(url, { signal })`': (tab, signal) => tab.fetch(ORDERS, { signal }),
	'`fetch(new Request(url, { signal }))`': (tab, signal) => tab.fetch(new Request(ORDERS, { signal })),
	'`fetch` of a request whose signal its options replace': (tab, signal) =>
		tab.fetch(new Request(ORDERS, { signal: new AbortController().signal }), { signal }),
	'`getAccessToken({ signal })`': (tab, signal) => tab.getAccessToken({ signal }),
}

const REASON = { why: 'the user has gone to another page' }

describe.each(Object.entries(calls))('%s', (_name, call) => {
	it('rejects at once with the reason of the signal while it waits for a renewal, which goes on for the other callers', async () => {
		const { world, tab, sent } = await expired()
		const abort = new AbortController()
		const seen = watched(call(tab, abort.signal))
		const other = watched(tab.getAccessToken())
		await world.time.advance(SECOND)
		expect(sent).toEqual(['/token'])
		abort.abort(REASON)
		await world.time.flush()
		expect(seen.error).toBe(REASON)
		await world.time.advance(4 * SECOND)
		expect(other.value).toMatch(/^access-/)
		expect(sent).toEqual(['/token'])
	})

	it('starts no renewal and sends nothing where the signal is aborted before the call', async () => {
		const { world, tab, sent } = await expired()
		const seen = watched(call(tab, AbortSignal.abort(REASON)))
		await Promise.resolve()
		await world.time.flush()
		expect(seen.error).toBe(REASON)
		expect(sent).toEqual([])
	})

	it('rejects at once in a page that is being prerendered', async () => {
		const world = createWorld({ session: always })
		const tab = world.open('/', { shown: () => new Promise<void>(() => {}) })
		const abort = new AbortController()
		const seen = watched(call(tab, abort.signal))
		await world.time.advance(SECOND)
		expect(seen).toEqual({})
		abort.abort(REASON)
		await world.time.flush()
		expect(seen.error).toBe(REASON)
	})
})

it('keeps no listener on the signal once it has settled', async () => {
	const { world, tab } = await expired({ latencyMs: 50 })
	const { signal } = new AbortController()
	let listeners = 0
	const { addEventListener, removeEventListener } = signal
	signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
		listeners += 1
		addEventListener.apply(signal, given)
	}
	signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
		listeners -= 1
		removeEventListener.apply(signal, given)
	}
	const seen = watched(tab.getAccessToken({ signal }))
	await world.time.advance(SECOND)
	expect(seen.value).toMatch(/^access-/)
	expect(listeners).toBe(0)
})

describe('`fetch`', () => {
	it('rejects at once while it waits for a user whose session could not be renewed, and sends nothing when that user is back', async () => {
		const { world, tab, sent } = await expired({ latencyMs: 50, session: { waitForSignIn: '5m' } })
		world.provider.revokeGrants()
		const abort = new AbortController()
		const aborted = watched(tab.fetch(ORDERS, { signal: abort.signal }))
		const other = watched(tab.fetch(ORDERS))
		await world.time.advance(5 * SECOND)
		expect(tab.status()).toBe('unauthenticated')
		expect([aborted, other]).toEqual([{}, {}])
		abort.abort(REASON)
		await world.time.flush()
		expect(aborted.error).toBe(REASON)
		await signedIn(world)
		await world.time.advance(5 * SECOND)
		expect(other.value?.status).toBe(200)
		expect(sent.filter(path => path === '/api/orders')).toHaveLength(1)
	})

	it('rejects at once while it waits for a step-up, which is announced anew to the next call', async () => {
		const challenge = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", acr_values="gold"' } }
		const world = createWorld({ session: { ...always, waitForSignIn: '5m' }, api: async () => new Response('', challenge) })
		const tab = await world.signedIn()
		const abort = new AbortController()
		const aborted = watched(tab.fetch(ORDERS, { signal: abort.signal }))
		await world.time.advance(SECOND)
		expect(tab.eventsOf('stepUpRequired')).toHaveLength(1)
		expect(aborted).toEqual({})
		abort.abort(REASON)
		await world.time.flush()
		expect(aborted.error).toBe(REASON)
		void tab.fetch(ORDERS).catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.eventsOf('stepUpRequired')).toHaveLength(2)
	})

	it('does not send the request again that is aborted while its token is renewed after a 401', async () => {
		const calls: string[] = []
		async function api() {
			calls.push('call')
			return new Response('', { status: 401 })
		}
		const world = createWorld({ lifetimeMs: 5 * MINUTE, session: always, latencyMs: 50, api })
		const tab = await world.signedIn()
		await world.time.advance(MINUTE)
		const abort = new AbortController()
		const aborted = watched(tab.fetch(ORDERS, { signal: abort.signal }))
		await world.time.advance(1)
		expect(calls).toHaveLength(1)
		abort.abort(REASON)
		await world.time.advance(SECOND)
		expect(aborted.error).toBe(REASON)
		expect(calls).toHaveLength(1)
		expect(world.record()?.living?.generation).toBe(2)
	})

	it('leaves the body of a request that it rejects unread', async () => {
		const { world, tab } = await expired()
		const request = new Request(ORDERS, { method: 'POST', body: 'order', signal: AbortSignal.abort(REASON) })
		const seen = watched(tab.fetch(request))
		await world.time.flush()
		expect(seen.error).toBe(REASON)
	})
})

describe('`requireSession({ signal })`', () => {
	it('rejects at once, and begins no sign-in afterwards', async () => {
		const world = createWorld({ session: always })
		let arrive = () => {}
		const tab = world.open('/', { chunk: () => new Promise<void>(resolve => (arrive = resolve)) })
		await world.time.advance(SECOND)
		const abort = new AbortController()
		const guard = watched(tab.requireSession({ signal: abort.signal }))
		await world.time.advance(SECOND)
		abort.abort(REASON)
		await world.time.flush()
		expect(guard.error).toBe(REASON)
		arrive()
		await world.time.advance(5 * SECOND)
		expect(tab.visited).toEqual([])
		expect(world.record()).toBeUndefined()
	})

	it('begins no sign-in where the signal is aborted before the call', async () => {
		const world = createWorld({ session: always })
		const tab = world.open()
		const guard = watched(tab.requireSession({ signal: AbortSignal.abort(REASON) }))
		await world.time.advance(5 * SECOND)
		expect(guard.error).toBe(REASON)
		expect(tab.visited).toEqual([])
	})

	it('passes no signal on to the provider', async () => {
		const world = createWorld({ session: always })
		const tab = world.open()
		await world.time.advance(SECOND)
		void tab.requireSession({ signal: new AbortController().signal, loginHint: 'alice' })
		await world.time.advance(SECOND)
		const { searchParams } = new URL(tab.visited.at(-1) as string)
		expect([searchParams.get('login_hint'), searchParams.has('signal')]).toEqual(['alice', false])
	})
})
