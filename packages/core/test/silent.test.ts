// Without a word (`prompt=none`): single sign-on when a page loads, and the second rung of the renewal ladder.
import { describe, expect, it } from 'vitest'
import { createWorld, type World, type WorldOptions } from '../src/testing/index.ts'

const DAY = 86_400_000

const framed = (options: WorldOptions = {}) => createWorld({ ...options, session: { sso: 'iframe', ...options.session } })

/** Frames that were loaded: each asks for a state of its own, which nothing else tells. */
const codes = ({ provider }: World) => provider.counts.code

describe('a page that loads', () => {
	it('is signed in by the session at the provider, without showing that nobody is', async () => {
		const world = framed()
		world.provider.setSession('alice')
		const tab = world.open()
		const shown: string[] = []
		tab.subscribe(() => shown.push(tab.status()))
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		expect(shown).toEqual(['authenticated'])
		expect(tab.visited).toEqual([])
	})

	it('shows that nobody is signed in once the provider says so, and no error', async () => {
		const world = framed()
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
	})

	it('asks once, however many load at once', async () => {
		const world = framed()
		world.provider.setSession('alice')
		const tabs = Array.from({ length: 8 }, () => world.open())
		await world.time.advance(2000)
		expect(tabs.map(tab => tab.status())).toEqual(tabs.map(() => 'authenticated'))
		expect(codes(world)).toBe(1)
	})

	it.each(['off', 'iframe', 'redirect'] as const)('with a session asks nobody (%s)', async sso => {
		const world = createWorld({ session: { sso } })
		await world.signedIn()
		const tab = world.open()
		await world.time.advance(1000)
		expect([tab.status(), codes(world), tab.visited]).toEqual(['authenticated', 1, []])
	})

	it.each(['signed-out', 'idle', 'lifetime'] as const)('after the end %s signs nobody in until somebody asks (I2)', async reason => {
		const world = framed({ session: { idle: { timeout: '5m' }, lifetime: { timeout: '6m' } } })
		const tab = await world.signedIn()
		if (reason === 'signed-out') void tab.signOut({ at: 'device' })
		for (let minute = 0; minute < 7; minute++) {
			if (reason === 'lifetime') tab.act()
			await world.time.advance(60_000)
		}
		expect(world.record()?.end?.reason).toBe(reason)
		tab.crash()
		const next = world.open()
		await world.time.advance(1000)
		expect(next.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason })
		void next.signIn()
		await world.time.advance(200)
		expect(next.visited[0]).toContain('prompt=login')
	})

	it('is not signed in where a session has ended since it asked (I2)', async () => {
		const world = framed()
		world.provider.setSession('alice')
		world.network.faults.push('hang')
		const tab = world.open()
		await world.time.advance(200)
		// While its code is on its way, Alice signs in elsewhere, and out again.
		const other = await world.signedIn()
		void other.signOut({ at: 'device' })
		await world.time.advance(35_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out' })
		expect(world.record()?.living).toBeUndefined()
	})

	it('waits no longer for a frame without an answer than a request may take, and asks none for a day (I10, P18)', async () => {
		const world = framed()
		world.provider.setSession('alice')
		world.provider.setFrames('forbidden')
		const tab = world.open()
		await world.time.advance(9000)
		expect(tab.status()).toBe('loading')
		await world.time.advance(1500)
		expect(tab.status()).toBe('unauthenticated')
		await world.time.advance(500)
		world.provider.setFrames('open')
		const next = world.open()
		await world.time.advance(200)
		expect(next.status()).toBe('unauthenticated')
		await world.time.advance(DAY)
		const later = world.open()
		await world.time.advance(500)
		expect(later.status()).toBe('authenticated')
	})

	it('remembers that the browser keeps the provider’s cookies from frames, once a sign-in has shown it (P17)', async () => {
		const world = framed()
		world.provider.setSession('alice')
		await world.time.advance(60_000)
		world.provider.setFrames('without cookies')
		const tab = world.open()
		await world.time.advance(1000)
		expect(tab.status()).toBe('unauthenticated')
		expect(world.record()).toMatchObject({ silentRefusedAt: expect.any(Number), silentBlockedUntil: 0 })
		await world.time.advance(20_000)
		// At the provider nobody is asked anything: Alice has been signed in there for longer.
		await world.signedIn('alice', '/', {})
		expect(world.record()?.silentBlockedUntil).toBeGreaterThan(0)
		expect(world.record()?.living).toMatchObject({ silent: false })
	})

	it('learns nothing of cookies from a user who typed a password', async () => {
		const world = framed()
		world.open()
		await world.time.advance(20_000)
		await world.signedIn('alice')
		expect(world.record()).toMatchObject({ silentBlockedUntil: 0, living: { silent: true } })
	})

	it('that is frozen as the frame answers asks for nothing until it runs again', async () => {
		const world = framed()
		world.provider.setSession('alice')
		const tab = world.open()
		world.watchFrames(() => () => tab.freeze())
		await world.time.advance(2000)
		expect(codes(world)).toBe(0)
		tab.resume()
		await world.time.advance(2000)
		expect(tab.status()).toBe('authenticated')
	})

	it('is not held up by a provider that is out of reach', async () => {
		const world = framed()
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(500)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
	})
})

