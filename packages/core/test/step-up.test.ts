// Step-up (RFC 9470) and calls that wait: what an API asks of its user, and what becomes of the call meanwhile.
import { describe, expect, it } from 'vitest'
import type { StepUpChallenge } from '../src/index.ts'
import { createWorld, type TestTab, type World, type WorldOptions } from '../src/testing/index.ts'

const SAYS = 'Bearer error="insufficient_user_authentication", acr_values="urn:mfa", max_age="60"'
const challenge: StepUpChallenge = { acrValues: ['urn:mfa'], maxAge: 60_000 }

/** An API that takes the tokens of a second sign-in alone, and says what it was sent. */
async function guarded(options: WorldOptions = {}) {
	const sent: string[] = []
	const refused = new Set<string>()
	let isOpen = false
	const world = createWorld({
		...options,
		api: async (input, init) => {
			const request = new Request(input, init)
			const token = request.headers.get('Authorization') ?? ''
			sent.push(`${token} ${await request.text()}`.trim())
			if (!isOpen) refused.add(token)
			return refused.has(token) ? new Response('', { status: 401, headers: { 'WWW-Authenticate': SAYS } }) : new Response('done')
		},
	})
	const tab = await world.signedIn()
	await world.time.advance(60_000 / 4)
	return {
		world,
		tab,
		sent,
		opens() {
			isOpen = true
		},
	}
}

function call(tab: TestTab, init: RequestInit = {}) {
	const result = { outcome: 'pending' as unknown, error: undefined as unknown }
	tab.fetch('https://app.example/api/refund', { method: 'POST', body: 'order 7', ...init }).then(
		async response => {
			result.outcome = response.status === 200 ? await response.text() : response.status
		},
		error => {
			result.outcome = error.code
			result.error = error
		},
	)
	return result
}

async function returns(world: World, tab: TestTab, sub = 'alice') {
	await world.time.advance(100)
	world.handOver(world.provider.signIn(sub, new URL(tab.popups.at(-1)?.url as string)))
	await world.time.advance(500)
}

describe('a call that an API refuses until the user has authenticated better', () => {
	it('tells the application what is asked, and fails with it', async () => {
		const { world, tab, sent } = await guarded()
		const result = call(tab)
		await world.time.advance(200)
		expect(tab.eventsOf('stepUpRequired')).toEqual([{ challenge, url: expect.any(String) }])
		expect(result).toMatchObject({ outcome: 'step_up_required', error: { challenge, retryable: false } })
		expect(sent).toHaveLength(1)
		expect(tab.status()).toBe('authenticated')
	})

	it('goes out again once a popup has brought what was asked, and is one session', async () => {
		const { world, tab, sent, opens } = await guarded()
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }))
		const { id } = world.record() as { id: string }
		const result = call(tab)
		await world.time.advance(100)
		const asked = new URL(tab.popups[0]?.url as string).searchParams
		expect([asked.get('acr_values'), asked.get('max_age')]).toEqual(['urn:mfa', '60'])
		opens()
		await returns(world, tab)
		expect(result.outcome).toBe('done')
		expect(sent.map(one => one.split(' ').slice(2).join(' '))).toEqual(['order 7', 'order 7'])
		expect(new Set(sent).size).toBe(2)
		expect(world.record()?.id).toBe(id)
		expect(tab.visited).toEqual([])
	})

	it('is told of once, however many calls meet it, and all go out again', async () => {
		const { world, tab, opens } = await guarded()
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }))
		const results = [call(tab), call(tab), call(tab)]
		await world.time.advance(100)
		opens()
		await returns(world, tab)
		expect(tab.eventsOf('stepUpRequired')).toHaveLength(1)
		expect(results.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done'])
	})

	it('fails where the user closes the popup', async () => {
		const { world, tab, sent } = await guarded()
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }).catch(() => {}))
		const result = call(tab)
		await world.time.advance(100)
		tab.popups[0]?.leave()
		await world.time.advance(500)
		expect(result.outcome).toBe('step_up_required')
		expect(sent).toHaveLength(1)
	})

	it('does not go out for another user (I9)', async () => {
		const { world, tab, sent, opens } = await guarded()
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }))
		const result = call(tab)
		await world.time.advance(100)
		opens()
		await returns(world, tab, 'bob')
		expect(result.outcome).toBe('step_up_required')
		expect(tab.status()).toBe('user-changed')
		expect(sent).toHaveLength(1)
	})

	it('does not go out where another tab has signed out meanwhile (I2)', async () => {
		const { world, tab, sent, opens } = await guarded()
		const other = world.open()
		await world.time.advance(100)
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }).catch(() => {}))
		const result = call(tab)
		await world.time.advance(100)
		void other.signOut({ at: 'device' })
		await world.time.advance(100)
		opens()
		await returns(world, tab)
		expect(result.outcome).toBe('step_up_required')
		expect([tab.status(), sent.length]).toEqual(['unauthenticated', 1])
	})

	it('goes out once more only: an API that is never content is answered to the application', async () => {
		const { world, tab, sent } = await guarded()
		tab.on('stepUpRequired', ({ challenge }) => void tab.stepUp(challenge, { method: 'popup' }))
		const result = call(tab)
		await returns(world, tab)
		await world.time.advance(60_000)
		expect([result.outcome, sent.length]).toEqual([401, 2])
	})

	it('waits for a step-up in another tab where the option says so, and no longer', async () => {
		const { world, tab, opens } = await guarded({ session: { waitForSignIn: '20s' } })
		const other = world.open()
		const [early, late] = [call(tab), call(tab)]
		await world.time.advance(10_000)
		expect([early.outcome, late.outcome]).toEqual(['pending', 'pending'])
		void other.stepUp(challenge, { method: 'popup' })
		opens()
		await returns(world, other)
		expect([early.outcome, late.outcome]).toEqual(['done', 'done'])

		const { world: again, tab: alone } = await guarded({ session: { waitForSignIn: '20s' } })
		const result = call(alone)
		await again.time.advance(20_500)
		expect(result.outcome).toBe('step_up_required')
	})

	it('that cannot be sent twice fails too', async () => {
		const { world, tab } = await guarded()
		const body = new ReadableStream({ start: controller => controller.close() })
		const result = call(tab, { body, duplex: 'half' } as RequestInit)
		await world.time.advance(200)
		expect(result.outcome).toBe('step_up_required')
	})
})

