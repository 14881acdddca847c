// What an event costs each subject. Rounds are interleaved, so that whatever else the machine does strikes all alike; medians are given.
import { setTimeout as pause } from 'node:timers/promises'
import { each, type Pages, type Subject, subjects } from './subjects.ts'

export { each, openPages, type Pages, type Subject } from './subjects.ts'

/** What one thing that a user does brings, as browsers dispatch it. */
export const deeds = {
	'mouse move': ['pointermove', 'mousemove'],
	key: ['keydown'],
	wheel: ['wheel'],
	scroll: ['scroll'],
} as const

/** ns, by subject. */
export type Costs = Readonly<Record<Subject, number>>

/** ms after which the next event is no steady one to anybody. */
const QUIET_MS = 1200

/** Events of a batch: it takes some ms, far less than the shortest quiet time. */
const BATCH = 2000

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** The compilers take a while to have done their best. */
const warm = (rounds: readonly Costs[]) => rounds.slice(Math.floor(rounds.length / 4))

async function repeat(times: number, measure: (subject: Subject) => Promise<number>, restMs = 0): Promise<readonly Costs[]> {
	const rounds: Costs[] = []
	while (rounds.length < times) {
		await pause(restMs)
		rounds.push(await each(measure, rounds.length))
	}
	return rounds
}

/** What is left of each round without that of the page where nobody listens: the dispatch itself. */
const beyondDispatch = (rounds: readonly Costs[]): Costs =>
	Object.fromEntries(subjects.map(subject => [subject, median(rounds.map(round => round[subject] - round.nothing))])) as Costs

/** ns of an event of each type together, among many of them, beyond their dispatch. */
export async function steady(pages: Pages, types: readonly string[], rounds = 100): Promise<Costs> {
	const times = Math.round(BATCH / types.length)
	const measured = await repeat(rounds, subject =>
		pages[subject].evaluate(([types, times]) => window.bench.steady(types, times), [types, times] as const),
	)
	return beyondDispatch(warm(measured))
}

/** ns of the first event after a quiet time, beyond its dispatch. */
export async function first(pages: Pages, rounds = 24): Promise<Costs> {
	const measured = await repeat(rounds, subject => pages[subject].evaluate(() => window.bench.single('keydown')), QUIET_MS)
	return beyondDispatch(warm(measured))
}

/** ns of a second in which a user types, first events included, beyond the dispatches. */
export async function second(pages: Pages, rounds = 12): Promise<Costs> {
	const measured = await repeat(rounds, subject => pages[subject].evaluate(() => window.bench.second()))
	return beyondDispatch(warm(measured))
}

/** ns that scripts run for at each real move of the mouse and key, first events included, beyond those of a page where nobody listens. */
export async function real(pages: Pages, rounds = 6): Promise<Costs> {
	const clients = await each(async subject => {
		const client = await pages[subject].context().newCDPSession(pages[subject])
		await client.send('Performance.enable')
		return client
	})
	const scripts = async (subject: Subject) => {
		const { metrics } = await clients[subject].send('Performance.getMetrics')
		return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? Number.NaN) * 1e9
	}
	const measured = await repeat(rounds, async subject => {
		const client = clients[subject]
		const before = await scripts(subject)
		for (let move = 0; move < 60; move++)
			await client.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 100 + move, y: 100 + move })
		for (let key = 0; key < 20; key++) {
			await client.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'a' })
			await client.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'a' })
		}
		return ((await scripts(subject)) - before) / 80
	})
	return beyondDispatch(warm(measured))
}

/** @throws unless those that are to notice the user have since then, ms since the epoch, or still do */
export async function check(pages: Pages, since: number): Promise<void> {
	for (const subject of ['tabsession', 'react-idle-timer'] as const) {
		// Activity is written down now and then.
		for (let tries = 0; (await pages[subject].evaluate(() => window.bench.activeAt())) < since; tries++) {
			if (tries === 20) throw new Error(`${subject} has not noticed anybody.`)
			await pages[subject].evaluate(() => window.bench.single('keydown'))
			await pause(QUIET_MS)
		}
	}
}
