// Sign-in in a popup of a page that another site embeds: the popup has other storage and other channels, and hands its response to its opener.
import { describe, expect, it } from 'vitest'
import { createWorld, type TestTab, type World } from '../src/testing/index.ts'

/** A framed page in which the user has clicked, and what comes of it. */
async function clicked(world: World) {
	const tab = world.open('/cart', { partition: 'framed' })
	await world.time.advance(100)
	const result = { outcome: 'pending' as string }
	tab.signIn({ method: 'popup' }).then(
		() => {
			result.outcome = 'signed in'
		},
		error => {
			result.outcome = error.code
		},
	)
	await world.time.advance(100)
	return { tab, result }
}

const lineOf = (tab: TestTab) => {
	const [popup] = tab.popups
	if (!popup) throw new Error('no popup')
	return popup.line
}

const responseIn = (world: World, tab: TestTab) => {
	const { state, code } = world.provider.signIn('alice', new URL(tab.popups[0]?.url as string))
	return `?state=${state}&code=${code}`
}

describe('a popup of a page in another storage partition', () => {
	it('whose callback page hands over to its opener signs in, and is answered (I10)', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		const heard: unknown[] = []
		lineOf(tab).open(message => heard.push(message))
		const callback = responseIn(world, tab)
		lineOf(tab).post({ callback })
		await world.time.advance(300)
		expect([result.outcome, tab.status(), tab.popups[0]?.isClosed]).toEqual(['signed in', 'authenticated', true])
		expect(heard).toEqual([{ taken: new URLSearchParams(callback).get('state') }])
	})

	it('that boots the application at the redirect URI hands over too, exchanges nothing itself, and closes (I10)', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		const inPopup = world.open(`/signed-in${responseIn(world, tab)}`, { opener: lineOf(tab) })
		await world.time.advance(500)
		expect([result.outcome, tab.status(), world.provider.counts.code]).toEqual(['signed in', 'authenticated', 1])
		expect(inPopup.page.isGone()).toBe(true)
		expect([inPopup.getSnapshot().error, inPopup.eventsOf('alert')]).toEqual([undefined, []])
	})

	it('that comes back with an error brings it to the page', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		const state = new URL(tab.popups[0]?.url as string).searchParams.get('state')
		world.open(`/signed-in?state=${state}&error=access_denied`, { opener: lineOf(tab) })
		await world.time.advance(500)
		expect([result.outcome, tab.getSnapshot().error?.code]).toEqual(['access_denied', 'access_denied'])
	})

	it('takes no response that answers another sign-in', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		for (const callback of [undefined, 5, {}, 'x', '?state=stranger&code=c', `?state=x${world.stateSuffix}&code=c`])
			lineOf(tab).post({ callback })
		await world.time.advance(500)
		expect([result.outcome, world.provider.counts.code]).toEqual(['pending', 0])
	})

	it('shows an error in the popup where the opener does not answer, and the page is told when the user closes it (I10)', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		const callback = responseIn(world, tab)
		// The provider isolates its pages: the popup has no opener any more (Cross-Origin-Opener-Policy).
		tab.popups[0]?.sever()
		const inPopup = world.open(`/signed-in${callback}`)
		await world.time.advance(2000)
		expect(inPopup.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'state_mismatch' } })
		tab.popups[0]?.leave()
		await world.time.advance(400)
		expect(result.outcome).toBe('popup_closed')
	})

	it('does not hold back a response that answers no sign-in for longer than a second, where something else opened the window', async () => {
		const world = createWorld()
		const { tab } = await clicked(world)
		tab.crash()
		const inPopup = world.open(`/signed-in${responseIn(world, tab)}`, { opener: lineOf(tab) })
		await world.time.advance(1500)
		expect(inPopup.getSnapshot()).toMatchObject({ status: 'unauthenticated', error: { code: 'state_mismatch' } })
		expect(inPopup.page.isGone()).toBe(false)
	})

	it('that is answered while the page is frozen is taken when that runs again', async () => {
		const world = createWorld()
		const { tab, result } = await clicked(world)
		tab.freeze()
		lineOf(tab).post({ callback: responseIn(world, tab) })
		await world.time.advance(5000)
		expect(world.provider.counts.code).toBe(0)
		tab.resume()
		await world.time.advance(500)
		expect([result.outcome, tab.status()]).toEqual(['signed in', 'authenticated'])
	})
})
