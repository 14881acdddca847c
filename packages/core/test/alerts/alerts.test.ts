// Alerts: what each rule is raised by, once an episode over all tabs, whatever befalls them.
import { describe, expect, it } from 'vitest'
import { SessionError } from '../../src/errors.ts'
import { endBySid } from '../../src/local/end-by-sid.ts'
import { createMemoryStore } from '../../src/platform/memory-store.ts'
import type { RecordStore } from '../../src/platform/ports.ts'
import { blankLedger } from '../../src/policy/ledger.ts'
import type { SessionRecord } from '../../src/policy/record.ts'
import { createNoting } from '../../src/remote/noting.ts'
import { createTestSession, type TestPopup } from '../../src/testing/index.ts'
import { back, closed, failing, HOUR, kindsOf, ledgerOf, left, MINUTE, type Place, place, SECOND, signedIn, stray, told } from './place.ts'

/** A ledger of its own, and how often it was asked. */
function counting() {
	const memory = createMemoryStore()
	const counts = { reads: 0, updates: 0 }
	const ledger: RecordStore = {
		inMemory: false,
		read() {
			counts.reads += 1
			return memory.read()
		},
		update(change) {
			counts.updates += 1
			return memory.update(change, false)
		},
		interrupt() {},
	}
	return { ledger, counts }
}

const times = async (count: number, happen: () => Promise<unknown>) => {
	for (let time = 0; time < count; time++) await happen()
}

describe('repeated failures', () => {
	it('raise one alert over all tabs, at the fifth within five minutes', async () => {
		const world = place()
		const watching = [world.open(), world.open()]
		await times(4, () => failing(world))
		expect(told(world)).toEqual([])
		await failing(world)
		await failing(world)
		expect(told(world, 'repeated-failures')).toEqual([expect.objectContaining({ type: 'repeated-failures', count: 5 })])
		for (const tab of watching) {
			expect(tab.getAlerts()).toEqual(told(world, 'repeated-failures'))
			expect(tab.eventsOf('alertsChanged')).toHaveLength(1)
		}
	})

	it('are told of in the tab in which the last one happened', async () => {
		const world = place()
		world.open()
		await times(4, () => failing(world))
		const last = await failing(world)
		expect(last.eventsOf('alert')).toHaveLength(1)
	})

	it('are another alert after five quiet minutes', async () => {
		const world = place({ session: { alerts: { rules: { 'repeated-attempts': false } } } })
		await times(6, () => failing(world))
		await world.time.advance(6 * MINUTE)
		await times(4, () => failing(world))
		expect(told(world)).toHaveLength(1)
		await failing(world)
		expect(told(world)).toHaveLength(2)
	})

	it('go on for as long as there are so many of them', async () => {
		const world = place({ session: { alerts: { rules: { 'repeated-attempts': false } } } })
		await times(20, async () => {
			const tab = await failing(world)
			tab.crash()
			await world.time.advance(58 * SECOND)
		})
		expect(told(world)).toHaveLength(1)
	})

	it('are answers that fail a check, and codes that the provider refuses', async () => {
		const world = place({ session: { alerts: { rules: { 'repeated-failures': { count: 3 } } } } })
		await failing(world)
		const other = await left(world)
		await back(world, `state=${other.state}&code=unknown`, other.ownNotes)
		const third = await left(world, { options: { clientId: 'other' } })
		const { code } = world.provider.signIn('alice', third.request)
		await back(world, `state=${third.state}&code=${code}`, third.ownNotes, { options: { clientId: 'other' } })
		expect(kindsOf(world).filter(kind => kind !== 'sign-in-started')).toEqual(['sign-in-failed', 'sign-in-failed', 'refused'])
		expect(told(world, 'repeated-failures')).toHaveLength(1)
	})

	it('are none where the user breaks off', async () => {
		const world = place()
		await times(6, () => failing(world, 'access_denied'))
		expect(told(world)).toEqual([])
		expect(kindsOf(world).filter(kind => kind === 'sign-in-cancelled')).toHaveLength(6)
	})

	it('are none where the network fails: trouble is no refusal (I6)', async () => {
		const world = place()
		for (let time = 0; time < 6; time++) {
			const { request, ownNotes } = await left(world)
			const { state, code } = world.provider.signIn('alice', request)
			world.network.faults.push('cut')
			await back(world, `state=${state}&code=${code}`, ownNotes)
		}
		expect(new Set(kindsOf(world))).toEqual(new Set(['sign-in-started']))
		expect(told(world)).toEqual([])
	})

	it.each([
		{ what: 'the code of which is refused', exchanged: undefined },
		{ what: 'whose answer fails a check', exchanged: { access_token: 'a', token_type: 'Bearer', id_token: 'garbage' } },
		{ what: 'whose answer is none', exchanged: { access_token: 'a', token_type: 'mac' } },
	])('are none where nobody asked: a silent sign-in $what', async ({ exchanged }) => {
		const world = place({ session: { sso: 'redirect' } })
		const before = world.open()
		await world.time.advance(SECOND)
		before.crash()
		const state = new URL(before.visited[0] as string).searchParams.get('state')
		if (exchanged) world.network.faults.push({ status: 200, body: JSON.stringify(exchanged) })
		const tab = await back(world, `state=${state}&code=unknown`, before.ownNotes)
		expect(tab.status()).toBe('unauthenticated')
		expect(world.record()?.requests[0]?.outcome).toBe(exchanged ? 'answered' : 'refused')
		expect(world.store.ledger()).toBeUndefined()
	})

	it('are answers without a usable token', async () => {
		const world = place()
		const { request, ownNotes } = await left(world)
		const { state, code } = world.provider.signIn('alice', request)
		world.network.faults.push({ status: 200, body: '{"access_token":"a","token_type":"mac"}' })
		await back(world, `state=${state}&code=${code}`, ownNotes)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'sign-in-failed'])
	})

	it('are counted once where two tabs have the same answer', async () => {
		const world = place()
		const { state } = await left(world)
		const answer = `/signed-in?state=${state}&error=server_error`
		world.open(answer, { isLockless: true })
		world.open(answer, { isLockless: true })
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'sign-in-failed'])
	})
})

