// Deadlines of the session that is there while a user signs in again: what counts as activity, and what becomes of the way to the provider's sign-out.
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../src/policy/record.ts'
import type { SignInOptions } from '../src/session-manager.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const IDLE_MS = 40_000

/** As an application that wants the provider's own session to end too. */
const idleAtProvider = { session: { idle: { timeout: '40s', signOutAt: 'provider' } } } as const
const lifetimeAtProvider = { session: { idle: false, lifetime: { timeout: '90s', signOutAt: 'provider' } } } as const

interface Way {
	readonly signIn?: SignInOptions
	/** Whether the application starts it by itself. */
	readonly isUnattended?: boolean
}

/** A session that is shown in one tab, and another tab that its user has left for the provider. */
async function signingIn(options: WorldOptions, { signIn = {}, isUnattended = false }: Way = {}) {
	const world = createWorld({ lifetimeMs: 600_000, latencyMs: 50, ...options })
	const shown = await world.signedIn('alice')
	const ownNotes = new Map<string, string>()
	const leaving = world.open('/', { ownNotes })
	await world.time.advance(1000)
	if (isUnattended) await leaveUnattended(world, leaving)
	else void leaving.signIn(signIn)
	await world.time.advance(1000)
	const { state, code } = world.provider.signIn('alice', new URL(leaving.visited.at(-1) as string))
	leaving.close()
	return { world, shown, ownNotes, state, callback: `/signed-in?state=${state}&code=${code}` }
}

/** A guard's sign-in that began in the living session, as where a tab has lost sight of it. */
async function leaveUnattended(world: World, tab: TestTab) {
	void tab.signIn()
	await world.time.advance(500)
	change(world, record => ({ ...record, requests: record.requests.map(request => ({ ...request, automatic: true })) }))
}

function change(world: World, next: (record: SessionRecord) => SessionRecord) {
	world.store.set(next(world.record() as SessionRecord))
}

const lastActivity = (world: World) => world.record()?.living?.lastActivity

/** Time passes up to `ms` before the idle deadline. */
async function beforeDeadline(world: World, ms: number) {
	const left = (lastActivity(world) ?? 0) + IDLE_MS - world.time.wall() - ms
	await world.time.advance(left)
}

/** The exchange of a code takes so long. */
const slow =
	(world: World, ms: number): NonNullable<OpenOptions['wrap']> =>
	protocol => ({
		...protocol,
		async exchangeCode(...exchange) {
			await new Promise<void>(resolve => world.time.after(ms, resolve))
			return protocol.exchangeCode(...exchange)
		},
	})

const hasSignedOut = (tab: TestTab) => tab.visited.some(url => url.includes('/end-session'))

