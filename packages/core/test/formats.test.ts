// Two versions of an application over one record: side by side, and after a deploy was rolled back (architecture, section 2).
import { describe, expect, it } from 'vitest'
import { FORMAT, type SessionRecord } from '../src/policy/record.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Signs in in `tab` by a redirect, as its user does. @returns the page that the provider sends the user back to */
async function signIn(world: World, tab: TestTab, open: OpenOptions = {}, between: () => Promise<unknown> = async () => {}) {
	void tab.signIn({ prompt: 'login' }).catch(() => {})
	await world.time.advance(SECOND)
	const request = tab.visited.at(-1)
	if (!request) throw new Error('the page was not left')
	const { state, code } = world.provider.signIn('alice', new URL(request))
	tab.crash()
	await between()
	const page = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: tab.ownNotes, ...open })
	await world.time.advance(SECOND)
	return page
}

const next = { isNext: true } as const

/** The record after the next version has signed in and, by default, out again; all its pages are closed. */
async function rolledBack({ isLive = false, ...options }: WorldOptions & { isLive?: boolean } = {}) {
	const world = createWorld(options)
	const page = await signIn(world, await opened(world, next), next)
	expect([page.status(), world.record()?.format]).toEqual(['authenticated', FORMAT + 1])
	if (!isLive) {
		void page.signOut({ at: 'device' })
		await world.time.advance(SECOND)
	}
	page.close()
	await world.time.advance(SECOND)
	// What this version knows nothing of.
	const record = world.record() as SessionRecord
	world.store.set({ ...record, vault: 'of tomorrow', ...(record.living && { living: { ...record.living, vault: 'of tomorrow' } }) })
	return world
}

async function opened(world: World, options: OpenOptions = {}) {
	const tab = world.open('/', options)
	await world.time.advance(SECOND)
	return tab
}

/** Paths that are requested from now on. */
function requests(world: World) {
	const paths: string[] = []
	world.network.watch(({ url }) => {
		paths.push(url.pathname)
		return () => {}
	})
	return paths
}

/** How the next version writes a record that one of this version has written. */
function raise(world: World) {
	const record = world.record() as SessionRecord
	world.store.set({ ...record, format: FORMAT + 1, revision: record.revision + 1 })
	world.say({ revision: record.revision + 1 })
}