describe('repeated attempts', () => {
	it('raise an alert at the tenth within ten minutes, whatever became of them', async () => {
		const world = place()
		await times(9, () => left(world))
		expect(told(world)).toEqual([])
		await left(world)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'repeated-attempts', count: 10 })])
	})

	it('are in the ledger before the page is left, though it goes at once', async () => {
		const world = place()
		const tab = world.open('/', { onNavigate: () => tab.crash() })
		await world.time.advance(100)
		void tab.signIn()
		await world.time.advance(SECOND)
		expect(tab.page.isGone()).toBe(true)
		expect(kindsOf(world)).toEqual(['sign-in-started'])
	})

	it('are so too where the ledger takes longer than the request', async () => {
		const world = place()
		const alertsChunk = () => new Promise<void>(resolve => void world.time.after(300, resolve))
		const tab = world.open('/', { alertsChunk, onNavigate: () => tab.crash() })
		await world.time.advance(100)
		void tab.signIn()
		await world.time.advance(SECOND)
		expect(tab.page.isGone()).toBe(true)
		expect(kindsOf(world)).toEqual(['sign-in-started'])
	})

	it('hold up no sign-in where the ledger does not answer', async () => {
		const world = place()
		const ledger = { inMemory: false, read: () => new Promise(() => {}), update: () => new Promise<void>(() => {}), interrupt() {} }
		const tab = world.open('/', { ledger })
		await world.time.advance(100)
		void tab.signIn()
		await world.time.advance(SECOND)
		expect(tab.visited).toHaveLength(1)
	})

	it('are none where nobody asked: a silent sign-in in a frame, or by leaving the page', async () => {
		for (const sso of ['iframe', 'redirect'] as const) {
			const world = place({ session: { sso } })
			const tab = world.open()
			await world.time.advance(SECOND)
			const state = sso === 'redirect' ? new URL(tab.visited[0] as string).searchParams.get('state') : undefined
			if (state) await back(world, `state=${state}&error=login_required`, tab.ownNotes)
			expect(world.record()?.requests.length).toBe(state ? 1 : 0)
			expect(world.store.ledger()).toBeUndefined()
		}
	})

	it.each(['redirect', 'popup'] as const)('are none that cannot begin, for the network is down: by %s', async method => {
		const world = place()
		world.network.setDown(true)
		const tab = world.open()
		await world.time.advance(SECOND)
		await times(12, async () => {
			tab.signIn({ method }).catch(() => {})
			await world.time.advance(5 * SECOND)
		})
		expect(tab.getSnapshot().error).toMatchObject({ code: 'network_error' })
		expect(told(world)).toEqual([])
		world.network.setDown(false)
		tab.signIn({ method }).catch(() => {})
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toEqual(['sign-in-started'])
	})

	it('are sign-ins in a window too, and one that is closed is broken off', async () => {
		const world = place()
		const onPopup = (popup: TestPopup) => {
			popup.leave()
			return () => {}
		}
		const tab = world.open('/', { onPopup })
		await world.time.advance(100)
		tab.signIn({ method: 'popup' }).catch(() => {})
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'sign-in-cancelled'])
	})
})

