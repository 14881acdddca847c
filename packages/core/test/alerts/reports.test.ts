// Reports of alerts: one tab sends for all, nothing is lost while the network is down, and nothing is told that was not allowed.
import { describe, expect, it } from 'vitest'
import { SessionError } from '../../src/errors.ts'
import { createMemoryStore } from '../../src/platform/memory-store.ts'
import type { RecordStore } from '../../src/platform/ports.ts'
import type { NetworkFault } from '../../src/testing/index.ts'
import type { Exchange } from '../../src/testing/network.ts'
import { closed, failing, HOUR, idsOf, ledgerOf, left, MINUTE, type Place, place, SECOND, signedIn, stray, told } from './place.ts'

const DAY = 24 * HOUR

const endpoint = '/alerts'

/** A stray callback is an alert each time: its rule looks back for a second only. */
const rules = { 'unsolicited-callback': { within: '1s' } } as const

const reporting = (options: Parameters<typeof place>[0] = {}) =>
	place({ ...options, session: { ...options.session, alerts: { endpoint, rules, ...(options.session?.alerts || {}) } } })

/** Every request to the endpoint, with its page and its moment, ms of the world's time. */
function watched(world: Place) {
	const requests: (Exchange & { readonly at: number })[] = []
	world.network.watch(exchange => {
		if (exchange.url.pathname === endpoint) requests.push({ ...exchange, at: world.time.elapsed() })
		return () => {}
	})
	return requests
}

const answer = (status: number, headers = {}): NetworkFault => ({ status, body: '', headers })

describe('an alert', () => {
	it('is reported once, whatever the number of tabs', async () => {
		const world = reporting()
		for (let count = 0; count < 4; count++) world.open()
		await stray(world)
		await world.time.advance(HOUR)
		expect(world.reports).toEqual([{ authority: 'https://id.example', clientId: 'app', alerts: told(world) }])
		expect(ledgerOf(world).outbox.waiting).toEqual([])
	})

	it('is reported by no tab without an endpoint, and waits for none', async () => {
		const world = place()
		const requests = watched(world)
		await stray(world)
		await world.time.advance(HOUR)
		expect(requests).toEqual([])
		expect(ledgerOf(world).outbox.waiting).toEqual([])
	})

	it('goes out as JSON, in a request that outlives its page and brings no referrer', async () => {
		const world = reporting()
		const inits: RequestInit[] = []
		const tab = world.open(`/signed-in?state=stranger${world.stateSuffix}&code=theirs`)
		const { fetch } = tab.platform
		const noting: typeof fetch = (input, init = {}) => {
			inits.push(init)
			return fetch(input, init)
		}
		Object.assign(tab.platform, { fetch: noting })
		await world.time.advance(SECOND)
		expect(inits.filter(({ method }) => method === 'POST')).toEqual([
			expect.objectContaining({
				headers: { 'Content-Type': 'application/json' },
				keepalive: true,
				credentials: 'same-origin',
				referrerPolicy: 'no-referrer',
				redirect: 'error',
			}),
		])
	})

	it('tells only the claims that the application named, of the user whose session it was', async () => {
		const world = reporting({ session: { alerts: { endpoint, claims: ['name', 'email'] } } })
		await signedIn(world)
		await stray(world)
		await world.time.advance(SECOND)
		expect(world.reports).toMatchObject([{ alerts: [{ type: 'unsolicited-callback', user: { name: 'alice' } }] }])
		expect(Object.keys(world.reports[0]?.alerts[0]?.user ?? {})).toEqual(['name'])
	})

	it('tells no claim any more that the next version of the application does not name', async () => {
		const world = reporting({ session: { alerts: { endpoint, claims: ['name'] } } })
		await signedIn(world)
		world.network.reportFaults.push(answer(503))
		await stray(world)
		closed(world)
		expect(JSON.stringify(ledgerOf(world).outbox)).toContain('alice')
		world.open('/', { options: { alerts: { endpoint, claims: ['email'] } } })
		await world.time.advance(MINUTE)
		expect(world.reports).toEqual([expect.objectContaining({ alerts: told(world) })])
	})

	it('tells of the user whose session has just ended', async () => {
		const world = reporting({ lifetimeMs: MINUTE, session: { alerts: { endpoint, claims: ['sub'] } } })
		await signedIn(world)
		world.provider.revokeGrants()
		await world.time.advance(2 * MINUTE)
		const alerts = world.reports.flatMap(report => report.alerts)
		expect(alerts.map(({ type, user }) => [type, user])).toEqual(
			expect.arrayContaining([
				['ended-early', { sub: 'alice' }],
				['refresh-token-reuse', { sub: 'alice' }],
			]),
		)
	})

	it('tells of nobody who has signed out', async () => {
		const world = reporting({ session: { alerts: { endpoint, claims: ['sub'], rules: { 'repeated-attempts': { count: 2 } } } } })
		const tab = await signedIn(world)
		void tab.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		tab.signIn({ method: 'popup' }).catch(() => {})
		await world.time.advance(SECOND)
		expect(world.reports).toEqual([expect.objectContaining({ alerts: told(world, 'repeated-attempts') })])
	})

	it('tells of nobody where no claim was named, nor where nobody is signed in', async () => {
		for (const claims of [[], ['sub']]) {
			const world = reporting({ session: { alerts: { endpoint, claims } } })
			if (claims.length === 0) await signedIn(world)
			await stray(world)
			expect(world.reports).toHaveLength(1)
			expect(JSON.stringify(world.reports)).not.toMatch(/user|alice/)
		}
	})

	it('tells no token', async () => {
		const world = reporting({ lifetimeMs: MINUTE, session: { alerts: { endpoint, claims: ['sub', 'name', 'at_hash', 'nonce'] } } })
		await signedIn(world)
		await stray(world)
		world.provider.revokeGrants()
		await world.time.advance(2 * MINUTE)
		expect(world.reports.length).toBeGreaterThan(1)
		expect(JSON.stringify(world.reports)).not.toMatch(/access-|refresh-\d|code-|state-|nonce-|eyJ/)
	})
})

