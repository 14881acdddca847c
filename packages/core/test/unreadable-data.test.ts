// Property tests: whatever is in the record, the notes, the messages and the provider's documents, only SessionErrors leave the library,
// nothing hangs, and the next sign-in works.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { SessionError } from '../src/errors.ts'
import { parseLedger } from '../src/policy/ledger.ts'
import { FORMAT, type SessionRecord } from '../src/policy/record.ts'
import { createVerifier } from '../src/protocol/signature.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

// Much virtual time, which a busy machine takes long for.
vi.setConfig({ testTimeout: 300_000 })

const API = 'https://app.example/api/orders'

/** What takes the place of something else. No number is a time far ahead: that is a clock that was wrong, not unreadable data. */
const junk = fc.oneof(
	fc.constantFrom<unknown>(
		undefined,
		null,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		-1,
		0,
		7,
		1.5,
		true,
		false,
		'',
		'7',
		'https://id.example',
		'/',
	),
	fc.constantFrom<unknown>([], {}, [null], [7, 'x'], { sub: 'mallory' }, { state: 7 }, { length: 3 }, { toString: 7, valueOf: 7 }),
	fc.json({ maxDepth: 3 }).map(text => JSON.parse(text)),
)

/** Where something is replaced: the path to it, each step as a part of what is there. */
const paths = fc.array(fc.nat(40), { minLength: 1, maxLength: 5 })

const mutation = fc.record({ path: paths, value: junk })

/** A copy of `value` with something in it replaced. */
function mutated<T>(value: T, { path, value: replacement }: { readonly path: readonly number[]; readonly value: unknown }): T {
	const [step, ...rest] = path
	// What is sealed is authenticated: it can be replaced, but not changed.
	const isParent = typeof value === 'object' && value !== null && !(value instanceof CryptoKey) && !('by' in value)
	if (step === undefined || !isParent || Object.keys(value).length === 0) return replacement as T
	const keys = Object.keys(value)
	const key = keys[step % keys.length] as keyof T
	const part = rest.length > 0 ? mutated(value[key], { path: rest, value: replacement }) : replacement
	return (Array.isArray(value) ? value.map((own, at) => (at === Number(key) ? part : own)) : { ...value, [key]: part }) as T
}

/** Every public method that returns a promise settles, and rejects with a SessionError if at all. */
async function expectSound(world: World, tab: TestTab) {
	const calls: Record<string, Promise<unknown>> = {
		start: tab.start(),
		token: tab.getAccessToken(),
		'token of another API': tab.getAccessToken({ resource: 'urn:other' }),
		fetch: tab.fetch(API),
		renew: tab.renew(),
		stay: tab.stay(),
		retry: tab.retry(),
	}
	const seen = new Map<string, unknown>()
	for (const [name, call] of Object.entries(calls))
		call.then(
			() => seen.set(name, undefined),
			error => seen.set(name, error),
		)
	await world.time.advance(60_000)
	for (const name of Object.keys(calls)) {
		expect(seen.has(name), `${name} settles`).toBe(true)
		const error = seen.get(name)
		if (error !== undefined) expect(error, name).toBeInstanceOf(SessionError)
	}
	expect(['loading', 'checking']).not.toContain(tab.status())
	const { error } = tab.getSnapshot()
	if (error) expect(error).toBeInstanceOf(SessionError)
	expect(() => tab.getDeadlines()).not.toThrow()
	expect(tab.getAlerts()).toEqual(expect.any(Array))
}

/** A user signs in with a redirect, in a tab of their own. */
async function expectSignInWorks(world: World, options: OpenOptions = {}) {
	const ownNotes = options.ownNotes ?? new Map<string, string>()
	const before = world.open('/', { ...options, ownNotes })
	await world.time.advance(15_000)
	before.signIn({ prompt: 'login' }).catch(() => {})
	await world.time.advance(1000)
	const { state, code } = world.provider.signIn('bob', new URL(before.visited.at(-1) as string))
	before.crash()
	const tab = world.open(`/signed-in?state=${state}&code=${code}`, { ...options, ownNotes })
	await world.time.advance(3000)
	expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'bob' } })
	const token = tab.getAccessToken()
	await world.time.advance(500)
	expect(await token).toContain('access-')
	return tab
}