it('a redirect loop raises an alert, once', async () => {
	const world = place()
	const ownNotes = new Map<string, string>()
	const guarded = async () => {
		const tab = world.open('/', { ownNotes })
		tab.requireSession().catch(() => {})
		await world.time.advance(SECOND)
		tab.crash()
	}
	await times(3, guarded)
	expect(told(world)).toEqual([])
	await times(3, guarded)
	expect(told(world)).toEqual([expect.objectContaining({ type: 'redirect-loop', count: 1 })])
})

describe('a callback that answers no sign-in of this browser', () => {
	it('raises an alert: login CSRF', async () => {
		const world = place()
		await stray(world)
		await stray(world)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'unsolicited-callback', check: 'state', count: 1 })])
	})

	it('raises it while somebody is signed in too, though nothing shows then', async () => {
		const world = place()
		await signedIn(world)
		const tab = await stray(world)
		expect(tab.status()).toBe('authenticated')
		expect(told(world)).toEqual([expect.objectContaining({ type: 'unsolicited-callback', check: 'state' })])
	})

	it('raises it where a callback page has taken it and left word, in whichever tab looks next', async () => {
		const world = place()
		await signedIn(world)
		world.open()
		await world.time.advance(SECOND)
		world.localNotes.set('stray', '1')
		await world.time.advance(MINUTE)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'unsolicited-callback', check: 'state', count: 1 })])
		expect(world.localNotes.has('stray')).toBe(false)
	})

	it('is a code that was got by another sign-in: its nonce is not ours', async () => {
		const world = place()
		const theirs = await left(world)
		const ours = await left(world)
		const { code } = world.provider.signIn('mallory', theirs.request)
		await back(world, `state=${ours.state}&code=${code}`, ours.ownNotes)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'unsolicited-callback', check: 'nonce' })])
	})

	it('is a response of another provider (RFC 9207)', async () => {
		const world = place()
		const { request, ownNotes } = await left(world)
		const { state, code } = world.provider.signIn('alice', request)
		await back(world, `state=${state}&code=${code}&iss=https://evil.example`, ownNotes)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'unsolicited-callback', check: 'iss' })])
		expect(kindsOf(world)).toEqual(['sign-in-started', 'refused'])
	})

	it('is none where the storage was cleared while the user was at the provider: the tab knows that it asked', async () => {
		const world = place()
		const { request, ownNotes } = await left(world)
		world.store.wipe()
		const { state, code } = world.provider.signIn('alice', request)
		const tab = await back(world, `state=${state}&code=${code}`, ownNotes)
		expect(tab.getSnapshot().error).toMatchObject({ code: 'state_mismatch' })
		expect(told(world)).toEqual([])
	})

	it('is none where the page is loaded again, by a reload or Back', async () => {
		const world = place()
		const { request, ownNotes } = await left(world)
		const { state, code } = world.provider.signIn('alice', request)
		await back(world, `state=${state}&code=${code}`, ownNotes)
		await back(world, `state=${state}&code=${code}`, ownNotes)
		expect(told(world)).toEqual([])
	})
})

