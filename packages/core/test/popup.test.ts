// Sign-in in a window of its own: the page stays as it is, whatever the window does.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

async function opened(options: WorldOptions = {}) {
	const world = createWorld(options)
	const tab = world.open('/cart')
	await world.time.advance(100)
	return { world, tab }
}

/** The sign-in of a click, and what came of it. */
function click(tab: TestTab, options = {}) {
	const result = { outcome: 'pending' as string }
	tab.signIn({ method: 'popup', ...options }).then(
		() => {
			result.outcome = 'signed in'
		},
		error => {
			result.outcome = error.code
		},
	)
	return result
}

const requestOf = (tab: TestTab) => new URL(tab.popups.at(-1)?.url as string)

async function answered(world: World, tab: TestTab, sub = 'alice') {
	world.handOver(world.provider.signIn(sub, requestOf(tab)))
	await world.time.advance(300)
}

describe('a popup', () => {
	it('signs in without leaving the page, and is closed (P16)', async () => {
		const { world, tab } = await opened()
		const shown: string[] = []
		tab.subscribe(() => shown.push(tab.status()))
		const result = click(tab)
		expect(tab.popups).toHaveLength(1)
		await world.time.advance(100)
		await answered(world, tab)
		expect(result.outcome).toBe('signed in')
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		expect(shown).toEqual(['authenticated'])
		expect([tab.href, tab.visited, tab.popups[0]?.isClosed]).toEqual(['https://app.example/cart', [], true])
	})

	it('is opened in the task of the click, before the chunk is there', () => {
		const world = createWorld()
		const tab = world.open('/', { chunk: () => new Promise(() => {}) })
		click(tab)
		return world.time.advance(0).then(() => expect(tab.popups).toHaveLength(1))
	})

	it('that the browser blocks is an error that says so', async () => {
		const world = createWorld()
		const tab = world.open('/', { blocksPopups: true })
		await world.time.advance(100)
		const result = click(tab)
		await world.time.advance(100)
		expect(result.outcome).toBe('popup_blocked')
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: undefined })
	})

	it('is one for a double click', async () => {
		const { world, tab } = await opened()
		const results = [click(tab), click(tab)]
		await world.time.advance(100)
		expect(tab.popups).toHaveLength(1)
		await answered(world, tab)
		expect(results.map(({ outcome }) => outcome)).toEqual(['signed in', 'signed in'])
	})

	it('that the user closes is over at once, which is no error of the page (I10)', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		tab.popups[0]?.leave()
		await world.time.advance(400)
		expect(result.outcome).toBe('popup_closed')
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: undefined })
		click(tab)
		await world.time.advance(0)
		expect(tab.popups).toHaveLength(2)
	})

	it('that looks closed, for the provider isolates its pages, goes on (Cross-Origin-Opener-Policy)', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		tab.popups[0]?.sever()
		await world.time.advance(60_000)
		expect(result.outcome).toBe('pending')
		await answered(world, tab)
		expect(result.outcome).toBe('signed in')
	})

	it('in which nothing ever comes of it is given up after ten minutes (I10)', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(600_200)
		expect(result.outcome).toBe('timeout')
	})

	it('brings what the provider refused to the page', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		world.handOver({ state: requestOf(tab).searchParams.get('state') as string, error: 'access_denied' })
		await world.time.advance(100)
		expect(result.outcome).toBe('access_denied')
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'access_denied' } })
	})

	it('hears no strangers', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		for (const callback of [undefined, 5, {}, 'x', '?state=stranger&code=c', '?state=stranger&error=access_denied']) {
			world.say({ callback })
			world.handOver({ callback: String(callback) })
		}
		world.handOver({ state: 'stranger', code: 'c' })
		await world.time.advance(1000)
		expect([result.outcome, world.provider.counts.code]).toEqual(['pending', 0])
		await answered(world, tab)
		expect(result.outcome).toBe('signed in')
	})

	it('whose callback page boots the application is signed in by that', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		const { state, code } = world.provider.signIn('alice', requestOf(tab))
		world.open(`/signed-in?state=${state}&code=${code}`)
		await world.time.advance(300)
		expect([result.outcome, tab.status(), world.provider.counts.code]).toEqual(['signed in', 'authenticated', 1])
	})

	it('that is answered while the page is frozen waits for it', async () => {
		const { world, tab } = await opened()
		const result = click(tab)
		await world.time.advance(100)
		tab.freeze()
		await answered(world, tab)
		expect(world.provider.counts.code).toBe(0)
		tab.resume()
		await world.time.advance(300)
		expect([result.outcome, tab.status()]).toEqual(['signed in', 'authenticated'])
	})
})