/** A world with a record that has all there can be: a session, an ended sign-in and one under way, an audit log. */
async function withSession(options: WorldOptions = {}) {
	const world = createWorld({ seed: 5, ...options, session: { idle: false, ...options.session } })
	const tab = await world.signedIn('alice')
	const other = world.open('/')
	await world.time.advance(500)
	void other.signIn()
	await world.time.advance(500)
	other.crash()
	return { world, tab }
}

/** The same inputs each time, so that a failure is one of the change; `FUZZ_RUNS=1000` looks further, from another seed each time. */
const { FUZZ_RUNS } = process.env
const runs = FUZZ_RUNS ? { numRuns: Number(FUZZ_RUNS) } : { numRuns: 25, seed: 1 }

describe('a record with something unreadable in it', () => {
	it.each(['device', 'tabs'] as const)('lets no raw error out, hangs nothing, and the next sign-in works (storage: %s)', async storage => {
		await fc.assert(
			fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async mutations => {
				const { world, tab } = await withSession({ session: { storage } })
				const spoilt = mutations.reduce(mutated, world.record() as SessionRecord)
				// A newer format is another matter: an update.
				fc.pre(!(typeof spoilt?.format === 'number' && spoilt.format > FORMAT))
				world.store.set(spoilt)
				world.say({ revision: 1e6 })
				await expectSound(world, tab)
				await expectSound(world, world.open('/', { ownNotes: tab.ownNotes }))
				await expectSignInWorks(world, { ownNotes: new Map() })
			}),
			runs,
		)
	})

	it.each<[string, Partial<Record<keyof SessionRecord, unknown>>]>([
		['skew is text', { skewMs: 'x' }],
		['skew is NaN', { skewMs: Number.NaN }],
		['skew is an object', { skewMs: {} }],
		['time is an object', { clockSetAt: {} }],
	])('whose clock has a malformed part keeps its deadlines, and the next sign-in works: its %s (I4)', async (_name, part) => {
		const world = createWorld()
		const tab = await world.signedIn('alice')
		tab.crash()
		world.store.set({ ...(world.record() as SessionRecord), ...part })
		const next = world.open()
		await world.time.advance(1000)
		expect(next.status()).toBe('authenticated')
		expect(next.getDeadlines().now).toBe(world.time.wall())
		next.crash()
		await world.time.advance(31 * 60_000)
		const late = world.open()
		await world.time.advance(1000)
		expect(late.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		await expectSignInWorks(world)
	})

	it.each(['clockSetAt', 'skewMs', 'highTime'])('reads a %s that is no time as none, and the next sign-in works', async field => {
		for (const value of ['/', Number.NaN, {}, null]) {
			const { world, tab } = await withSession()
			world.store.set({ ...world.record(), [field]: value })
			world.say({ revision: 1e6 })
			await expectSound(world, tab)
			await expectSignInWorks(world, { ownNotes: new Map() })
		}
	})

	it('of a newer format can still be ended, whatever else is in it', async () => {
		await fc.assert(
			fc.asyncProperty(mutation, async ({ path, value }) => {
				const { world, tab } = await withSession()
				const { living, ...record } = world.record() as SessionRecord
				world.store.set({ ...record, living: mutated(living, { path, value }), requests: value, format: FORMAT + 1, revision: 1000 })
				world.say({ revision: 1000 })
				await world.time.advance(100)
				void tab.signOut({ at: 'device' })
				await world.time.advance(5000)
				expect(world.record()).toMatchObject({ format: FORMAT + 1, end: { reason: 'signed-out' } })
			}),
			runs,
		)
	})

	it.each([
		{ what: 'a sign-in that is null', part: { requests: [null] } },
		{ what: 'an end that is a number', part: { end: 7 } },
	])('keeps the session where that is $what', async ({ part }) => {
		const { world, tab } = await withSession()
		world.store.set({ ...world.record(), ...part, revision: 1000 })
		world.say({ revision: 1000 })
		await world.time.advance(500)
		expect(tab.status()).toBe('authenticated')
		await expectSignInWorks(world)
	})
})

describe('an audit log with something unreadable in it', () => {
	it('is in the way of no session, and takes what happens next', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async mutations => {
				const { world } = await withSession()
				world.store.setLedger(mutations.reduce(mutated, world.store.ledger()))
				const ledger = parseLedger(world.store.ledger())
				fc.pre(ledger !== undefined)
				const tab = await expectSignInWorks(world)
				await expectSound(world, tab)
				expect(parseLedger(world.store.ledger())?.entries.some(({ kind }) => kind === 'signed-in')).toBe(true)
			}),
			runs,
		)
	})
})