describe('the first load with the response to a sign-in of the user', () => {
	it('is activity of the session that is there, at that moment (I5)', async () => {
		const { world, shown, ownNotes, callback } = await signingIn(idleAtProvider)
		await beforeDeadline(world, 1500)
		world.network.faults.push('hang')
		const at = world.time.wall()
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(5000)
		expect(lastActivity(world)).toBe(at)
		expect(shown.status()).toBe('authenticated')
		expect([shown, tab].map(hasSignedOut)).toEqual([false, false])
	})

	it.each([-3_600_000, 3_600_000])('is activity by a clock that is known to be off, too (I5): %d ms', async ms => {
		const world = createWorld({ lifetimeMs: 600_000, ...idleAtProvider })
		world.time.jump(ms)
		const leaving = await world.signedIn('alice')
		await world.time.advance(1000)
		void leaving.signIn()
		await world.time.advance(1000)
		const { state, code } = world.provider.signIn('alice', new URL(leaving.visited.at(-1) as string))
		leaving.close()
		const before = lastActivity(world) as number
		await world.time.advance(before + IDLE_MS - world.time.rightWall() - 1500)
		world.network.faults.push('hang')
		world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes: leaving.ownNotes })
		await world.time.advance(1000)
		expect((lastActivity(world) as number) - before).toBeGreaterThan(IDLE_MS - 3000)
	})

	it('keeps a session whose deadline passes during the code exchange (I4, I5)', async () => {
		const { world, shown, ownNotes, callback } = await signingIn(idleAtProvider)
		await beforeDeadline(world, 1500)
		const tab = world.open(callback, { ownNotes, wrap: slow(world, 4000) })
		await world.time.advance(6000)
		expect([tab, shown].map(each => each.status())).toEqual(['authenticated', 'authenticated'])
		expect([shown, tab].map(hasSignedOut)).toEqual([false, false])
		expect(shown.eventsOf('ended')).toEqual([])
	})

	it('is activity in a popup too, as its response arrives (I5)', async () => {
		const world = createWorld({ ...idleAtProvider, lifetimeMs: 600_000 })
		const tab = await world.signedIn('alice')
		await world.time.advance(1000)
		void tab.signIn({ method: 'popup' }).catch(() => {})
		await world.time.advance(1000)
		await beforeDeadline(world, 1500)
		world.network.faults.push('hang')
		const at = world.time.wall()
		world.handOver(world.provider.signIn('alice', new URL(tab.popups.at(-1)?.url as string)))
		await world.time.advance(1000)
		expect(lastActivity(world)).toBe(at)
	})

	it('is activity once: not at a reload during the exchange', async () => {
		const { world, ownNotes, callback } = await signingIn(idleAtProvider)
		await beforeDeadline(world, 10_000)
		world.network.faults.push('hang')
		const at = world.time.wall()
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(5000)
		tab.close()
		world.open(callback, { ownNotes })
		await world.time.advance(2000)
		expect(lastActivity(world)).toBe(at)
	})

	it('is activity once: not at a second load before the code is sent', async () => {
		const { world, ownNotes, callback } = await signingIn(idleAtProvider)
		await beforeDeadline(world, 10_000)
		world.network.setDown(true)
		const at = world.time.wall()
		const tab = world.open(callback, { ownNotes })
		tab.hide()
		await world.time.advance(5000)
		tab.close()
		const again = world.open(callback, { ownNotes })
		again.hide()
		await world.time.advance(2000)
		expect(lastActivity(world)).toBe(at)
	})

	it.each<[what: string, way: Way, prepare: (world: World) => void]>([
		['to an unattended sign-in', { isUnattended: true }, () => {}],
		[
			'to a silent sign-in',
			{},
			world => change(world, record => ({ ...record, requests: record.requests.map(each => ({ ...each, silent: true })) })),
		],
		[
			'to a sign-in that the record does not hold',
			{},
			world => change(world, record => ({ ...record, requests: record.requests.filter(({ outcome }) => outcome !== 'begun') })),
		],
		['to a sign-in that began in an earlier session', {}, world => change(world, record => ({ ...record, id: 'another' }))],
	])('is none of the session that is there where it is %s (I5)', async (_what, way, prepare) => {
		const { world, ownNotes, callback } = await signingIn(idleAtProvider, way)
		prepare(world)
		await beforeDeadline(world, 5000)
		const before = lastActivity(world)
		world.network.faults.push('hang')
		const tab = world.open(callback, { ownNotes })
		tab.hide()
		await world.time.advance(3000)
		expect(lastActivity(world)).toBe(before)
	})

	it('is none after the deadline, though no tab has committed the end yet (I4)', async () => {
		const { world, shown, ownNotes, callback } = await signingIn({ session: { idle: { timeout: '40s' } } })
		shown.crash()
		await beforeDeadline(world, -1000)
		expect(world.record()?.end).toBeUndefined()
		world.network.faults.push('hang')
		world.open(callback, { ownNotes })
		await world.time.advance(5000)
		expect(world.record()?.end?.reason).toBe('idle')
	})

	it('is none where the user is asked to confirm (I5)', async () => {
		const { world, ownNotes, callback } = await signingIn({ session: { idle: { timeout: '40s', continueOn: 'confirm' } } })
		await beforeDeadline(world, 5000)
		const before = lastActivity(world)
		world.network.faults.push('hang')
		world.open(callback, { ownNotes })
		await world.time.advance(3000)
		expect(lastActivity(world)).toBe(before)
	})
})

