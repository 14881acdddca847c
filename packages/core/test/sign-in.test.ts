// The ways in: one exchange per state over all tabs, landing, errors that can be retried, the first frame, a key handed from tab to tab.
import { describe, expect, it } from 'vitest'
import type { SignInOptions } from '../src/index.ts'
import { createWorld, type World } from '../src/testing/index.ts'

async function atProvider(options = {}, returnTo = '/cart?x=1#h') {
	const world = createWorld(options)
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes })
	await world.time.flush()
	await Promise.all([before.signIn({ returnTo }), world.time.advance(100)])
	const request = new URL(before.visited.at(-1) as string)
	before.crash()
	const { state, code } = world.provider.signIn('alice', request)
	return { world, ownNotes, state, code, callback: `/signed-in?state=${state}&code=${code}` }
}

describe('the response', () => {
	it('is off the address bar at construction, where the page wanted stands at once', async () => {
		const { world, ownNotes, callback } = await atProvider()
		const tab = world.open(callback, { ownNotes })
		expect(tab.href).toBe('https://app.example/cart?x=1#h')
		expect(tab.status()).toBe('loading')
		await world.time.advance(200)
		expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		expect(tab.visited).toEqual([])
	})

	it('is exchanged once by a duplicated tab, and both land (P5, P6)', async () => {
		const { world, ownNotes, callback } = await atProvider()
		const tabs = [world.open(callback, { ownNotes }), world.open(callback, { ownNotes: new Map() })]
		await world.time.advance(500)
		expect(world.provider.counts.code).toBe(1)
		expect(tabs.map(tab => tab.status())).toEqual(['authenticated', 'authenticated'])
		// The second did not know the page; it is taken there after the exchange.
		expect(tabs[1]?.visited).toEqual(['/cart?x=1#h'])
	})

	it('is not exchanged again when it is loaded again later', async () => {
		const { world, ownNotes, callback } = await atProvider()
		world.open(callback, { ownNotes })
		await world.time.advance(500)
		const again = world.open(callback, { ownNotes })
		await world.time.advance(500)
		expect(world.provider.counts.code).toBe(1)
		expect(again.status()).toBe('authenticated')
	})

	it('shows an end, not an error, when it is loaded again after the sign-out', async () => {
		const { world, ownNotes, callback } = await atProvider()
		const tab = world.open(callback, { ownNotes })
		await world.time.advance(500)
		void tab.signOut({ at: 'device' })
		await world.time.advance(100)
		const again = world.open(callback, { ownNotes })
		await world.time.advance(500)
		expect(again.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'signed-out', error: undefined })
	})

	it('is refused when its state was tampered with', async () => {
		const { world, ownNotes, code } = await atProvider()
		const tab = world.open(`/signed-in?state=stranger${world.stateSuffix}&code=${code}`, { ownNotes })
		await world.time.advance(500)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'state_mismatch' } })
		expect(world.provider.counts.code).toBe(0)
	})

	it('with an error can be retried: a new sign-in to the same page', async () => {
		const { world, ownNotes, state } = await atProvider()
		const tab = world.open(`/signed-in?state=${state}&error=access_denied`, { ownNotes })
		await world.time.advance(200)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'access_denied', retryable: true } })
		void tab.retry()
		await world.time.advance(200)
		expect(tab.status()).toBe('redirecting')
		expect(JSON.parse(ownNotes.get('landing') as string)).toMatchObject({ returnTo: '/cart?x=1#h' })
	})

	it('whose page died between answer and check is told of, and never sent again', async () => {
		const { world, ownNotes, callback } = await atProvider()
		const dying = world.open(callback, { ownNotes })
		dying.crashOnce(record => record.requests.some(request => request.outcome === 'answered'))
		await world.time.advance(500)
		const again = world.open(callback, { ownNotes })
		await world.time.advance(500)
		expect(again.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_in_interrupted' } })
		expect(world.provider.counts.code).toBe(1)
	})
})

