// Refusals of a renewal that do not pass by themselves: only the user, or only a developer, can help (I6).
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const LIFETIME_MS = 60_000
const HOUR_MS = 3_600_000

async function manyTabs(options: WorldOptions = {}) {
	const world = createWorld({ lifetimeMs: LIFETIME_MS, ...options, session: { idle: false, ...options.session } })
	const tabs = [await world.signedIn('alice'), world.open(), world.open()]
	await world.time.advance(100)
	return { world, tabs, tab: tabs[0] as TestTab }
}

/** Time passes, and the user is there. */
async function pass(world: World, tabs: readonly TestTab[], ms: number) {
	for (let left = ms; left > 0; left -= 5000) {
		for (const tab of tabs) tab.act()
		await world.time.advance(Math.min(5000, left))
	}
}

const expiresAt = (world: World) => world.record()?.living?.expiresAt ?? 0

const untilExpiry = (world: World) => expiresAt(world) - world.time.wall()

const INTERACTION = ['interaction_required', 'login_required', 'consent_required', 'account_selection_required']

describe('a refresh that is refused because the user has to authenticate or agree', () => {
	it.each(INTERACTION)('%s: the session goes on until its access token expires, then ends with its own reason in all tabs', async error => {
		const { world, tabs, tab } = await manyTabs()
		world.provider.refuseRefreshes(error)
		await pass(world, tabs, untilExpiry(world) - 1000)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'interaction-required' })
		const token = tab.getAccessToken()
		await world.time.advance(100)
		await expect(token).resolves.toMatch(/^access-/)
		await pass(world, tabs, 3000)
		for (const each of tabs) {
			expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'interaction-required' })
			expect(each.eventsOf('ended')).toHaveLength(1)
		}
	})

	it('is not sent again, not by `renew()` and not after a reload (I1)', async () => {
		const { world, tabs, tab } = await manyTabs()
		world.provider.refuseRefreshes('interaction_required')
		world.provider.counts.refresh = 0
		const renewals = [tab.renew(), tab.renew()].map(renewal => renewal.catch(error => error))
		await world.time.advance(1000)
		expect(await Promise.all(renewals)).toMatchObject([
			{ code: 'renewal_failed', oauthError: 'interaction_required' },
			{ code: 'renewal_failed', oauthError: 'interaction_required' },
		])
		void tab.retry()
		const reloaded = world.open()
		await pass(world, [...tabs, reloaded], untilExpiry(world) - 1000)
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'interaction-required' })
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('is made good by a reauthentication in place: the same session goes on', async () => {
		const { world, tabs, tab } = await manyTabs()
		world.provider.refuseRefreshes('interaction_required')
		void tab.renew().catch(() => {})
		await world.time.advance(1000)
		const { id } = world.record() ?? {}
		const signedIn = tab.signIn({ method: 'popup' })
		await world.time.advance(100)
		world.handOver(world.provider.signIn('alice', new URL(tab.popups[0]?.url as string)))
		await world.time.advance(1000)
		await signedIn
		world.provider.refuseRefreshes(undefined)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		await pass(world, tabs, 5 * LIFETIME_MS)
		expect(world.record()).toMatchObject({ id, end: undefined, living: { renewable: true } })
		for (const each of tabs) expect(each.eventsOf('ended')).toEqual([])
	})

	it('is announced before the end, as any end that the tokens bring', async () => {
		const { world, tabs, tab } = await manyTabs()
		world.provider.refuseRefreshes('interaction_required')
		const deadline = expiresAt(world)
		await pass(world, tabs, untilExpiry(world) - 1000)
		expect(tab.eventsOf('warned')).toEqual([{ cause: 'lifetime', deadline }])
		expect(tab.getDeadlines()).toMatchObject({ next: 'accessToken', announced: deadline })
	})

	it('is followed by a silent sign-in where that is allowed', async () => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		world.provider.refuseRefreshes('interaction_required')
		await pass(world, tabs, 5 * LIFETIME_MS)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		for (const each of tabs) expect(each.eventsOf('ended')).toEqual([])
	})

	it.each(['open', 'forbidden'] as const)('ends with its own reason where the frame is %s and helps no more', async frames => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		world.provider.refuseRefreshes('interaction_required')
		world.provider.setSession(undefined)
		world.provider.setFrames(frames)
		const deadline = expiresAt(world)
		await pass(world, tabs, untilExpiry(world) - 1000)
		for (const each of tabs) expect(each.status()).toBe('authenticated')
		await pass(world, tabs, 45_000)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'interaction-required' })
		expect(world.record()?.end?.at).toBeGreaterThanOrEqual(deadline)
	})

	it('after which a page died before its silent sign-in is gone on with by another', async () => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		world.provider.refuseRefreshes('interaction_required')
		world.provider.setSession(undefined)
		for (const each of tabs.slice(0, 2)) each.crashOnce(({ living }) => living?.renewable === false)
		const deadline = expiresAt(world)
		await pass(world, tabs, untilExpiry(world) - 1000)
		await pass(world, tabs, LIFETIME_MS)
		expect(world.record()?.end).toMatchObject({ reason: 'interaction-required' })
		expect(world.record()?.end?.at).toBeGreaterThanOrEqual(deadline)
		expect(world.provider.counts.refresh).toBeLessThanOrEqual(1)
	})

	it('of another API is that API’s alone', async () => {
		const { world, tab } = await manyTabs({ session: { resource: 'urn:main', apis: ['/api', { url: '/orders', resource: 'urn:orders' }] } })
		world.provider.refuseRefreshes('interaction_required')
		const token = tab.getAccessToken({ resource: 'urn:orders' }).catch(error => error)
		await world.time.advance(1000)
		expect(await token).toMatchObject({ code: 'provider_error', oauthError: 'interaction_required' })
		expect(world.record()?.living).toMatchObject({ renewable: true })
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})
})