describe('many users', () => {
	it('raise an alert at the third within an hour', async () => {
		const world = place()
		for (const sub of ['alice', 'bob', 'alice', 'bob']) await signedIn(world, sub)
		expect(told(world)).toEqual([])
		await signedIn(world, 'carol')
		expect(told(world, 'many-users')).toEqual([expect.objectContaining({ count: 3 })])
		expect(kindsOf(world).filter(kind => kind === 'user-switched')).toHaveLength(4)
	})

	it('leave no name in the ledger', async () => {
		const world = place()
		for (const sub of ['alice', 'bob', 'carol']) await signedIn(world, sub)
		expect(JSON.stringify(ledgerOf(world))).not.toMatch(/alice|bob|carol/)
	})
})

describe('a session that the provider ends soon after the sign-in', () => {
	const renewing = async (world: Place) => {
		const tab = await signedIn(world)
		world.provider.revokeGrants()
		return tab
	}

	it('raises an alert, once over all tabs', async () => {
		const world = place({ lifetimeMs: MINUTE })
		await renewing(world)
		world.open()
		await world.time.advance(2 * MINUTE)
		expect(world.record()?.end?.reason).toBe('renewal-rejected')
		expect(told(world, 'ended-early')).toEqual([expect.objectContaining({ reason: 'renewal-rejected', count: 1 })])
		const [alert] = told(world, 'ended-early')
		expect(alert).toHaveProperty(
			'after',
			(world.record()?.end?.at ?? 0) - (ledgerOf(world).entries.find(({ kind }) => kind === 'signed-in')?.at ?? 0),
		)
	})

	it('raises none when it is not so soon', async () => {
		const world = place({ lifetimeMs: 10 * MINUTE })
		await renewing(world)
		await world.time.advance(11 * MINUTE)
		expect(world.record()?.end?.reason).toBe('renewal-rejected')
		expect(told(world, 'ended-early')).toEqual([])
		expect(kindsOf(world)).toContain('ended')
	})

	it('raises none when the user signs out', async () => {
		const world = place()
		const tab = await signedIn(world)
		world.open()
		await world.time.advance(SECOND)
		void tab.signOut()
		await world.time.advance(SECOND)
		expect(told(world)).toEqual([])
		expect(kindsOf(world)).toEqual(['sign-in-started', 'signed-in', 'ended'])
	})

	it('is noted once where a page without a session manager has ended it, of however many tabs', async () => {
		const world = place()
		await signedIn(world)
		const others = [world.open(), world.open()]
		await world.time.advance(SECOND)
		const { store, hint, clock } = (others[0] as (typeof others)[number]).platform
		const sid = world.record()?.living?.sid as string
		void endBySid(sid, { store, hint, post: world.say }, clock)
		await world.time.advance(SECOND)
		world.open()
		await world.time.advance(SECOND)
		expect(kindsOf(world).filter(kind => kind === 'ended')).toHaveLength(1)
		expect(told(world)).toEqual([expect.objectContaining({ type: 'ended-early', reason: 'signed-out-at-provider' })])
	})
})

