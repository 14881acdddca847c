import { createFaultTabs, statusOf } from '../support/fault-tabs.ts'
import { createRawTabs, type RawTabs } from '../support/raw-tabs.ts'
import { recordName } from '../support/record.ts'
import { signInFirst } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

test.setTimeout(180_000)

/** ms of each of ten commits in a row: a user's activity, and renewals with all that they write. */
const COMMITS = `(async () => {
	const took = []
	for (let nth = 0; nth < 10; nth++) {
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

let raw: RawTabs
test.beforeEach(async ({ browser }) => {
	raw = await createRawTabs(browser)
})
test.afterEach(() => raw.closeAll())

test('a frozen tab does not slow the commits of another, however many hints rain on it (I3, I10)', async ({ demo, browser }) => {
	const tabs = createFaultTabs(raw, demo, `Chrome/${browser.version()}`)
	const sleeper = await tabs.open()
	await signInFirst(sleeper)
	const other = await tabs.open()
	await expect.poll(() => statusOf(other)).toBe('authenticated')
	await expect.poll(() => sleeper.raw.evaluate<string>('document.visibilityState')).toBe('hidden')
	const slowest: number[] = []
	// It is caught in the middle of its looks at the record, at another point each time.
	await other.raw.evaluate(rain(recordName(demo)))
	for (let nth = 0; nth < 5; nth++) {
		await sleeper.raw.setLifecycle('frozen')
		await expect.poll(() => sleeper.notes.filter(({ what }) => what === 'freeze').length).toBe(nth + 1)
		const frozenAt = Date.now()
		const took = await other.raw.evaluate<number[]>(COMMITS)
		slowest.push(Math.max(...took))
		expect(sleeper.notes.filter(({ at }) => at > frozenAt)).toEqual([])
		await sleeper.raw.setLifecycle('active')
		await expect.poll(() => sleeper.notes.filter(({ what }) => what === 'resume').length).toBe(nth + 1)
		const woken = sleeper.notes.findLast(({ what }) => what === 'resume')
		expect(woken?.what === 'resume' && woken.stoodStill, 'ms without a timer').toBeGreaterThan(Math.min(Date.now() - frozenAt, 100) / 2)
	}
	console.log(`slowest of ten commits beside a frozen tab, five times: ${slowest.map(ms => ms.toFixed(0)).join(', ')} ms`)
	expect(Math.max(...slowest)).toBeLessThan(1000)
	await expect.poll(() => statusOf(sleeper)).toBe('authenticated')
})