describe('a deadline that passes during the exchange of a sign-in', () => {
	/** The response is loaded 500 ms before the lifetime ends, and its exchange takes 4 s. */
	async function exchangedAtDeadline(isRefused = false) {
		const { world, shown, ownNotes, callback } = await signingIn(lifetimeAtProvider, { signIn: { prompt: 'login' } })
		const { startedAt = 0 } = world.record()?.living ?? {}
		await world.time.advance(startedAt + 90_000 - world.time.wall() - 500)
		if (isRefused) world.network.faults.push({ status: 400, body: '{"error":"invalid_grant"}' })
		const tab = world.open(callback, { ownNotes, wrap: slow(world, 4000) })
		return { world, shown, tab }
	}

	it('commits the end, and the page stays for the session that begins (I4)', async () => {
		const { world, tab, shown } = await exchangedAtDeadline()
		shown.crash()
		await world.time.advance(2000)
		expect(world.record()?.end?.reason).toBe('lifetime')
		expect(tab.status()).toBe('loading')
		await world.time.advance(5000)
		expect(tab.status()).toBe('authenticated')
		expect(hasSignedOut(tab)).toBe(false)
	})

	it('keeps another tab that ends the session from the provider until the exchange is over', async () => {
		const { world, tab, shown } = await exchangedAtDeadline()
		await world.time.advance(200)
		tab.freeze()
		await world.time.advance(2000)
		expect(world.record()?.end).toMatchObject({ reason: 'lifetime' })
		tab.resume()
		await world.time.advance(8000)
		expect([tab, shown].map(each => each.status())).toEqual(['authenticated', 'authenticated'])
		expect([tab, shown].map(hasSignedOut)).toEqual([false, false])
	})

	it('leads to the provider once the exchange has failed', async () => {
		const { world, tab, shown } = await exchangedAtDeadline(true)
		shown.crash()
		await world.time.advance(2000)
		expect(hasSignedOut(tab)).toBe(false)
		await world.time.advance(5000)
		expect(hasSignedOut(tab)).toBe(true)
	})

	it('leads to the provider from another tab once the exchange has failed', async () => {
		const { world, tab, shown } = await exchangedAtDeadline(true)
		await world.time.advance(200)
		tab.freeze()
		await world.time.advance(2000)
		tab.resume()
		expect(hasSignedOut(shown)).toBe(false)
		await world.time.advance(5000)
		expect(hasSignedOut(shown)).toBe(true)
	})

	it('leads another tab to the provider though the page that exchanges stands still for ever (I10)', async () => {
		const { world, tab, shown } = await exchangedAtDeadline()
		await world.time.advance(300)
		tab.hang()
		await world.time.advance(120_000)
		expect(hasSignedOut(shown)).toBe(true)
	})

	it('waits for that of a popup, too', async () => {
		const world = createWorld({ ...lifetimeAtProvider, lifetimeMs: 600_000 })
		await world.signedIn('alice')
		const { startedAt = 0 } = world.record()?.living ?? {}
		const tab = world.open('/', { wrap: slow(world, 4000) })
		await world.time.advance(1000)
		void tab.signIn({ method: 'popup', prompt: 'login' }).catch(() => {})
		await world.time.advance(startedAt + 90_000 - world.time.wall() - 500)
		world.handOver(world.provider.signIn('alice', new URL(tab.popups.at(-1)?.url as string)))
		await world.time.advance(2000)
		expect(world.record()?.end?.reason).toBe('lifetime')
		expect(hasSignedOut(tab)).toBe(false)
	})
})
