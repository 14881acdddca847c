// The exchange of a sign-in's code: sent once, stored once, whatever happens to the page and to the site's data meanwhile.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

/** A tab that has come back from the provider. */
async function comingBack(options: WorldOptions = {}, returnTo = '/cart') {
	const world = createWorld(options)
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes })
	await world.time.advance(10_000)
	void before.signIn({ returnTo })
	await world.time.advance(10_000)
	const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
	before.crash()
	return { world, ownNotes, state, callback: `/signed-in?state=${state}&code=${code}` }
}

/** Time passes until it is so. */
async function until(world: World, isSo: () => boolean) {
	for (let steps = 0; !isSo() && steps < 10_000; steps++) await world.time.advance(10)
	expect(isSo()).toBe(true)
}

function reload(world: World, tab: TestTab): TestTab {
	tab.close()
	return world.open(new URL(tab.href).pathname, { ownNotes: tab.ownNotes })
}

/** Runs `task` in the commit that first leaves such a record. */
function atCommit(world: World, isMeant: (after: SessionRecord, before: SessionRecord | undefined) => boolean, task: () => void) {
	let isDone = false
	world.store.watch(({ before, after }) => {
		if (isDone || !isMeant(after as SessionRecord, before as SessionRecord | undefined)) return
		isDone = true
		task()
	})
}

/** Freezes the page as it commits the session, so that it does not learn whether it has. */
async function frozenAtBegun(world: World, tab: TestTab, begin: () => Promise<void>) {
	let isFrozen = false
	atCommit(
		world,
		(after, before) => (after.living?.generation ?? 0) > (before?.living?.generation ?? 0),
		() => {
			tab.freeze()
			isFrozen = true
		},
	)
	await begin()
	await until(world, () => isFrozen)
}

describe('a code', () => {
	it.each([
		['as the request leaves', 1500],
		['once the provider has it', 100],
		['while the answer is on its way', 2000],
	])('is not sent again by a page that is reloaded %s (I1)', async (_when, ms) => {
		const { world, ownNotes, callback } = await comingBack({ latencyMs: 6000 })
		let isSent = false
		world.network.watch(({ form }) => {
			isSent ||= form.has('code')
			return () => {}
		})
		const tab = world.open(callback, { ownNotes })
		await until(world, () => isSent)
		await world.time.advance(ms)
		const again = reload(world, tab)
		await world.time.advance(60_000)
		expect(world.provider.counts.code).toBeLessThanOrEqual(1)
		expect(again.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_in_interrupted', retryable: true } })
	})

	it('that was lost to a reload is replaced by a new sign-in to the same page', async () => {
		const { world, ownNotes, callback } = await comingBack({ latencyMs: 6000 })
		const tab = world.open(callback, { ownNotes })
		await until(world, () => world.provider.counts.code === 1)
		const again = reload(world, tab)
		await world.time.advance(1000)
		void again.retry()
		await world.time.advance(8000)
		expect(again.status()).toBe('redirecting')
		expect(JSON.parse(ownNotes.get('landing') as string)).toMatchObject({ returnTo: '/cart' })
		expect(world.provider.counts.code).toBe(1)
	})

	it('is not sent again after the network failed: the provider may have it', async () => {
		const { world, ownNotes, callback } = await comingBack()
		world.network.faults.push('lost')
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'network_error' } })
		void tab.retry()
		await world.time.advance(1000)
		expect(tab.status()).toBe('redirecting')
		expect(world.provider.counts.code).toBe(1)
	})

	it('that surely did not leave is sent at the next try', async () => {
		const { world, ownNotes, callback } = await comingBack()
		world.network.setDown(true)
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'network_error' } })
		world.network.setDown(false)
		void tab.retry()
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.code).toBe(1)
	})

	it('is sent by the page that was suspended as it noted that it will', async () => {
		const { world, ownNotes, callback } = await comingBack()
		const tab = world.open(callback, { ownNotes })
		atCommit(world, ({ requests }) => requests.some(({ outcome }) => outcome === 'sent'), tab.freeze)
		await world.time.advance(5000)
		expect(world.provider.counts.code).toBe(0)
		tab.resume()
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.code).toBe(1)
	})

	it('is sent by the page whose storage reported the note of it as failed', async () => {
		const { world, ownNotes, callback } = await comingBack()
		world.store.doom('unreported')
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable' } })
		void tab.retry()
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.code).toBe(1)
	})

	it('is sent once by two pages without Web Locks (I1)', async () => {
		const { world, ownNotes, callback } = await comingBack({ latencyMs: 2000 })
		const tabs = [ownNotes, new Map(ownNotes)].map(notes => world.open(callback, { ownNotes: notes, isLockless: true }))
		await world.time.advance(20_000)
		expect(world.provider.counts.code).toBe(1)
		expect(tabs.map(tab => tab.status())).toEqual(['authenticated', 'authenticated'])
	})

	it('of a popup whose page is reloaded is not sent again, and the page that opened it learns that it was lost', async () => {
		const world = createWorld({ latencyMs: 6000 })
		const opener = world.open()
		await world.time.advance(10_000)
		let outcome = 'pending'
		opener.signIn({ method: 'popup' }).then(
			() => (outcome = 'signed in'),
			error => (outcome = error.code),
		)
		await world.time.advance(10_000)
		const { state, code } = world.provider.signIn('alice', new URL(opener.popups.at(-1)?.url as string))
		const popup = world.open(`/signed-in?state=${state}&code=${code}`)
		await until(world, () => world.provider.counts.code === 1)
		const again = reload(world, popup)
		await world.time.advance(10_000)
		expect(world.provider.counts.code).toBe(1)
		expect(again.getSnapshot()).toMatchObject({ error: { code: 'sign_in_interrupted' } })
		expect(outcome).toBe('sign_in_interrupted')
	})
})