describe('a silent sign-in in place of a refresh, where there is no refresh token', () => {
	it.each(INTERACTION)('that is answered %s leaves the session until its access token expires', async error => {
		const { world, tabs } = await manyTabs({ rotation: 'none', session: { sso: 'iframe' } })
		const { silently } = world.provider
		world.provider.silently = (request, where) => {
			const state = silently(request, where)?.['state'] ?? ''
			return { state, error }
		}
		const deadline = expiresAt(world)
		await pass(world, tabs, untilExpiry(world) - 1000)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'interaction-required' })
		await pass(world, tabs, 3000)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'interaction-required' })
		expect(world.record()?.end?.at).toBeGreaterThanOrEqual(deadline)
	})

	it('that is answered access_denied ends it after the third time that the access token is expired', async () => {
		const { world, tabs } = await manyTabs({ rotation: 'none', session: { sso: 'iframe' } })
		const { silently } = world.provider
		world.provider.silently = (request, where) => ({ state: silently(request, where)?.['state'] ?? '', error: 'access_denied' })
		await pass(world, tabs, HOUR_MS / 4)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})
})

describe('a refresh that the provider refuses because of the client', () => {
	it.each(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])(
		'%s is shown as an error of the configuration, and tried again with back-off',
		async error => {
			const { world, tabs, tab } = await manyTabs()
			world.provider.refuseRefreshes(error)
			await pass(world, tabs, HOUR_MS)
			for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
			const failed = tabs.flatMap(each => each.eventsOf('renewalFailed'))
			expect(failed[0]).toMatchObject({ error: { code: 'client_refused', oauthError: error } })
			const token = tab.getAccessToken().catch(thrown => thrown)
			await world.time.advance(100)
			expect(await token).toMatchObject({ code: 'renewal_failed', detail: 'client_refused', oauthError: error })
			// At most one a minute.
			expect(world.provider.counts.refresh).toBeLessThan(80)
			world.provider.refuseRefreshes(undefined)
			await pass(world, tabs, 90_000)
			for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		},
	)
})

