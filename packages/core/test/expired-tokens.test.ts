// Access tokens that arrive expired, and proofs of possession by a clock that is wrong.
import { describe, expect, it } from 'vitest'
import type { Tokens } from '../src/local/tokens.ts'
import type { Protocol } from '../src/protocol/index.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const MINUTE = 60_000

async function given<T>(world: World, call: Promise<T>, ms = 1000): Promise<T> {
	call.catch(() => {})
	await world.time.advance(ms)
	return call
}

const refreshTokenOf = (world: World) => {
	const { tokens } = world.record()?.living ?? {}
	return (tokens as unknown as { value: Tokens } | undefined)?.value.refreshToken
}

/** A world in which token responses to renewals of every tab say this, while `fault.is` is set. */
async function withExpired(expiresIn: unknown, options: WorldOptions = {}) {
	const fault = { is: true }
	const wrap = (protocol: Protocol): Protocol => ({
		...protocol,
		async refresh(...asked) {
			const answer = await protocol.refresh(...asked)
			return fault.is ? { ...answer, response: { ...answer.response, expires_in: expiresIn } } : answer
		},
	})
	const world = createWorld(options)
	const first = await world.signedIn('alice')
	first.crash()
	const tabs: TestTab[] = [world.open('/', { wrap }), world.open('/', { wrap })]
	await world.time.advance(500)
	return { world, tabs, tab: tabs[0] as TestTab, fault }
}

describe('an access token that arrives expired in a renewal', () => {
	it.each([0, '0', -600])(
		'by expires_in %j, is a failed renewal of all tabs with back-off, not a request every second (I6)',
		async told => {
			const { world, tabs, tab, fault } = await withExpired(told)
			world.provider.counts.refresh = 0
			await expect(given(world, tab.renew())).rejects.toMatchObject({ code: 'renewal_failed' })
			for (const each of tabs) expect(each.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'retrying' })
			await world.time.advance(10 * MINUTE)
			for (const each of tabs) each.act()
			// 1, 2, 4, ... 60 s, and then each minute.
			expect(world.provider.counts.refresh).toBeLessThan(20)
			expect(world.provider.counts.refresh).toBeGreaterThan(8)
			fault.is = false
			await world.time.advance(90_000)
			expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
			expect(world.provider.counts.reuse).toBe(0)
		},
	)

	it('does not lose the refresh token that came with it (I7)', async () => {
		const { world, tab, fault } = await withExpired(0)
		const before = refreshTokenOf(world)
		await given(world, tab.renew()).catch(() => {})
		expect(refreshTokenOf(world)).not.toBe(before)
		fault.is = false
		await given(world, tab.renew())
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	it('leaves the former one in use while that lasts, and emits no "renewed" (I6)', async () => {
		const { world, tab } = await withExpired(0)
		const former = await given(world, tab.getAccessToken())
		await given(world, tab.renew()).catch(() => {})
		expect(await given(world, tab.getAccessToken())).toBe(former)
		expect(tab.eventsOf('renewed')).toEqual([])
		expect(tab.eventsOf('renewalFailed')).toHaveLength(1)
	})

	it('for another API, holds back neither the main token nor its renewal (I6)', async () => {
		const { world, tab } = await withExpired(0, { session: { apis: [{ url: '/orders', resource: 'urn:orders' }], resource: 'urn:main' } })
		const failure = await given(world, tab.getAccessToken({ resource: 'urn:orders' })).catch(error => error)
		expect(failure).toMatchObject({ code: 'provider_error' })
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
		world.provider.counts.refresh = 0
		await given(world, tab.getAccessToken({ resource: 'urn:orders' })).catch(() => {})
		expect(world.provider.counts.refresh).toBe(0)
	})
})

describe('proofs of possession', () => {
	const bound = { proofAgeS: 300, session: { dpop: true } } as const

	it('carry the corrected time once the clock of the session is set (I6)', async () => {
		const world = createWorld(bound)
		const tab = await world.signedIn('alice')
		// The machine restarts 10 minutes behind; the page that loads has the time of the session.
		tab.crash()
		world.time.jump(-10 * MINUTE)
		const next = world.open()
		await world.time.advance(1000)
		expect(next.status()).toBe('authenticated')
		await given(world, next.renew())
		expect(world.record()?.living?.failure).toBeUndefined()
		next.crash()
		const last = world.open()
		await world.time.advance(500)
		await given(world, last.renew())
		expect(last.getSnapshot()).toMatchObject({ status: 'authenticated', renewal: 'ok' })
	})

	it('carry the time of the device after an attempt with a clock a year ahead (I6)', async () => {
		const world = createWorld(bound)
		world.time.jump(365 * 24 * 60 * MINUTE)
		const before = world.open()
		await world.time.advance(200)
		void before.signIn()
		await world.time.advance(200)
		before.crash()
		world.time.setRight()
		const tab = await world.signedIn('alice')
		expect(tab.status()).toBe('authenticated')
	})
})
