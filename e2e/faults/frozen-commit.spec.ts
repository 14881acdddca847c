import { createFaultTabs, type FaultTab, statusOf } from '../support/fault-tabs.ts'
import { recordName } from '../support/record.ts'
import { signInFirst } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

// Pages load at their own pace where the machine is busy.
test.setTimeout(180_000)

const TIMES = 3

/** ms of each of nine commits in a row: a user's activity, and renewals with all that they write. */
const COMMITS = `(async () => {
	const took = []
	for (let nth = 0; nth < 9; nth++) {
		const since = performance.now()
		await (nth % 3 === 2 ? session.renew() : session.stay())
		took.push(performance.now() - since)
	}
	return took
})()`

/** Hints of commits that never were, each good for a look at the record in a tab that hears it. */
const rain = (name: string) => `(() => {
	const channel = new BroadcastChannel(${JSON.stringify(name)})
	let revision = 1_000_000
	window.rain = setInterval(() => channel.postMessage({ revision: ++revision }), 4)
})()`

const isNoted = ({ notes }: FaultTab, what: 'freeze' | 'resume', times: number) =>
	expect.poll(() => notes.filter(note => note.what === what).length, { message: what }).toBe(times)

test('a frozen tab does not slow the commits of another, however many hints rain on it (I3, I10)', async ({ demo, rawTabs }) => {
	const tabs = createFaultTabs(rawTabs, demo)
	const sleeper = await tabs.open()
	await signInFirst(sleeper)
	// On the site, without a session of its own.
	const clouds = await rawTabs.open(`${demo.shop}/paperlane.svg`)
	const other = await tabs.open()
	await expect.poll(() => statusOf(other)).toBe('authenticated')
	await expect.poll(() => sleeper.raw.evaluate<string>('document.visibilityState')).toBe('hidden')
	const slowest: number[] = []
	for (let times = 1; times <= TIMES; times++) {
		// It rains already: the freeze comes in the middle of a look at the record.
		await clouds.evaluate(rain(recordName(demo)))
		await sleeper.raw.setLifecycle('frozen')
		await isNoted(sleeper, 'freeze', times)
		const frozenAt = Date.now()
		slowest.push(Math.max(...(await other.raw.evaluate<number[]>(COMMITS))))
		await clouds.evaluate('clearInterval(window.rain)')
		expect(sleeper.notes.filter(({ at }) => at > frozenAt)).toEqual([])
		const frozenMs = Date.now() - frozenAt
		await sleeper.raw.setLifecycle('active')
		await isNoted(sleeper, 'resume', times)
		const woken = sleeper.notes.findLast(({ what }) => what === 'resume')
		expect(woken?.what === 'resume' && woken.stoodStill, 'ms without a timer').toBeGreaterThanOrEqual(frozenMs)
	}
	console.log(`slowest of nine commits beside a frozen tab, ${TIMES} times: ${slowest.map(ms => ms.toFixed(0)).join(', ')} ms`)
	// Held up, a commit is given up after 5 s; on a busy machine it takes a second or two.
	expect(Math.max(...slowest)).toBeLessThan(4000)
	// It has heard nothing, and knows it all the same.
	const tokenOf = ({ raw }: FaultTab) => raw.evaluate<string>('session.getAccessToken()')
	expect(await tokenOf(sleeper)).toBe(await tokenOf(other))
})