describe('after a deploy was rolled back', () => {
	it('the user signs in, and the record has this version’s format and nothing that it does not know', async () => {
		const world = await rolledBack()
		const { ends, revision } = world.record() as SessionRecord
		const tab = await opened(world)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', error: undefined })
		expect(tab.eventsOf('updateRequired')).toEqual([])
		const page = await signIn(world, tab)
		expect(page.status()).toBe('authenticated')
		const record = world.record() as SessionRecord
		expect(record).toMatchObject({ format: FORMAT, ends, sub: 'alice', end: undefined })
		expect(record.revision).toBeGreaterThan(revision)
		expect(JSON.stringify(record)).not.toContain('of tomorrow')
	})

	it('a call is refused for want of a session, not of an update', async () => {
		const world = await rolledBack()
		const tab = await opened(world)
		const token = tab.getAccessToken().catch(({ code }) => code)
		await world.time.advance(SECOND)
		expect(await token).toBe('not_authenticated')
	})

	it('the user signs in in a popup', async () => {
		const world = await rolledBack()
		const tab = await opened(world)
		void tab.signIn({ method: 'popup', prompt: 'login' })
		await world.time.advance(SECOND)
		world.handOver(world.provider.signIn('alice', new URL(tab.popups[0]?.url as string)))
		await world.time.advance(SECOND)
		expect([tab.status(), world.record()?.format]).toEqual(['authenticated', FORMAT])
	})

	it('a guard signs the user in', async () => {
		const world = await rolledBack()
		const tab = await opened(world)
		void tab.requireSession().catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.visited.at(-1)).toContain('/authorize')
	})

	it.each(['iframe', 'redirect'] as const)(
		'a page that loads signs in silently where the next version’s session has expired (%s)',
		async sso => {
			const world = await rolledBack({ session: { sso } })
			const record = world.record() as SessionRecord
			world.store.set({ ...record, end: { ...record.end, reason: 'expired' } })
			const tab = await opened(world)
			await world.time.advance(SECOND)
			if (sso === 'redirect') expect(tab.visited.at(-1)).toContain('prompt=none')
			else expect([tab.status(), world.record()?.format]).toEqual(['authenticated', FORMAT])
		},
	)

	it.each(['iframe', 'redirect'] as const)(
		'no page signs in silently where the user has signed out of the next version’s session (I2, %s)',
		async sso => {
			const world = await rolledBack({ session: { sso } })
			const { revision } = world.record() as SessionRecord
			const tab = await opened(world)
			await world.time.advance(10 * SECOND)
			expect([tab.status(), tab.visited, world.record()?.revision]).toEqual(['unauthenticated', [], revision])
		},
	)

	it('a silent sign-in that is refused leaves the next version’s record as it is', async () => {
		const world = await rolledBack({ session: { sso: 'iframe' } })
		world.provider.setSession(undefined)
		const record = world.record() as SessionRecord
		world.store.set({ ...record, end: { ...record.end, reason: 'expired' } })
		await opened(world)
		await world.time.advance(10 * SECOND)
		expect(world.record()).toMatchObject({ format: FORMAT + 1, vault: 'of tomorrow' })
	})

	it('a live session of the next version is left alone until it ends: no request is sent, nothing is committed', async () => {
		const world = await rolledBack({ isLive: true })
		const { revision } = world.record() as SessionRecord
		const sent = requests(world)
		const tab = await opened(world, { options: { firstFrame: false } })
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'update_required' } })
		for (const call of [() => tab.signIn(), () => tab.signIn({ method: 'popup' }), () => tab.getAccessToken()]) {
			const refused = call().catch(({ code }) => code)
			await world.time.advance(MINUTE)
			expect(await refused).toBe('update_required')
		}
		expect([tab.visited, world.record()?.revision]).toEqual([[], revision])
		expect(sent.filter(path => path !== '/.well-known/openid-configuration')).toEqual([])
	})

	it('the user signs out of a live session of the next version, and in again', async () => {
		const world = await rolledBack({ isLive: true })
		const tab = await opened(world, { options: { firstFrame: false } })
		void tab.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		expect(world.record()).toMatchObject({ format: FORMAT + 1, end: { reason: 'signed-out' }, living: undefined })
		expect((await signIn(world, tab)).status()).toBe('authenticated')
		expect(world.record()?.format).toBe(FORMAT)
	})

	it('the next version, deployed again, goes on with the session', async () => {
		const world = await rolledBack()
		const page = await signIn(world, await opened(world))
		const again = await opened(world, next)
		expect(again.status()).toBe('authenticated')
		void again.renew()
		await world.time.advance(SECOND)
		expect(world.record()).toMatchObject({ format: FORMAT + 1, living: { generation: 2 } })
		expect(page.eventsOf('updateRequired')).toHaveLength(1)
	})
})

