// Sign-out with an ID token that fits into no address.
import { describe, expect, it } from 'vitest'
import { createWorld } from '../src/testing/index.ts'

const groups = Array.from({ length: 400 }, (_, at) => `00000000-0000-0000-0000-${String(at).padStart(12, '0')}`)

async function signedIn(claims: object) {
	const world = createWorld({ tells: () => ({ claims }) })
	return { world, tab: await world.signedIn('alice') }
}

describe('the sign-out of a user with 400 groups', () => {
	it('goes to the provider by an address of less than 1 KB, with the client and the user in place of the ID token', async () => {
		const { world, tab } = await signedIn({ groups })
		void tab.signOut({ returnTo: '/bye' })
		await world.time.advance(500)
		const url = new URL(tab.visited.at(-1) as string)
		expect(url.href.length).toBeLessThan(1024)
		expect(Object.fromEntries(url.searchParams)).toMatchObject({ client_id: 'app', logout_hint: 'alice', state: expect.any(String) })
		expect(url.searchParams.has('id_token_hint')).toBe(false)
		expect(tab.forms).toEqual([])
	})

	it('goes there by a form with the whole ID token where the application asks for that', async () => {
		const { world, tab } = await signedIn({ groups })
		const { handle } = world.provider
		world.provider.handle = (url, form, proof) => {
			const answer = handle(url, form, proof)
			return { ...answer, body: answer.body.replace('/end-session"', '/end-session?p=policy"') }
		}
		void tab.signOut({ returnTo: '/bye', method: 'post' })
		await world.time.advance(500)
		expect(tab.forms).toEqual([
			{
				action: 'https://id.example/end-session?p=policy',
				fields: {
					id_token_hint: expect.stringMatching(/^.{16000,}$/),
					client_id: 'app',
					post_logout_redirect_uri: 'https://app.example/',
					state: expect.any(String),
				},
			},
		])
		expect(tab.visited).toEqual(['https://id.example/end-session?p=policy'])
		expect(tab.getSnapshot()).toMatchObject({ status: 'redirecting', to: 'sign-out' })
	})
})

it('an ID token of ordinary size goes to the provider in the address', async () => {
	const { world, tab } = await signedIn({})
	void tab.signOut()
	await world.time.advance(500)
	const { searchParams } = new URL(tab.visited.at(-1) as string)
	expect([searchParams.has('id_token_hint'), searchParams.has('logout_hint')]).toEqual([true, false])
})