describe('while the network is down', () => {
	it('alerts wait, over restarts, and go out at once when it is back', async () => {
		const world = reporting()
		await signedIn(world)
		world.network.setDown(true)
		await stray(world)
		await world.time.advance(10 * MINUTE)
		await stray(world)
		closed(world)
		expect(world.reports).toEqual([])
		const tab = world.open()
		await world.time.advance(MINUTE)
		world.network.setDown(false)
		tab.online()
		await world.time.advance(SECOND)
		expect(idsOf(world.reports)).toEqual(told(world).map(({ id }) => id))
	})

	it('alerts go out at once when it is back, also from a page that was asleep as they were noted (I6)', async () => {
		const world = reporting()
		const asleep = await signedIn(world)
		await world.time.advance(SECOND)
		asleep.freeze()
		world.network.setDown(true)
		const tab = await stray(world)
		await world.time.advance(10 * MINUTE)
		tab.crash()
		asleep.resume()
		world.network.setDown(false)
		asleep.online()
		await world.time.advance(SECOND)
		expect(idsOf(world.reports)).toEqual(told(world).map(({ id }) => id))
	})

	it('all tabs wait as one, longer each time, an hour at most', async () => {
		const world = reporting()
		const tabs = [world.open(), world.open(), world.open()]
		await world.time.advance(SECOND)
		world.network.setDown(true)
		tabs.push(await stray(world))
		// Those look at nothing by themselves.
		for (const tab of tabs) tab.hide()
		const requests = watched(world)
		await world.time.advance(DAY)
		const gaps = requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0))
		expect(gaps.length).toBeGreaterThan(20)
		expect(gaps.length).toBeLessThan(40)
		expect(Math.max(...gaps)).toBeLessThan(1.3 * HOUR)
		for (const [index, gap] of gaps.slice(0, 8).entries())
			expect(gap).toBeGreaterThan(index === 0 ? 5 * SECOND : 1.5 * (gaps[index - 1] ?? 0))
	})

	it('what is older than seven days is given up, and how much it was is told', async () => {
		const world = reporting()
		world.network.setDown(true)
		const tab = await stray(world)
		tab.hide()
		await world.time.advance(7 * DAY)
		tab.crash()
		world.network.setDown(false)
		await stray(world)
		await world.time.advance(2 * HOUR)
		expect(world.reports).toEqual([expect.objectContaining({ dropped: 1, alerts: [told(world)[1]] })])
		await stray(world)
		await world.time.advance(SECOND)
		expect(world.reports[1]).not.toHaveProperty('dropped')
	})

	it('no more than 50 wait, and they go out in batches of 20 at most', async () => {
		const world = reporting()
		world.network.setDown(true)
		for (let count = 0; count < 53; count++) {
			const tab = await stray(world)
			await world.time.advance(SECOND)
			tab.crash()
		}
		expect(ledgerOf(world).outbox.waiting).toHaveLength(50)
		world.network.setDown(false)
		const tab = world.open()
		await world.time.advance(SECOND)
		tab.online()
		await world.time.advance(SECOND)
		expect(world.reports.map(({ alerts, dropped }) => [alerts.length, dropped])).toEqual([
			[20, 3],
			[20, undefined],
			[10, undefined],
		])
		expect(idsOf(world.reports)).toEqual(
			told(world)
				.slice(3)
				.map(({ id }) => id),
		)
	})
})