describe('leaving for the provider', () => {
	it('is one sign-in for a double click', async () => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		await Promise.all([tab.signIn(), tab.signIn(), world.time.advance(100)])
		expect(tab.visited).toHaveLength(1)
	})

	it.each([
		['https://evil.example/x', '/'],
		['//evil.example', '/'],
		['/\\evil.example', '/'],
		['javascript:alert(1)', '/'],
		['https://app.example/a?b#c', '/a?b#c'],
		['deep/link', '/deep/link'],
	])('lands only on this origin: %s', async (returnTo, lands) => {
		const { world, ownNotes, callback } = await atProvider({}, returnTo)
		const tab = world.open(callback, { ownNotes })
		expect(tab.href).toBe(`https://app.example${lands}`)
	})

	it('shows an error that can be retried when the provider is down', async () => {
		const world = createWorld()
		world.network.setDown(true)
		const tab = world.open()
		await world.time.flush()
		await Promise.all([expect(tab.signIn()).rejects.toMatchObject({ code: 'network_error' }), world.time.advance(100)])
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'network_error' } })
		world.network.setDown(false)
		void tab.retry()
		await world.time.advance(100)
		expect(tab.status()).toBe('redirecting')
		expect(tab.visited).toHaveLength(1)
	})

	it('is undone after 10 s if the page still runs, as after a cancelled beforeunload (P22)', async () => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		await Promise.all([tab.signIn(), world.time.advance(100)])
		expect(tab.status()).toBe('redirecting')
		await world.time.advance(10_000)
		expect(tab.status()).toBe('unauthenticated')
	})
})

describe('a guard', () => {
	it('signs in once, and asks who it is after the user had signed out', async () => {
		const world = createWorld()
		const signedIn = await world.signedIn()
		void signedIn.signOut({ at: 'device' })
		await world.time.advance(100)
		const tab = world.open()
		void tab.requireSession({ returnTo: '/x' })
		await world.time.advance(100)
		expect(tab.status()).toBe('redirecting')
		expect(world.record()?.requests.at(-1)).toMatchObject({ returnTo: '/x', reauthenticates: true })
	})

	it('never redirects while an error stands (P20)', async () => {
		const { world, ownNotes, state } = await atProvider()
		const tab = world.open(`/signed-in?state=${state}&error=access_denied`, { ownNotes })
		await world.time.advance(200)
		await Promise.all([expect(tab.requireSession()).rejects.toMatchObject({ code: 'access_denied' }), world.time.advance(100)])
		expect(tab.visited).toEqual([])
	})
})

describe('the first frame (P23)', () => {
	it('shows the remembered user before the record is read, and no token until then', async () => {
		const world = createWorld()
		await world.signedIn()
		const reloaded = world.open()
		expect(reloaded.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
		await world.time.advance(100)
		await Promise.all([expect(reloaded.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
	})

	it('shows nothing once a deadline of the hint has passed', async () => {
		const world = createWorld({ session: { idle: { timeout: '10m' } } })
		const tab = await world.signedIn()
		tab.crash()
		await world.time.advance(11 * 60_000)
		expect(world.open().status()).toBe('loading')
	})

	it('forgets the user with the sign-out', async () => {
		const world = createWorld()
		const tab = await world.signedIn()
		void tab.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(world.open().status()).toBe('loading')
	})

	it('is an error that can be retried when the storage does not answer for 5 s', async () => {
		const world = createWorld()
		world.store.fail('unreadable')
		const tab = world.open()
		await world.time.advance(4000)
		expect(tab.status()).toBe('loading')
		await world.time.advance(2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'storage_unavailable', retryable: true } })
		world.store.fail(undefined)
		await world.time.advance(2000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session', error: undefined })
	})

	it('turns to checking when the record does not confirm it within a second', async () => {
		const world = createWorld()
		await world.signedIn()
		world.store.fail('unreadable')
		const tab = world.open()
		expect(tab.status()).toBe('authenticated')
		await world.time.advance(1500)
		expect(tab.status()).toBe('checking')
	})
})

describe("storage: 'tabs'", () => {
	const session = { storage: 'tabs' } as const

	it('gets the key from another tab', async () => {
		const world = createWorld({ session })
		await world.signedIn()
		const other = world.open()
		await world.time.advance(100)
		expect(other.status()).toBe('authenticated')
		await Promise.all([expect(other.getAccessToken()).resolves.toMatch(/^access-/), world.time.flush()])
		expect(world.record()?.living?.key).toBeUndefined()
	})

	it('is signed out with key-unavailable when no tab has it, the record untouched', async () => {
		const world = createWorld({ session })
		const tab = await world.signedIn()
		tab.crash()
		const revision = world.record()?.revision
		const alone = world.open()
		await world.time.advance(1500)
		expect(alone.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
		expect(world.record()?.revision).toBe(revision)
	})

	it('keeps the session over a reload', async () => {
		const world = createWorld({ session })
		const tab = await world.signedIn()
		tab.crash()
		const reloaded = world.open('/', { ownNotes: tab.ownNotes })
		await world.time.advance(100)
		expect(reloaded.status()).toBe('authenticated')
	})
})

describe('strange records and messages', () => {
	it.each([[null], ['text'], [{}], [{ format: 'x', revision: 1 }], [[1, 2]]])('reads %j as none, and signs in over it', async stored => {
		const world = createWorld()
		world.store.set(stored)
		const tab = world.open()
		await world.time.advance(100)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'no-session' })
		await Promise.all([tab.signIn(), world.time.advance(100)])
		expect(world.record()?.requests).toHaveLength(1)
	})

	it('of a newer application takes only the end: update-required, no tokens, and the sign-out works', async () => {
		const world = createWorld()
		const tab = await world.signedIn()
		world.store.set({ ...world.record(), format: 2, revision: 99, living: { unknown: true } })
		world.say({ revision: 99 })
		await world.time.advance(100)
		expect(tab.eventsOf('updateRequired')).toHaveLength(1)
		await Promise.all([expect(tab.getAccessToken()).rejects.toMatchObject({ code: 'update_required' }), world.time.flush()])
		void tab.signOut({ at: 'device' })
		await world.time.advance(100)
		expect(world.record()).toMatchObject({ format: 2, end: { reason: 'signed-out' } })
		expect(tab.status()).toBe('unauthenticated')
		expect(tab.eventsOf('ended')).toHaveLength(1)
	})

	it('whose key is none reads as signed out', async () => {
		const world = createWorld()
		await world.signedIn()
		const record = world.record()
		world.store.set({ ...record, living: { ...record?.living, key: {} } })
		const tab = world.open()
		await world.time.advance(100)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'key-unavailable' })
	})

	it('gone under a running session end it', async () => {
		const world = createWorld()
		const tab = await world.signedIn()
		world.store.set(undefined)
		await world.time.advance(31_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'storage-cleared' })
		expect(tab.eventsOf('ended')).toHaveLength(1)
	})

	it.each([[undefined], [null], ['x'], [42], [{ revision: 1e9 }], [{ revision: 'x' }], [{ keyOf: 'x', bytes: 'y' }], [{ wantKey: {} }]])(
		'believes no message: %j',
		async message => {
			const world = createWorld()
			const tab = await world.signedIn()
			const before = tab.getSnapshot()
			world.say(message)
			await world.time.advance(100)
			expect(tab.getSnapshot()).toBe(before)
		},
	)
})

