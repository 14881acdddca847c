// What a provider or an API says is shown without the tokens that it repeats, and is not stored.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World } from '../src/testing/index.ts'

/** All that an application can see of a tab, errors with their causes included. */
function shownBy(tab: TestTab): string {
	const all = (value: unknown, depth = 0): unknown => {
		if (!(value instanceof Error) || depth > 5) return value
		return { ...value, message: value.message, stack: value.stack, cause: all(value.cause, depth + 1) }
	}
	const { events } = tab
	const errors = [tab.getSnapshot(), ...events.map(({ event }) => event)].map(event => all((event as { error?: unknown }).error))
	return JSON.stringify([errors, events.map(({ event }) => event), tab.getSnapshot()])
}

/** All that is stored unsealed. */
function stored(world: World, tab: TestTab): string {
	const { living, ...record } = world.record() ?? { living: undefined }
	const { tokens: _, pending: __, ...clear } = living ?? { tokens: undefined, pending: undefined }
	return JSON.stringify([record, clear, [...tab.ownNotes], [...world.localNotes], world.store.ledger(), world.messages])
}

/** The provider repeats what it was sent, in the error code and its description. */
function echo(world: World, status: number, change: (token: string) => string = token => token) {
	const { handle } = world.provider
	const sent: string[] = []
	world.provider.handle = (url, form, proof) => {
		if (url.pathname !== '/token') return handle(url, form, proof)
		const token = form.get('refresh_token') ?? form.get('code') ?? ''
		sent.push(token)
		const echoed = change(token)
		return { status, body: JSON.stringify({ error: `weird ${echoed}`, error_description: `about ${echoed}` }) }
	}
	return sent
}

const changes: readonly (readonly [how: string, change: (token: string) => string])[] = [
	['as it is', token => token],
	['in upper case', token => token.toUpperCase()],
	['percent-encoded', token => [...token].map(char => `%${char.charCodeAt(0).toString(16)}`).join('')],
]

describe('a token that the provider repeats', () => {
	it.each([200, 400, 401].flatMap(status => changes.map(([how, change]) => ({ status, how, change }))))(
		'is neither shown nor stored: $status, $how, at a renewal',
		async ({ status, change }) => {
			const world = createWorld()
			const tab = await world.signedIn()
			const sent = echo(world, status, change)
			const renewal = tab.renew().catch((error: unknown) => error)
			await world.time.advance(1000)
			expect(sent).toHaveLength(1)
			expect(world.record()?.living?.failure?.oauthError).toBe('unknown')
			const told = `${shownBy(tab)}${JSON.stringify(await renewal)}${stored(world, tab)}`
			for (const token of sent) expect(told).not.toContain(change(token))
		},
	)

	it.each(changes)('is neither shown nor stored: %s, at a sign-in', async (_how, change) => {
		const world = createWorld()
		const sent = echo(world, 400, change)
		const tab = await world.signedIn()
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'provider_error', oauthError: 'unknown' } })
		expect(sent).toHaveLength(1)
		for (const code of sent) expect(`${shownBy(tab)}${stored(world, tab)}`).not.toContain(change(code))
	})

	it('is neither shown nor stored where an authorization response has it', async () => {
		const world = createWorld()
		const ownNotes = new Map<string, string>()
		const before = world.open('/', { ownNotes })
		await world.time.advance(200)
		void before.signIn()
		await world.time.advance(200)
		const state = new URL(before.visited.at(-1) as string).searchParams.get('state') as string
		before.crash()
		const { verifier, nonce } = (({ secret }) => ({ verifier: secret?.codeVerifier, nonce: secret?.nonce }))(
			world.record()?.requests[0] ?? { secret: undefined },
		)
		const query = new URLSearchParams({ state, error: `weird ${verifier}`, error_description: `about ${state}, ${verifier}, ${nonce}` })
		const tab = world.open(`/signed-in?${query}`, { ownNotes })
		// Between the load and the exchange the response is kept in memory only.
		await world.time.flush()
		expect([...ownNotes.values()].join()).not.toMatch(/weird|about/)
		await world.time.advance(1000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'provider_error', oauthError: 'unknown' } })
		for (const secret of [verifier, nonce, state]) expect(shownBy(tab)).not.toContain(secret)
		expect(stored(world, tab)).not.toMatch(/weird|about/)
	})
})