describe('a refresh token that the provider refuses', () => {
	/** Somebody else uses the token that the browser holds. */
	const stolen = ({ provider }: Place) => {
		const token = provider.grants.at(-1)?.refreshToken as string
		const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token })
		provider.handle(new URL('https://id.example/token'), form)
	}

	const reuse = (world: Place) => told(world, 'refresh-token-reuse')

	it('though no send of ours was lost raises an alert: somebody else has used it', async () => {
		const world = place()
		await signedIn(world)
		world.open()
		stolen(world)
		await world.time.advance(11 * MINUTE)
		expect(world.provider.counts.reuse).toBe(1)
		expect(reuse(world)).toEqual([expect.objectContaining({ count: 1, age: expect.any(Number) })])
		expect((reuse(world)[0] as { age: number }).age).toBeGreaterThan(8 * MINUTE)
	})

	it('raises none where our own response may have been lost', async () => {
		const world = place()
		await signedIn(world)
		world.network.faults.push('lost')
		await world.time.advance(11 * MINUTE)
		expect(world.provider.counts.reuse).toBe(1)
		expect(world.record()?.end?.reason).toBe('renewal-rejected')
		expect(reuse(world)).toEqual([])
	})

	it('raises none where the tab that sent it before is gone, and nobody knows what became of it', async () => {
		const world = place()
		const tab = await signedIn(world)
		const other = world.open()
		await world.time.advance(SECOND)
		world.network.watch(({ url, page }) => {
			if (url.pathname === '/token' && page === tab.page) world.time.after(30, () => tab.crash())
			return () => {}
		})
		tab.renew().catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.page.isGone()).toBe(true)
		other.renew().catch(() => {})
		await world.time.advance(MINUTE)
		expect(world.provider.counts.reuse).toBe(1)
		expect(reuse(world)).toEqual([])
	})

	it('raises none where the machine lost its power as it was sent', async () => {
		const world = place()
		const tab = await signedIn(world)
		await world.time.advance(MINUTE)
		world.network.watch(({ url, page }) => {
			// The provider has it, and its answer is on the way.
			if (url.pathname === '/token' && page === tab.page)
				world.time.after(40, () => {
					world.store.cutPower()
					tab.crash()
				})
			return () => {}
		})
		tab.renew().catch(() => {})
		await world.time.advance(SECOND)
		expect(tab.page.isGone()).toBe(true)
		world
			.open()
			.renew()
			.catch(() => {})
		await world.time.advance(MINUTE)
		expect(world.provider.counts.reuse).toBe(1)
		expect(reuse(world)).toEqual([])
	})

	it.each(['refresh_expires_in', 'refresh_token_expires_in'])('raises none past the end that the provider told as %s', async name => {
		// It is sent all the same, for a silent sign-in would go on from there.
		const world = place({
			refreshLifetimeMs: 5 * MINUTE,
			session: { sso: 'iframe' },
			tells: () => ({ response: { [name]: 300 } }),
		})
		const tab = await signedIn(world)
		await world.time.advance(11 * MINUTE)
		tab.renew().catch(() => {})
		await world.time.advance(MINUTE)
		expect(kindsOf(world)).toContain('renewal-rejected')
		expect(reuse(world)).toEqual([])
	})

	it("raises it past that end where another API's token has brought a new one since", async () => {
		const orders = { resource: 'urn:orders' }
		let isTold = true
		const world = place({
			session: { resource: 'urn:main', apis: [{ url: '/orders', ...orders }] },
			tells: () => (isTold ? { response: { refresh_expires_in: 300 } } : {}),
		})
		const tab = await signedIn(world)
		isTold = false
		tab.getAccessToken(orders).catch(() => {})
		await world.time.advance(SECOND)
		stolen(world)
		await world.time.advance(11 * MINUTE)
		expect(reuse(world)).toHaveLength(1)
	})

	it('raises it where a silent sign-in goes on with the session', async () => {
		const world = place({ session: { sso: 'iframe' } })
		const tab = await signedIn(world)
		stolen(world)
		await world.time.advance(11 * MINUTE)
		expect(tab.status()).toBe('authenticated')
		expect(reuse(world)).toHaveLength(1)
	})
})