describe('a popup over a session', () => {
	async function reauthenticating(prompt = 'login') {
		const world = createWorld()
		const tab = await world.signedIn()
		await world.time.advance(60_000)
		const { id } = world.record() as { id: string }
		const result = click(tab, { prompt })
		await world.time.advance(100)
		return { world, tab, id, result }
	}

	it('goes on with it, and its lifetime starts anew', async () => {
		const { world, tab, id, result } = await reauthenticating()
		await answered(world, tab)
		expect(result.outcome).toBe('signed in')
		expect(world.record()?.id).toBe(id)
		expect(world.record()?.living?.startedAt).toBeGreaterThan((world.record()?.highTime ?? 0) - 1000)
		expect(tab.eventsOf('ended')).toEqual([])
	})

	it('of another user replaces it, and the page is quarantined (I9)', async () => {
		const { world, tab } = await reauthenticating()
		await answered(world, tab, 'bob')
		expect(tab.getSnapshot()).toMatchObject({ status: 'user-changed', previousUser: { sub: 'alice' }, user: { sub: 'bob' } })
	})

	it('does not undo the sign-out of another tab (I2)', async () => {
		const { world, tab, result } = await reauthenticating()
		const other = world.open()
		await world.time.advance(100)
		void other.signOut({ at: 'device' })
		await world.time.advance(100)
		const revoked = world.provider.counts.revoked.length
		await answered(world, tab)
		expect(result.outcome).toBe('not_authenticated')
		expect([tab, other].map(one => one.getSnapshot())).toMatchObject([{ reason: 'signed-out' }, { reason: 'signed-out' }])
		// What it brought is nobody's.
		expect(world.provider.counts.revoked).toHaveLength(revoked + 1)
	})

	it('does not undo a sign-out after the site’s data were cleared, where ends are counted anew (I2)', async () => {
		const world = createWorld()
		const first = await world.signedIn()
		const ofNone = world.record()
		void first.signOut({ at: 'device' })
		await world.time.advance(100)
		const other = await world.signedIn()
		const tab = world.open()
		await world.time.advance(100)
		const result = click(tab, { prompt: 'login' })
		// While the page asks for the way to the provider, there is a session that no end came before.
		await world.time.advance(10)
		world.store.set(ofNone)
		await world.time.advance(100)
		expect(world.record()).toMatchObject({ id: ofNone?.id, ends: 0 })
		void other.signOut({ at: 'device' })
		await world.time.advance(100)
		await answered(world, tab)
		expect([result.outcome, other.status()]).toEqual(['not_authenticated', 'unauthenticated'])
	})

	it('is closed by a sign-out in its own page, which it does not undo (I2)', async () => {
		const { world, tab, result } = await reauthenticating()
		void tab.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(tab.popups[0]?.isClosed).toBe(true)
		await answered(world, tab)
		expect(result.outcome).toBe('not_authenticated')
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out' })
	})

	it('being exchanged as the user signs out is over with it (I2)', async () => {
		const { world, tab } = await reauthenticating()
		world.handOver(world.provider.signIn('alice', requestOf(tab)))
		await world.time.advance(30)
		void tab.signOut({ at: 'device' })
		await world.time.advance(500)
		expect(tab.status()).toBe('unauthenticated')
		expect(world.record()?.end?.reason).toBe('signed-out')
	})

	it('whose response was refused by the page that booted in it is no success, though the session is there', async () => {
		const { world, tab, result } = await reauthenticating()
		const { state } = world.provider.signIn('alice', requestOf(tab))
		world.open(`/signed-in?state=${state}&error=access_denied`)
		await world.time.advance(1000)
		expect([result.outcome, tab.status()]).toEqual(['sign_in_interrupted', 'authenticated'])
	})

	it('brings back a session that could not be renewed, on the page as it is (P16)', async () => {
		const { world, tab } = await reauthenticating()
		tab.popups[0]?.leave()
		world.provider.endSessions()
		await Promise.all([tab.renew().catch(() => {}), world.time.advance(1000)])
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		click(tab)
		await world.time.advance(100)
		await answered(world, tab)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		expect(tab.visited).toEqual([])
	})
})