describe('a page that loads and may leave', () => {
	async function left(world: World, ownNotes = new Map<string, string>()) {
		const tab = world.open('/cart', { ownNotes })
		await world.time.advance(300)
		const request = new URL(tab.visited[0] as string)
		tab.crash()
		return { ownNotes, request }
	}

	it('comes back signed in, on the same page', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		const { ownNotes, request } = await left(world)
		expect(request.searchParams.get('prompt')).toBe('none')
		const { state, code } = world.provider.signIn('alice', request)
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		await world.time.advance(300)
		expect([back.status(), back.href]).toEqual(['authenticated', 'https://app.example/cart'])
	})

	it('comes back to the same page where nobody is signed in, without an error, and does not leave again', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		const { ownNotes, request } = await left(world)
		const back = world.open(`/signed-in?state=${request.searchParams.get('state')}&error=login_required`, { ownNotes })
		await world.time.advance(1000)
		expect(back.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
		expect([back.href, back.visited]).toEqual(['https://app.example/cart', []])
	})

	it('does not leave for a provider that is out of reach', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(1000)
		expect([tab.status(), tab.visited]).toEqual(['unauthenticated', []])
	})

	it('leaves three times within 30 s, and then shows that nobody is signed in (P7)', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		const ownNotes = new Map<string, string>()
		for (let times = 0; times < 3; times++) await left(world, ownNotes)
		const tab = world.open('/', { ownNotes })
		await world.time.advance(300)
		expect([tab.getSnapshot(), tab.visited]).toMatchObject([{ status: 'unauthenticated', error: undefined }, []])
	})

	it('is not signed in where a session has ended since it left (I2)', async () => {
		const world = createWorld({ session: { sso: 'redirect' } })
		const { ownNotes, request } = await left(world)
		const other = await world.signedIn()
		void other.signOut({ at: 'device' })
		await world.time.advance(200)
		const { state, code } = world.provider.signIn('alice', request)
		const back = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		await world.time.advance(500)
		expect(back.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', error: undefined })
		expect(world.record()?.living).toBeUndefined()
	})
})

describe('the renewal ladder', () => {
	it('goes on silently where the provider refuses the refresh token, once over all tabs', async () => {
		const world = framed()
		const tabs = [await world.signedIn(), world.open(), world.open()]
		await world.time.advance(100)
		world.provider.revokeGrants()
		await world.time.advance(60_000)
		for (const tab of tabs) expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		expect([codes(world), world.provider.counts.refresh, world.provider.counts.reuse]).toEqual([2, 1, 0])
		expect(world.record()?.living).toMatchObject({ generation: 2, renewable: true })
		for (const tab of tabs) expect(tab.eventsOf('ended')).toEqual([])
	})

	it('keeps the session of a provider that gives no refresh tokens, and the start of its lifetime', async () => {
		const world = framed({ rotation: 'none' })
		const tab = await world.signedIn()
		const startedAt = world.record()?.living?.startedAt
		for (let minute = 0; minute < 10; minute++) {
			tab.act()
			await world.time.advance(60_000)
		}
		expect(tab.status()).toBe('authenticated')
		expect(world.record()?.living).toMatchObject({ startedAt, renewable: false })
		expect(codes(world)).toBeGreaterThan(8)
	})

	it('ends where the provider has no session any more either', async () => {
		const world = framed()
		const tab = await world.signedIn()
		world.provider.endSessions()
		await world.time.advance(60_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})

	it('ends where another user is signed in at the provider (I9)', async () => {
		const world = framed()
		const tab = await world.signedIn()
		world.provider.endSessions()
		world.provider.setSession('bob')
		await world.time.advance(60_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'invalid-tokens' })
	})

	it('is trouble, not an end, while the network is down (I6)', async () => {
		const world = framed({ rotation: 'none' })
		const tab = await world.signedIn()
		world.network.setDown(true)
		await world.time.advance(120_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		world.network.setDown(false)
		await world.time.advance(120_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	it('ends with the tokens where frames give no answer', async () => {
		const world = framed({ rotation: 'none' })
		const tab = await world.signedIn()
		world.provider.setFrames('forbidden')
		await world.time.advance(120_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'expired' })
	})

	it('whose answer comes after the sign-out of another tab has it revoked (I2)', async () => {
		const world = framed()
		const tab = await world.signedIn()
		const other = world.open()
		await world.time.advance(100)
		world.provider.revokeGrants()
		let codesSent = 0
		world.network.watch(({ form }) => {
			if (form.get('grant_type') === 'authorization_code' && codesSent++ === 0) void other.signOut({ at: 'device' })
			return () => {}
		})
		void tab.renew().catch(() => {})
		await world.time.advance(2000)
		expect(codesSent).toBe(1)
		expect(world.record()?.end?.reason).toBe('signed-out')
		const [first, second] = world.provider.grants
		expect([first?.isRevoked, second?.isRevoked]).toEqual([true, true])
	})

	it('goes on from where a page died, and never sends the refused token again (I1)', async () => {
		const world = framed()
		const tab = await world.signedIn()
		const other = world.open()
		await world.time.advance(100)
		world.provider.revokeGrants()
		for (const one of [tab, other]) one.crashOnce(record => record.living?.renewable === false)
		await world.time.advance(60_000)
		const third = world.open()
		await world.time.advance(10_000)
		expect([third.status(), world.provider.counts.refresh]).toEqual(['authenticated', 1])
	})
})

describe('a session whose tokens nothing can renew', () => {
	it('ends with them, in all tabs, without being asked', async () => {
		const world = createWorld({ rotation: 'none' })
		const tabs = [await world.signedIn(), world.open()]
		await world.time.advance(59_000)
		expect(tabs.map(tab => tab.status())).toEqual(['authenticated', 'authenticated'])
		await world.time.advance(2000)
		for (const tab of tabs) expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'expired' })
	})
})