describe('notes with something unreadable in them', () => {
	const text = fc.oneof(
		fc.string(),
		junk.map(value => JSON.stringify(value) ?? ''),
	)
	const landing = fc.oneof(
		text,
		mutation.map(
			one =>
				JSON.stringify(
					mutated(
						{
							state: 's1',
							returnTo: '/cart',
							takenAt: Date.UTC(2026, 0, 1),
							response: { state: 's1', code: 'c1', error: '', errorDescription: '', iss: '', sessionState: '', returnTo: '/cart' },
						},
						one,
					),
				) ?? '',
		),
	)
	const hint = fc.oneof(
		text,
		mutation.map(one => JSON.stringify(mutated({ user: { sub: 'alice', name: 'Alice' }, until: Date.UTC(2030, 0, 1) }, one)) ?? ''),
	)
	const key = fc.oneof(
		text,
		mutation.map(one => JSON.stringify(mutated({ 'id-1': Array.from({ length: 32 }, () => 7) }, one)) ?? ''),
	)

	it.each(['device', 'tabs'] as const)('let no raw error out, hang nothing, and the next sign-in works (storage: %s)', async storage => {
		const place = fc.constantFrom('/', '/signed-in', '/signed-in?state=s1&code=c1', '/signed-in?state=s1')
		await fc.assert(
			fc.asyncProperty(landing, hint, key, text, place, async (landing, hint, key, stray, path) => {
				const world = createWorld({ seed: 5, session: { storage } })
				const ownNotes = new Map(Object.entries({ landing, hint, key, requests: stray }))
				world.localNotes.set('hint', hint)
				world.localNotes.set('stray', stray)
				await expectSound(world, world.open(path, { ownNotes }))
				await expectSignInWorks(world, { ownNotes })
			}),
			runs,
		)
	})

	it('that hold no key of a session are no key, and the search for it goes on (storage: tabs)', async () => {
		for (const bytes of [7, 1e9, 'text', [1, 2, 3], { length: 32 }, null]) {
			const world = createWorld({ session: { storage: 'tabs' } })
			const first = await world.signedIn('alice')
			const { id } = world.record() as SessionRecord
			const tab = world.open('/', { ownNotes: new Map([['key', JSON.stringify({ [id as string]: bytes })]]) })
			await world.time.advance(2000)
			expect([first.status(), tab.status()]).toEqual(['authenticated', 'authenticated'])
		}
	})
})

describe('messages with something unreadable in them', () => {
	it('change nothing', async () => {
		const part = fc.oneof(junk, fc.constant(new Uint8Array(32)), fc.constant(new Uint8Array(3)))
		const names = fc.constantFrom('revision', 'wantKey', 'keyOf', 'bytes', 'alerts', 'monitoring', 'restMs', 'callback', 'taken')
		const message = fc.oneof(junk, fc.dictionary(names, part, { maxKeys: 5 }))
		await fc.assert(
			fc.asyncProperty(fc.array(message, { maxLength: 30 }), async messages => {
				const { world, tab } = await withSession({ session: { storage: 'tabs', sessionMonitor: true } })
				void tab.signIn({ method: 'popup' }).catch(() => {})
				await world.time.advance(500)
				for (const one of messages) {
					world.say(one)
					world.overhear(one)
					await world.time.advance(1)
				}
				await world.time.advance(2000)
				expect(tab.getSnapshot()).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
				const token = tab.getAccessToken()
				await world.time.advance(500)
				expect(await token).toContain('access-')
			}),
			runs,
		)
	})
})