describe('two versions side by side', () => {
	it('a sign-in of this version is completed, though the next version has raised the record meanwhile', async () => {
		const world = await rolledBack()
		const page = await signIn(world, await opened(world), {}, async () => raise(world))
		expect([page.status(), world.record()?.format]).toEqual(['authenticated', FORMAT])
	})

	it('a sign-in of the next version is completed, though one of this version has taken the record over meanwhile', async () => {
		const world = await rolledBack()
		const tab = await opened(world)
		const page = await signIn(world, await opened(world, next), next, async () => {
			void tab.signIn()
			await world.time.advance(SECOND)
			expect(world.record()?.format).toBe(FORMAT)
		})
		expect(page.status()).toBe('authenticated')
	})

	it('a response to a sign-in of this version is not exchanged once a session of the next version is live (I2)', async () => {
		const world = await rolledBack()
		const { code, revoked } = world.provider.counts
		const before = revoked.length
		const page = await signIn(world, await opened(world), {}, async () => void (await signIn(world, await opened(world, next), next)))
		expect(page.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'update_required' } })
		expect(world.record()).toMatchObject({ format: FORMAT + 1, living: { generation: 1 } })
		expect([world.provider.counts.code, revoked.length]).toEqual([code + 1, before])
	})

	it('tokens of a sign-in of this version are not committed over a session of the next version that began during the exchange (I2)', async () => {
		const world = await rolledBack()
		let isDone = false
		async function between() {
			// Right before the token response of this version's page comes.
			world.network.watch(({ url }) => answer => {
				if (url.pathname !== '/token' || !answer || isDone) return
				isDone = true
				const record = world.record() as SessionRecord
				const living = { unknown: true, sid: 'sid' } as unknown as SessionRecord['living']
				world.store.set({
					...record,
					format: FORMAT + 1,
					revision: record.revision + 1,
					id: 'of-tomorrow',
					sub: 'alice',
					end: undefined,
					living,
				})
			})
		}
		const page = await signIn(world, await opened(world), {}, between)
		expect(isDone).toBe(true)
		expect(world.record()).toMatchObject({ id: 'of-tomorrow', living: { unknown: true } })
		expect(page.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'update_required' } })
	})

	it('an unattended sign-in of this version is refused where a session of the next version has begun and ended since (I2)', async () => {
		const world = await rolledBack({ session: { sso: 'redirect' } })
		const record = world.record() as SessionRecord
		world.store.set({ ...record, end: { ...record.end, reason: 'expired' } })
		const tab = await opened(world)
		const request = new URL(tab.visited.at(-1) as string)
		tab.crash()
		const other = await opened(world, { ...next, options: { sso: 'off' } })
		const page = await signIn(world, other, { ...next, options: { sso: 'off' } })
		void page.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		const response = world.provider.silently(request, 'window')
		const back = world.open(`/signed-in?${new URLSearchParams(response)}`, { ownNotes: tab.ownNotes })
		await world.time.advance(2 * SECOND)
		expect([back.status(), world.record()?.end?.reason]).toEqual(['unauthenticated', 'signed-out'])
	})

	it('the next version’s page shows and renews the session that this version has begun', async () => {
		const world = await rolledBack()
		const other = await opened(world, next)
		const page = await signIn(world, await opened(world))
		expect([page.status(), other.status()]).toEqual(['authenticated', 'authenticated'])
	})
})

describe('a record of the previous format', () => {
	/** Signed in, by a version whose records have the previous format. */
	async function ofPrevious(options: WorldOptions = {}) {
		const world = createWorld({ lifetimeMs: MINUTE, session: { idle: false, lifetime: false }, ...options })
		const page = await world.signedIn()
		page.crash()
		world.store.set({ ...world.record(), format: FORMAT - 1 })
		return world
	}

	it('is read, renewed and ended', async () => {
		const world = await ofPrevious()
		const tab = await opened(world)
		expect(tab.status()).toBe('authenticated')
		void tab.renew()
		await world.time.advance(SECOND)
		expect(world.record()?.living?.generation).toBe(2)
		const token = tab.getAccessToken()
		await world.time.advance(SECOND)
		expect(await token).toMatch(/^access-/)
		void tab.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		expect(world.record()?.end?.reason).toBe('signed-out')
	})

	it('is of this version’s format once somebody signs in, in whichever state it was', async () => {
		const live = await ofPrevious()
		expect((await signIn(live, await opened(live))).status()).toBe('authenticated')
		expect(live.record()).toMatchObject({ format: FORMAT, living: { generation: 2 } })
		const ended = await ofPrevious()
		void (await opened(ended)).signOut({ at: 'device' })
		await ended.time.advance(SECOND)
		expect((await signIn(ended, await opened(ended))).status()).toBe('authenticated')
		expect(ended.record()?.format).toBe(FORMAT)
	})
})
