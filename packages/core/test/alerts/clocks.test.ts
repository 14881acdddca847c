// Clocks that are fast for a while, and then right again: the ledger's time never runs backwards, and does not stand still either.
import { expect, it } from 'vitest'
import { closed, HOUR, kindsOf, MINUTE, place, signedIn, stray, told } from './place.ts'

const DAY = 24 * HOUR

/** A callback that nobody asked for, while the clock is a day fast; then it is right, and the browser starts again. */
async function wasFast(options: Parameters<typeof place>[0] = {}, fault?: { status: number; body: string }) {
	const world = place(options)
	world.time.jump(DAY)
	if (fault) world.network.reportFaults.push(fault)
	await stray(world)
	closed(world)
	world.time.jump(-DAY)
	return world
}

it('another episode is another alert', async () => {
	const world = await wasFast()
	await stray(world)
	expect(told(world)).toHaveLength(1)
	closed(world)
	await world.time.advance(11 * MINUTE)
	await stray(world)
	expect(told(world)).toHaveLength(2)
})

it('what is hours apart is not counted together', async () => {
	const world = await wasFast({ session: { alerts: { rules: { 'unsolicited-callback': { count: 3 } } } } })
	for (let count = 0; count < 6; count++) {
		await stray(world)
		closed(world)
		await world.time.advance(HOUR)
	}
	expect(kindsOf(world)).toHaveLength(7)
	expect(told(world)).toEqual([])
})

it('a session that is ended long after its sign-in has not ended early', async () => {
	const world = await wasFast({ lifetimeMs: 10 * MINUTE })
	await signedIn(world)
	world.provider.revokeGrants()
	await world.time.advance(11 * MINUTE)
	expect(kindsOf(world)).toContain('ended')
	expect(told(world, 'ended-early')).toEqual([])
})

it('a report that waits goes out when it is due, and not a day later', async () => {
	const world = await wasFast({ session: { alerts: { endpoint: '/alerts' } } }, { status: 503, body: '' })
	expect(world.reports).toEqual([])
	world.open()
	await world.time.advance(MINUTE)
	expect(world.reports).toHaveLength(1)
})