describe('an endpoint that', () => {
	it.each([408, 429, 500, 503])('answers %i is asked again', async status => {
		const world = reporting()
		world.network.reportFaults.push(answer(status))
		await stray(world)
		expect(world.reports).toEqual([])
		await world.time.advance(10 * SECOND)
		expect(idsOf(world.reports)).toEqual(told(world).map(({ id }) => id))
	})

	it.each([400, 401, 404, 413])('answers %i will not have it: it is not asked again', async status => {
		const world = reporting()
		world.network.reportFaults.push(answer(status))
		const requests = watched(world)
		await stray(world)
		await world.time.advance(2 * HOUR)
		expect(requests).toHaveLength(1)
		expect(ledgerOf(world).outbox.waiting).toEqual([])
	})

	it('says Retry-After is asked no sooner, not even when the network comes back', async () => {
		const world = reporting()
		world.network.reportFaults.push(answer(429, { 'Retry-After': '3600' }))
		const tab = await stray(world)
		tab.online()
		await world.time.advance(59 * MINUTE)
		expect(world.reports).toEqual([])
		await world.time.advance(2 * MINUTE)
		expect(world.reports).toHaveLength(1)
	})

	it('does not answer is given up after the limit, and asked again', async () => {
		const world = reporting({ session: { requestTimeout: '5s' } })
		world.network.reportFaults.push('hang')
		await stray(world)
		await world.time.advance(4 * SECOND)
		expect(ledgerOf(world).outbox.failures).toBe(0)
		await world.time.advance(2 * SECOND)
		expect(ledgerOf(world).outbox).toMatchObject({ failures: 1, isOffline: true, lease: undefined })
		await world.time.advance(10 * SECOND)
		expect(new Set(idsOf(world.reports))).toEqual(new Set(told(world).map(({ id }) => id)))
	})

	it('a `fetch` of the page’s that takes no signal can make nobody wait for ever', async () => {
		const world = reporting()
		const tab = world.open(`/signed-in?state=stranger${world.stateSuffix}&code=theirs`)
		const { fetch } = tab.platform
		let isDeaf = true
		Object.assign(tab.platform, {
			fetch: (input: string, init: RequestInit) =>
				isDeaf && String(input).endsWith(endpoint) ? new Promise(() => {}) : fetch(input, init),
		})
		await world.time.advance(11 * SECOND)
		expect(ledgerOf(world).outbox).toMatchObject({ failures: 1, lease: undefined })
		isDeaf = false
		await world.time.advance(20 * SECOND)
		expect(world.reports).toHaveLength(1)
	})
})