describe('what a sign-in asks for', () => {
	const requested = async (options: SignInOptions) => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		await Promise.all([tab.signIn(options), world.time.advance(100)])
		return Object.fromEntries(new URL(tab.visited.at(-1) as string).searchParams)
	}

	it('goes to the provider (OpenID Connect Core 3.1.2.1)', async () => {
		const claims = { id_token: { acr: { essential: true, values: ['mfa'] } } }
		expect(
			await requested({
				prompt: 'consent',
				loginHint: 'ada',
				acrValues: ['mfa', 'pwd'],
				maxAge: '5m',
				uiLocales: ['fr'],
				claims,
				extraParams: { kc_idp_hint: 'google' },
			}),
		).toMatchObject({
			prompt: 'consent',
			login_hint: 'ada',
			acr_values: 'mfa pwd',
			max_age: '300',
			ui_locales: 'fr',
			claims: JSON.stringify(claims),
			kc_idp_hint: 'google',
		})
	})

	it.each([
		{ maxAge: 0, max_age: '0' },
		{ maxAge: 1500, max_age: '1' },
	] as const)('with a max_age of $maxAge is $max_age s', async ({ maxAge, max_age }) => {
		expect(await requested({ maxAge })).toMatchObject({ max_age })
	})

	it.each([
		{ what: 'a max_age that is no duration', options: { maxAge: 30 } },
		{ what: 'a parameter of the protocol', options: { extraParams: { state: 'mine' } } },
	])('is refused with $what, and the page stays', async ({ options }) => {
		const world = createWorld()
		const tab = world.open()
		await world.time.flush()
		const refused = tab.signIn(options).catch(error => error.code)
		await world.time.advance(100)
		expect(await refused).toBe('invalid_option')
		expect(tab.visited).toEqual([])
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'invalid_option' } })
	})

	it.each([
		{ given: 'mfa', status: 'authenticated' },
		{ given: 'pwd', status: 'unauthenticated' },
	])('as essential has to be in the ID token: $given leaves the page $status', async ({ given, status }) => {
		const world = createWorld()
		const ownNotes = new Map<string, string>()
		const before = world.open('/', { ownNotes })
		await world.time.flush()
		const claims = { id_token: { acr: { essential: true, value: 'mfa' } } }
		await Promise.all([before.signIn({ claims }), world.time.advance(100)])
		const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string), { acr: given })
		before.crash()
		const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
		await world.time.advance(500)
		expect(tab.status()).toBe(status)
	})
})