describe('a call made after a session that could not be renewed', () => {
	async function ended(waitForSignIn?: '30s') {
		const world = createWorld({ session: waitForSignIn ? { waitForSignIn } : {} })
		const tab = await world.signedIn()
		world.provider.revokeGrants()
		await world.time.advance(60_000)
		expect(tab.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'renewal-rejected' })
		return { world, tab }
	}

	it('waits until its user is back, and goes out (P16)', async () => {
		const { world, tab } = await ended('30s')
		const result = call(tab)
		await world.time.advance(10_000)
		expect(result.outcome).toBe('pending')
		void tab.signIn({ method: 'popup' })
		await returns(world, tab)
		expect([result.outcome, tab.status(), tab.visited]).toEqual(['alice', 'authenticated', []])
	})

	it('never goes out for another user (I9)', async () => {
		const { world, tab } = await ended('30s')
		const result = call(tab)
		await world.time.advance(1000)
		void tab.signIn({ method: 'popup' })
		await returns(world, tab, 'bob')
		expect([result.outcome, tab.status()]).toEqual(['user_changed', 'user-changed'])
		tab.acceptUser()
		await world.time.advance(40_000)
		expect(result.outcome).toBe('user_changed')
	})

	it('waits no longer than the option says (I10)', async () => {
		const { world, tab } = await ended('30s')
		const result = call(tab)
		await world.time.advance(29_000)
		expect(result.outcome).toBe('pending')
		await world.time.advance(1500)
		expect(result.outcome).toBe('not_authenticated')
	})

	it('fails at once without the option', async () => {
		const { world, tab } = await ended()
		const result = call(tab)
		await world.time.advance(100)
		expect(result.outcome).toBe('not_authenticated')
	})

	it('fails at once after an end that was meant', async () => {
		const world = createWorld({ session: { waitForSignIn: '30s' } })
		const tab = await world.signedIn()
		void tab.signOut({ at: 'device' })
		await world.time.advance(100)
		const result = call(tab)
		await world.time.advance(100)
		expect(result.outcome).toBe('not_authenticated')
	})

	it('fails at once where nobody has been here', async () => {
		const world = createWorld({ session: { waitForSignIn: '30s' } })
		const tab = world.open()
		const result = call(tab)
		await world.time.advance(200)
		expect(result.outcome).toBe('not_authenticated')
	})
})