describe('the same refusal again and again, of a request that says nothing of the user or the client', () => {
	it.each(['invalid_request', 'access_denied', 'some_error_of_the_provider'])(
		'%s ends the session after the third time that its access token is expired, and not before',
		async error => {
			const { world, tabs } = await manyTabs()
			const answered: number[] = []
			world.network.watch(({ form }) => {
				if (form.get('grant_type') === 'refresh_token') answered.push(world.time.wall())
				return () => {}
			})
			world.provider.refuseRefreshes(error)
			const deadline = expiresAt(world)
			await pass(world, tabs, untilExpiry(world) - 1000)
			expect(answered.length).toBeGreaterThan(3)
			for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
			await pass(world, tabs, 5 * LIFETIME_MS)
			for (const each of tabs) {
				expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
				expect(each.eventsOf('ended')).toHaveLength(1)
			}
			expect(answered.filter(at => at >= deadline)).toHaveLength(3)
		},
	)

	it('is counted over all tabs and reloads', async () => {
		const { world, tabs } = await manyTabs()
		world.provider.refuseRefreshes('invalid_request')
		const deadline = expiresAt(world)
		let left = tabs
		let sent = 0
		world.network.watch(({ page, form }) => {
			if (form.get('grant_type') !== 'refresh_token') return () => {}
			if (world.time.wall() >= deadline) sent += 1
			// Each page goes right after its failure is in the record.
			return () => {
				left = left.filter(each => each.page !== page)
				const gone = tabs.find(each => each.page === page)
				world.time.after(1000, () => gone?.crash())
			}
		})
		for (let step = 0; step < 200 && !world.record()?.end; step++) {
			if (left.length < 2) left = [...left, world.open()]
			await pass(world, left, 5000)
		}
		expect(world.record()?.end).toMatchObject({ reason: 'renewal-rejected' })
		expect(sent).toBe(3)
	})

	it('is not counted on through another refusal, and starts anew after a success', async () => {
		const { world, tabs } = await manyTabs()
		const errors = ['invalid_request', 'access_denied']
		for (let step = 0; step < 120; step++) {
			world.provider.refuseRefreshes(errors[step % 2])
			const { refresh } = world.provider.counts
			while (world.provider.counts.refresh === refresh) await pass(world, tabs, 1000)
			if (world.time.wall() > expiresAt(world) + 10 * LIFETIME_MS) break
		}
		expect(world.record()?.end).toBeUndefined()
		world.provider.refuseRefreshes(undefined)
		await pass(world, tabs, 90_000)
		expect(world.record()?.living).toMatchObject({ failure: undefined, refusal: undefined })
	})

	it.each([
		['temporarily_unavailable', 400],
		['server_error', 400],
		['slow_down', 400],
		['invalid_dpop_proof', 400],
		['invalid_request', 408],
		['invalid_request', 429],
		['invalid_request', 500],
		['Not Found', 404],
		['not_found', 404],
		['maintenance', 200],
	])('is trouble, and no refusal, as %s with %i: the session goes on (I6)', async (error, status) => {
		const { world, tabs } = await manyTabs()
		const { handle } = world.provider
		world.provider.handle = (url, form, proof) =>
			form.get('grant_type') === 'refresh_token' ? { status, body: JSON.stringify({ error }) } : handle(url, form, proof)
		await pass(world, tabs, HOUR_MS / 2)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
		world.provider.handle = handle
		await pass(world, tabs, 90_000)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	it('is followed by a silent sign-in where that is allowed', async () => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		world.provider.refuseRefreshes('invalid_request')
		await pass(world, tabs, 10 * LIFETIME_MS)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated' })
		for (const each of tabs) expect(each.eventsOf('ended')).toEqual([])
		expect(world.record()?.living?.generation).toBeGreaterThan(1)
	})

	it('is counted anew for the silent sign-in: one refusal of its code does not end the session', async () => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		const { handle } = world.provider
		let codes = 0
		world.provider.handle = (url, form, proof) => {
			const isFirst = form.has('code') && codes++ === 0
			return isFirst ? { status: 400, body: '{"error":"invalid_request"}' } : handle(url, form, proof)
		}
		world.provider.refuseRefreshes('invalid_request')
		await pass(world, tabs, 10 * LIFETIME_MS)
		expect(codes).toBeGreaterThan(1)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated' })
		for (const each of tabs) expect(each.eventsOf('ended')).toEqual([])
	})

	it('ends the session where the silent sign-in after it is refused too', async () => {
		const { world, tabs } = await manyTabs({ session: { sso: 'iframe' } })
		world.provider.refuseRefreshes('invalid_request')
		world.provider.setSession(undefined)
		await pass(world, tabs, 10 * LIFETIME_MS)
		for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
	})
})

describe('a call that waits for its user (`waitForSignIn`)', () => {
	it('goes out once the user is back after an end that only they could prevent', async () => {
		const { world, tabs, tab } = await manyTabs({ session: { waitForSignIn: '5m' } })
		world.provider.refuseRefreshes('interaction_required')
		await pass(world, tabs, untilExpiry(world) + 2000)
		expect(tab.getSnapshot()).toMatchObject({ reason: 'interaction-required' })
		const response = tab.fetch('https://app.example/api/orders')
		await world.time.advance(1000)
		world.provider.refuseRefreshes(undefined)
		void tab.signIn({ method: 'popup' })
		await world.time.advance(100)
		world.handOver(world.provider.signIn('alice', new URL(tab.popups[0]?.url as string)))
		await world.time.advance(2000)
		expect((await response).status).toBe(200)
	})
})

describe('a refusal that the storage does not take', () => {
	async function refusedWithFullStorage(options: WorldOptions = {}) {
		const { world, tab } = await manyTabs(options)
		world.provider.revokeGrants()
		world.network.watch(
			({ url }) =>
				() =>
					url.pathname === '/token' && world.store.fail('full'),
		)
		world.provider.counts.refresh = 0
		void tab.renew().catch(() => {})
		return { world, tab }
	}

	it('ends the session as soon as it does, and the refresh token is not sent again (I1)', async () => {
		const { world, tab } = await refusedWithFullStorage()
		await world.time.advance(5000)
		world.store.heal()
		await world.time.advance(3000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		expect(world.provider.counts.refresh).toBe(1)
	})

	it('is remembered by the page for the next renewal (I1)', async () => {
		const { world, tab } = await refusedWithFullStorage()
		await world.time.advance(20_000)
		world.store.heal()
		void tab.renew().catch(() => {})
		await world.time.advance(60_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		expect(world.provider.counts.refresh).toBe(1)
	})
})