describe('a clock that is off', () => {
	it.each([{ by: 3 * MINUTE }, { by: -3 * MINUTE }])('by $by ms raises an alert once a day', async ({ by }) => {
		const world = place()
		world.time.jump(by)
		await signedIn(world)
		await signedIn(world)
		const [alert, more] = told(world)
		expect(alert).toMatchObject({ type: 'clock-off' })
		expect(Math.abs((alert as { ms: number }).ms - by)).toBeLessThan(2 * SECOND)
		expect(more).toBeUndefined()
	})

	it('by more than the tolerance refuses no sign-in, and raises it', async () => {
		const world = place()
		world.time.jump(-10 * MINUTE)
		const tab = await signedIn(world)
		expect(tab.status()).toBe('authenticated')
		expect(told(world)).toEqual([expect.objectContaining({ type: 'clock-off' })])
	})

	it('by less raises none', async () => {
		const world = place()
		world.time.jump(100 * SECOND)
		await signedIn(world)
		expect(told(world)).toEqual([])
		expect(kindsOf(world)).not.toContain('clock-off')
	})

	it('by as much as the application says', async () => {
		const world = place({ session: { alerts: { rules: { 'clock-off': { by: '30s' } } } } })
		world.time.jump(40 * SECOND)
		await signedIn(world)
		expect(told(world)).toHaveLength(1)
	})
})

describe('the rules', () => {
	it('can be off, each by itself', async () => {
		const world = place({ session: { alerts: { rules: { 'unsolicited-callback': false } } } })
		await stray(world)
		expect(told(world)).toEqual([])
		expect(kindsOf(world)).toEqual(['refused'])
	})

	it('count as the application says', async () => {
		const world = place({ session: { alerts: { rules: { 'unsolicited-callback': { count: 2, within: '1m' } } } } })
		await stray(world)
		await world.time.advance(MINUTE)
		await stray(world)
		expect(told(world)).toEqual([])
		await stray(world)
		expect(told(world)).toHaveLength(1)
	})

	it('are all off with `alerts: false`: nothing is kept', async () => {
		const world = place({ session: { alerts: false } })
		await stray(world)
		await times(5, () => failing(world))
		expect(world.store.ledger()).toBeUndefined()
		expect(world.tabs.at(-1)?.getAlerts()).toEqual([])
	})
})