describe('documents of the provider with something unreadable in them', () => {
	/** Answers to this path are mutated while `state.isOn`. */
	function spoiling(pathname: string, mutations: readonly { readonly path: readonly number[]; readonly value: unknown }[]) {
		const state = { isOn: true }
		const ports: OpenOptions['ports'] = ({ fetch }) => ({
			async fetch(input, init) {
				const response = await fetch(input, init)
				if (!state.isOn || new URL(String(input instanceof Request ? input.url : input)).pathname !== pathname) return response
				return new Response(JSON.stringify(mutations.reduce(mutated, await response.json())) ?? 'undefined', response)
			},
		})
		return { state, ports }
	}

	it.each(['/.well-known/openid-configuration', '/token'])(
		'let no raw error out, hang nothing, and the next sign-in works (%s)',
		async path => {
			await fc.assert(
				fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async mutations => {
					const { world, tab } = await withSession()
					const { state, ports } = spoiling(path, mutations)
					const spoilt = world.open('/', { ports, ownNotes: tab.ownNotes })
					tab.crash()
					await expectSound(world, spoilt)
					const signIn = spoilt.signIn({ method: 'popup' }).catch(error => error)
					await world.time.advance(1000)
					const url = spoilt.popups.at(-1)?.url
					if (url && URL.canParse(url)) world.handOver(world.provider.signIn('alice', new URL(url)))
					spoilt.popups.at(-1)?.leave()
					await world.time.advance(60_000)
					const outcome = await Promise.race([signIn, Promise.resolve('pending')])
					if (outcome !== undefined) expect(outcome).toBeInstanceOf(SessionError)
					state.isOn = false
					await expectSignInWorks(world)
				}),
				runs,
			)
		},
	)

	/** JSON that is nested 20,000 levels deep: more than `JSON.stringify` and structured cloning take. */
	const deep = `${'{"of":'.repeat(20_000)}"deep"${'}'.repeat(20_000)}`

	/** Adds a member to each token response, or a claim to its ID token. */
	const adding =
		(what: 'member' | 'claim', json: string): OpenOptions['ports'] =>
		({ fetch }) => ({
			async fetch(input, init) {
				const response = await fetch(input, init)
				if (!String(input).endsWith('/token')) return response
				const text = await response.text()
				if (what === 'member') return new Response(text.replace('{', `{${json},`), response)
				const answer = JSON.parse(text)
				const [header, payload, signature] = answer.id_token.split('.')
				const claims = btoa(atob(payload).replace('{', `{${json},`))
				return new Response(JSON.stringify({ ...answer, id_token: [header, claims, signature].join('.') }), response)
			},
		})

	it('leave out a claim that is nested 20,000 levels deep, and keep the rest', async () => {
		const world = createWorld()
		const tab = await expectSignInWorks(world, { ports: adding('claim', `"groups":${deep},"roles":{"of":["editor"]}`) })
		expect(tab.getSnapshot().user).toMatchObject({ sub: 'bob', roles: { of: ['editor'] } })
		expect(tab.getSnapshot().user).not.toHaveProperty('groups')
		const reloaded = world.open('/')
		await world.time.advance(500)
		expect(reloaded.status()).toBe('authenticated')
	})

	it('lose no refresh token to a member of the response that could not be stored (I7)', async () => {
		const { world, tab } = await withSession()
		const spoilt = world.open('/', { ports: adding('member', `"extra":${deep}`) })
		tab.crash()
		await world.time.advance(500)
		for (let renewals = 1; renewals <= 2; renewals++) {
			const { generation = 0 } = (world.record() as SessionRecord).living ?? {}
			const renewal = spoilt.renew()
			await world.time.advance(3000)
			await renewal
			expect(world.record()?.living?.generation).toBe(generation + 1)
		}
		expect(world.provider.counts).toMatchObject({ refresh: 2, reuse: 0 })
	})

	it.each([
		{ what: 'no object', keys: 7 },
		{ what: 'no keys', keys: {} },
		{ what: 'keys that are no list', keys: { keys: 'all' } },
		{ what: 'a key that is null', keys: { keys: [null] } },
		{ what: 'a key that is nested deep', keys: { keys: [{ kty: 'RSA', alg: 'RS256', n: 'AQAB', e: JSON.parse(deep) }] } },
		{ what: 'a key that is none', keys: { keys: [{ kty: 'RSA', alg: 'RS256', n: '!', e: 7 }] } },
	])('let a signature with $what be the trouble of the provider or of the token, never a raw error', async ({ keys }) => {
		const verify = createVerifier(
			async () => keys,
			() => 0,
		)
		const jwt = `${btoa('{"alg":"RS256"}')}.${btoa('{"sub":"alice"}')}.c2lnbmF0dXJl`
		await expect(verify(jwt)).rejects.toBeInstanceOf(SessionError)
	})
})