describe('the tab that sends', () => {
	it('may be gone before it knows: another sends again, by the same id', async () => {
		const world = reporting()
		world.open()
		world.network.reportFaults.push('hang')
		const tab = await stray(world)
		tab.crash()
		await world.time.advance(10 * SECOND)
		const first = world.reports.length
		await world.time.advance(20 * SECOND)
		expect(world.reports.length).toBe(first + 1)
		expect(new Set(idsOf(world.reports)).size).toBe(1)
		expect(ledgerOf(world).outbox.waiting).toEqual([])
	})

	it('may be frozen as it sends: another sends, and what it knew when it wakes does no harm', async () => {
		const world = reporting()
		world.open()
		const requests = watched(world)
		const tab = world.open(`/signed-in?state=stranger${world.stateSuffix}&code=theirs`)
		world.network.watch(({ url }) => {
			if (url.pathname === endpoint) tab.freeze()
			return () => {}
		})
		await world.time.advance(MINUTE)
		expect(requests).toHaveLength(2)
		expect(ledgerOf(world).outbox).toMatchObject({ waiting: [], failures: 0 })
		tab.resume()
		await world.time.advance(MINUTE)
		expect(requests).toHaveLength(2)
		expect(ledgerOf(world).outbox).toMatchObject({ waiting: [], failures: 0 })
	})

	it('asks storage that is in trouble no more than every few seconds', async () => {
		const world = reporting()
		const memory = createMemoryStore()
		let isTroubled = false
		let tries = 0
		const attempt = <T>(run: () => Promise<T>): Promise<T> => {
			tries += 1
			return isTroubled ? Promise.reject(new SessionError('storage_unavailable')) : run()
		}
		const ledger: RecordStore = {
			inMemory: false,
			read: () => attempt(() => memory.read()),
			update: change => attempt(() => memory.update(change, false)),
			interrupt() {},
		}
		world.network.reportFaults.push(answer(503))
		await stray(world, { ledger })
		isTroubled = true
		tries = 0
		await world.time.advance(MINUTE)
		expect(tries).toBeGreaterThan(5)
		expect(tries).toBeLessThan(20)
		isTroubled = false
		await world.time.advance(10 * SECOND)
		expect(world.reports).toHaveLength(1)
	})
})

describe('a page that is left', () => {
	it('sends by a beacon what no request has taken up', async () => {
		const world = reporting()
		world.network.reportFaults.push(answer(503, { 'Retry-After': '3600' }))
		await stray(world)
		const tab = await stray(world)
		await world.time.advance(SECOND)
		const late = await stray(world)
		expect(world.reports).toEqual([])
		tab.crash()
		late.close()
		await world.time.advance(SECOND)
		const [first, ...later] = told(world).map(({ id }) => id)
		expect(idsOf(world.reports)).toEqual(later)
		expect(idsOf(world.reports)).not.toContain(first)
	})

	it('sends none of what a request has taken up', async () => {
		const world = reporting()
		world.network.reportFaults.push(answer(503))
		const tab = await stray(world)
		tab.close()
		await world.time.advance(SECOND)
		expect(world.reports).toEqual([])
	})

	it('for a sign-in has its alert reported', async () => {
		const world = reporting({ session: { alerts: { endpoint, rules: { 'repeated-attempts': { count: 1 } } } } })
		const tab = world.open('/', { onNavigate: () => tab.close() })
		await world.time.advance(100)
		void tab.signIn()
		await world.time.advance(SECOND)
		expect(new Set(idsOf(world.reports))).toEqual(new Set(told(world).map(({ id }) => id)))
		expect(told(world)).toHaveLength(1)
	})
})

it('a session manager that was disposed of reports no more', async () => {
	const world = reporting()
	// It acts and never answers.
	world.network.reportFaults.push('hang')
	const tab = await stray(world)
	tab.dispose()
	await world.time.advance(HOUR)
	expect(world.reports).toHaveLength(1)
	expect(ledgerOf(world).outbox).toMatchObject({ failures: 1, lease: undefined })
})

it('a sign-in that fails in a page without an endpoint of its own is reported by none', async () => {
	const world = place({ session: { alerts: { rules: { 'repeated-failures': { count: 1 } } } } })
	await left(world)
	await failing(world)
	expect(told(world, 'repeated-failures')).toHaveLength(1)
	expect(world.reports).toEqual([])
})