describe('the ledger', () => {
	it('survives a restart of the browser', async () => {
		const world = place()
		await times(4, () => failing(world))
		await stray(world)
		closed(world)
		await failing(world)
		expect(told(world, 'repeated-failures')).toHaveLength(1)
		const tab = world.open()
		expect(tab.getAlerts()).toEqual([])
		await world.time.advance(SECOND)
		expect(tab.getAlerts().map(({ type }) => type)).toEqual(['repeated-failures', 'unsolicited-callback'])
	})

	it('gives the same array until there are other alerts', async () => {
		const world = place()
		const tab = world.open()
		const before = tab.getAlerts()
		await world.time.advance(2 * MINUTE)
		await signedIn(world)
		expect(tab.getAlerts()).toBe(before)
		await stray(world)
		const after = tab.getAlerts()
		expect(after).not.toBe(before)
		await failing(world)
		expect(tab.getAlerts()).toBe(after)
	})

	it('is read anew by a tab that missed the hint, after 30 s', async () => {
		const world = place()
		const tab = world.open('/', {})
		await world.time.advance(SECOND)
		tab.platform.channel.close()
		await stray(world)
		expect(tab.getAlerts()).toEqual([])
		await world.time.advance(MINUTE)
		expect(tab.getAlerts()).toHaveLength(1)
	})

	it('is read anew by a tab that was frozen', async () => {
		const world = place()
		const tab = world.open()
		await world.time.advance(SECOND)
		tab.freeze()
		await stray(world)
		tab.resume()
		await world.time.advance(SECOND)
		expect(tab.getAlerts()).toHaveLength(1)
		expect(tab.eventsOf('alert')).toEqual([])
	})

	it('tells of an alert once, in a tab that was frozen as it was raised', async () => {
		const world = place()
		world.store.watchLedger(({ page }) => world.tabs.find(tab => tab.page === page)?.freeze())
		const tab = await stray(world)
		await world.time.advance(MINUTE)
		expect(told(world)).toEqual([])
		tab.resume()
		await world.time.advance(SECOND)
		expect(tab.eventsOf('alert')).toHaveLength(1)
		expect(kindsOf(world)).toEqual(['refused'])
	})

	it('has a sign-in whose page was frozen as the session began', async () => {
		const world = place()
		const { request, ownNotes } = await left(world)
		const { state, code } = world.provider.signIn('alice', request)
		const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		world.store.watch(({ page, after }) => {
			if (page === tab.page && (after as SessionRecord).living) tab.freeze()
		})
		await world.time.advance(MINUTE)
		expect(kindsOf(world)).toEqual(['sign-in-started'])
		tab.resume()
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'signed-in'])
	})

	it('has a refusal whose page was frozen as the session ended', async () => {
		const world = place()
		const tab = await signedIn(world)
		world.provider.revokeGrants()
		world.store.watch(({ page, after }) => {
			if (page === tab.page && (after as SessionRecord).end) tab.freeze()
		})
		await world.time.advance(11 * MINUTE)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'signed-in'])
		tab.resume()
		await world.time.advance(SECOND)
		expect(kindsOf(world).sort()).toEqual(['ended', 'renewal-rejected', 'sign-in-started', 'signed-in'])
		expect(told(world, 'refresh-token-reuse')).toHaveLength(1)
	})

	it('holds up no other tab when its page is frozen', async () => {
		const world = place()
		const other = await signedIn(world)
		const tab = world.open()
		await world.time.advance(SECOND)
		world.store.fail('blocked')
		void tab.signIn()
		await world.time.advance(100)
		tab.freeze()
		world.store.fail(undefined)
		void other.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		expect(other.status()).toBe('unauthenticated')
		tab.resume()
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toEqual(['sign-in-started', 'signed-in', 'ended', 'sign-in-started'])
	})

	it('is left alone by a page that is about to be frozen or gone', async () => {
		const world = place()
		const tab = world.open()
		await world.time.advance(SECOND)
		void tab.signIn()
		tab.close()
		await world.time.advance(SECOND)
		expect(world.store.ledger()).toBeUndefined()
	})

	it('waits for storage that is in trouble, and loses nothing', async () => {
		const world = place()
		world.store.fail('full')
		const tab = await stray(world)
		await world.time.advance(MINUTE)
		expect(told(world)).toEqual([])
		world.store.fail(undefined)
		await world.time.advance(MINUTE)
		expect(tab.eventsOf('alert')).toHaveLength(1)
	})

	it('is this page’s memory where there is no storage', async () => {
		const world = place()
		const memory = { ...createMemoryStore(), inMemory: true, interrupt() {} }
		const tab = await stray(world, { ledger: memory })
		expect(tab.getAlerts()).toHaveLength(1)
		expect(world.store.ledger()).toBeUndefined()
	})

	it('notes what happened before its chunk was there, also where that failed to load at first', async () => {
		const world = place()
		let tries = 0
		const alertsChunk = async () => {
			tries += 1
			if (tries < 3) throw new SessionError('chunk_failed')
		}
		const tab = await stray(world, { alertsChunk })
		await world.time.advance(2 * MINUTE)
		expect(tries).toBe(3)
		expect(tab.eventsOf('alert')).toHaveLength(1)
	})

	it('is in nobody’s way where its chunk cannot be had', async () => {
		const world = place()
		const alertsChunk = () => Promise.reject(new SessionError('chunk_failed'))
		const tab = await signedIn(world, 'alice', { alertsChunk })
		expect(tab.status()).toBe('authenticated')
		expect(world.store.ledger()).toBeUndefined()
	})

	it.each([
		{ nonsense: 7 },
		{ nonsense: 'ledger' },
		{ nonsense: [] },
		{ nonsense: { format: 1, revision: 3 } },
		{ nonsense: { ...blankLedger, entries: [null] } },
		{ nonsense: { ...blankLedger, alerts: [{ id: 'a' }] } },
		{ nonsense: { ...blankLedger, highTime: Number.POSITIVE_INFINITY } },
		{ nonsense: { ...blankLedger, episodes: 'long' } },
		{ nonsense: { ...blankLedger, outbox: { waiting: 'all' } } },
	])('that is nonsense reads as a blank one: $nonsense', async ({ nonsense }) => {
		const world = place()
		world.store.setLedger(nonsense)
		const tab = await stray(world)
		expect(tab.eventsOf('alert')).toHaveLength(1)
		expect(tab.getAlerts()).toHaveLength(1)
	})

	it('of a newer version of the application is left alone', async () => {
		const world = place()
		const newer = { format: 2, all: 'different' }
		world.store.setLedger(newer)
		const tab = await stray(world)
		expect(world.store.ledger()).toEqual(newer)
		expect(tab.getAlerts()).toEqual([])
	})

	it('is left alone by the tabs that did not end the session', async () => {
		const world = place()
		const { ledger, counts } = counting()
		const tab = await signedIn(world)
		world.open('/', { ledger })
		await world.time.advance(SECOND)
		void tab.signOut({ at: 'device' })
		await world.time.advance(SECOND)
		expect(kindsOf(world)).toContain('ended')
		expect(counts.updates).toBe(0)
	})

	it('is read once or twice in a storm of forged hints', async () => {
		const world = place()
		const { ledger, counts } = counting()
		world.open('/', { ledger })
		await world.time.advance(SECOND)
		counts.reads = 0
		for (let revision = 1; revision < 1000; revision++) world.say({ alerts: revision })
		await world.time.advance(SECOND)
		expect(counts.reads).toBeGreaterThan(0)
		expect(counts.reads).toBeLessThan(4)
	})

	it('is waited for by a hundred notes at most', async () => {
		const waiting: unknown[] = []
		const tab = {
			config: { alerts: {} },
			view: {},
			now: () => 0,
			until: async () => {},
			platform: { clock: { wall: () => 0, mono: () => 0 }, random: { id: String } },
		}
		const noting = createNoting(tab as never, {} as never, given => {
			waiting.push(given)
			return Promise.reject(new SessionError('chunk_failed'))
		})
		for (let count = 0; count < 150; count++) await noting.note({ kind: 'loop' })
		expect(waiting[0]).toHaveLength(100)
	})

	it('is gone with the site’s data', async () => {
		const world = place()
		const tab = await stray(world)
		world.store.wipe()
		await world.time.advance(MINUTE)
		expect(tab.getAlerts()).toEqual([])
	})

	it('has no token, no claim, no address and no words of the provider’s in it', async () => {
		const world = place({ lifetimeMs: MINUTE, session: { alerts: { endpoint: '/alerts', claims: ['name'] } } })
		await failing(world, 'server_error&error_description=for+alice')
		await signedIn(world)
		world.network.reportFaults.push(...Array(20).fill({ status: 503, body: '' }))
		await stray(world)
		world.provider.revokeGrants()
		await world.time.advance(MINUTE)
		const { outbox, ...kept } = ledgerOf(world)
		expect(kept.alerts.length).toBeGreaterThan(1)
		expect(outbox.waiting.length).toBeGreaterThan(1)
		expect(JSON.stringify(kept)).not.toMatch(/access-|refresh-\d|code-|state-|nonce-|alice|https?:/)
		expect(JSON.stringify(outbox)).not.toMatch(/access-|refresh-\d|code-|state-|nonce-|sub|https?:/)
	})
})

it('a test session has them', async () => {
	const session = createTestSession({ user: { sub: 'u1' }, alerts: { rules: { 'ended-early': { within: '1h' } } } })
	expect(session.getAlerts()).toEqual([])
	await session.test.advance('10m')
	await session.test.failRenewal('rejected')
	expect(session.getSnapshot().status).toBe('unauthenticated')
	expect(session.getAlerts().map(({ type }) => type)).toEqual(['refresh-token-reuse'])
	session.dispose()
})

it('time in it never runs backwards', async () => {
	const world = place()
	await stray(world)
	const before = ledgerOf(world).highTime
	world.time.jump(-HOUR)
	closed(world)
	await failing(world)
	expect(ledgerOf(world).highTime).toBeGreaterThanOrEqual(before)
	expect(told(world)).toHaveLength(1)
})