describe('sign-ins that nobody asked for', () => {
	/** A page that asks for a session, leaves for the provider, and is loaded again without an answer. */
	async function comesBackWithout(world: World, ownNotes = new Map<string, string>()) {
		const tab = world.open('/', { ownNotes })
		const asked = tab.requireSession().catch(error => error.code)
		await world.time.advance(1000)
		const hasLeft = tab.visited.length > 0
		if (hasLeft) tab.crash()
		return { tab, hasLeft, asked }
	}

	it('stop after three within 30 s in one tab, and say why (P20)', async () => {
		const world = createWorld()
		const ownNotes = new Map<string, string>()
		for (let time = 1; time <= 3; time++) expect((await comesBackWithout(world, ownNotes)).hasLeft).toBe(true)
		const { tab, hasLeft, asked } = await comesBackWithout(world, ownNotes)
		expect(hasLeft).toBe(false)
		expect(await asked).toBe('sign_in_loop')
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'sign_in_loop', retryable: true } })
		// Somebody asks.
		void tab.retry()
		await world.time.advance(1000)
		expect(tab.visited).toHaveLength(1)
	})

	it('go on where they are further apart', async () => {
		const world = createWorld()
		const ownNotes = new Map<string, string>()
		for (let time = 1; time <= 5; time++) {
			expect((await comesBackWithout(world, ownNotes)).hasLeft).toBe(true)
			await world.time.advance(20_000)
		}
	})

	it('are no loop where somebody asks each time', async () => {
		const world = createWorld()
		for (let time = 1; time <= 5; time++) {
			const tab = world.open()
			await Promise.all([tab.signIn(), world.time.advance(1000)])
			expect(tab.visited).toHaveLength(1)
			tab.crash()
		}
	})

	it('stop though each of them brings a session, if that is over at once (P20)', async () => {
		const world = createWorld({ session: { scope: 'openid' } })
		const ownNotes = new Map<string, string>()
		for (let time = 1; time <= 3; time++) {
			const before = world.open('/', { ownNotes })
			void before.requireSession().catch(() => {})
			await world.time.advance(1000)
			const { state, code } = world.provider.signIn('alice', new URL(before.visited.at(-1) as string))
			before.crash()
			const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ownNotes })
			await world.time.advance(1000)
			expect(tab.status()).toBe('authenticated')
			world.provider.endSessions()
			void tab.renew().catch(() => {})
			await world.time.advance(1000)
			expect(tab.getSnapshot()).toMatchObject({ reason: 'renewal-rejected' })
			tab.crash()
		}
		const { hasLeft, asked } = await comesBackWithout(world, ownNotes)
		expect(hasLeft).toBe(false)
		expect(await asked).toBe('sign_in_loop')
	})
})

describe('a provider of many issuers', () => {
	it('has users whose sub is of one issuer only: the same sub at another is another user (I9)', async () => {
		const isTenant = (issuer: string) => issuer.startsWith('https://id.example')
		const world = createWorld({ session: { issuer: isTenant } })
		const tab = await world.signedIn('alice')
		expect(tab.getSnapshot().user).toMatchObject({ sub: 'alice', iss: 'https://id.example' })
		const { handle } = world.provider
		// The next sign-in is at another tenant.
		world.provider.handle = (url, form, proof) => {
			const answer = handle(url, form, proof)
			if (url.pathname !== '/token') return answer
			const said = JSON.parse(answer.body)
			const [head, payload, end] = said.id_token.split('.')
			const claims = { ...JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))), iss: 'https://id.example/other' }
			return { ...answer, body: JSON.stringify({ ...said, id_token: [head, btoa(JSON.stringify(claims)), end].join('.') }) }
		}
		await world.signedIn('alice')
		expect(tab.getSnapshot()).toMatchObject({
			status: 'user-changed',
			previousUser: { iss: 'https://id.example' },
			user: { sub: 'alice', iss: 'https://id.example/other' },
		})
		const refused = expect(tab.getAccessToken()).rejects.toMatchObject({ code: 'user_changed' })
		await world.time.advance(100)
		await refused
	})
})