describe('a sign-in in a popup that fails', () => {
	it('does not cancel the redirect to which the user has gone on', async () => {
		const world = createWorld({ latencyMs: 400 })
		const tab = world.open()
		await world.time.advance(1000)
		let outcome = 'pending'
		tab.signIn({ method: 'popup' }).catch(error => (outcome = error.code))
		await world.time.advance(1000)
		world.network.faults.push({ status: 503, body: '' })
		world.handOver(world.provider.signIn('alice', new URL(tab.popups.at(-1)?.url as string)))
		await world.time.advance(100)
		void tab.signIn({ acrValues: ['urn:mfa'] })
		const { time } = world
		for (let steps = 0; outcome === 'pending' && steps < 100; steps++) await time.advance(10)
		await time.advance(1000)
		expect(outcome).toBe('popup_closed')
		expect(tab.status()).toBe('redirecting')
	})
})

describe('a sign-in that was suspended as it began the session', () => {
	it.each([
		['a redirect', false],
		['a popup', true],
	])('by %s does not begin it again after another tab has renewed and the data were cleared (I1)', async (_way, isPopup) => {
		const world = createWorld()
		const other = await world.signedIn('alice')
		const ownNotes = new Map<string, string>()
		let tab = world.open('/', { ownNotes })
		await world.time.advance(1000)
		void tab.signIn({ prompt: 'login', ...(isPopup && { method: 'popup' }) }).catch(() => {})
		await world.time.advance(1000)
		const url = new URL((isPopup ? tab.popups.at(-1)?.url : tab.visited.at(-1)) as string)
		const response = world.provider.signIn('alice', url)
		if (!isPopup) {
			tab.crash()
			tab = world.open(`/signed-in?state=${response.state}&code=${response.code}`, { ownNotes })
		}
		await frozenAtBegun(world, tab, async () => {
			if (isPopup) world.handOver(response)
		})
		void other.renew()
		await world.time.advance(1000)
		const refreshes = world.provider.counts.refresh
		world.store.wipe()
		tab.resume()
		await world.time.advance(5000)
		expect(world.record()?.living).toBeUndefined()
		expect(tab.status()).toBe('unauthenticated')
		expect(world.provider.counts).toMatchObject({ refresh: refreshes, reuse: 0 })
		expect([tab, other].flatMap(each => each.eventsOf('alert'))).toEqual([])
	})

	it('silently does not begin it again after the data were cleared (I1)', async () => {
		const world = createWorld({ session: { sso: 'iframe' } })
		world.provider.setSession('alice')
		const tab = world.open()
		const other = world.open('/', { options: { sso: 'off' } })
		await frozenAtBegun(world, tab, async () => {})
		await world.time.advance(1000)
		void other.renew()
		await world.time.advance(1000)
		expect(world.provider.counts.refresh).toBe(1)
		world.store.wipe()
		tab.resume()
		await world.time.advance(20_000)
		expect(world.record()?.living).toBeUndefined()
		expect(world.provider.counts).toMatchObject({ code: 1, reuse: 0 })
	})

	it('goes on once it runs again where nothing was cleared', async () => {
		const { world, ownNotes, callback } = await comingBack()
		const tab = world.open(callback, { ownNotes })
		await frozenAtBegun(world, tab, async () => {})
		await world.time.advance(1000)
		tab.resume()
		await world.time.advance(1000)
		expect(tab.status()).toBe('authenticated')
		expect(world.record()?.living?.generation).toBe(1)
	})

	it('begins the session where the storage has undone that', async () => {
		const { world, ownNotes, callback } = await comingBack()
		atCommit(
			world,
			({ requests }) => requests.some(({ outcome }) => outcome === 'answered'),
			() => world.store.doom('aborted'),
		)
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(5000)
		expect(tab.status()).toBe('authenticated')
		expect(world.provider.counts.code).toBe(1)
	})
})
