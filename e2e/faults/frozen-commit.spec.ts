import { createFaultTabs, type FaultTab, statusOf } from '../support/fault-tabs.ts'
import { recordName } from '../support/record.ts'
import { signInFirst } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

// Pages load at their own pace where the machine is busy.
test.setTimeout(600_000)

const TIMES = 3

/** ms of each of nine commits in a row: a user's activity, and renewals with all that they write; and of a commit to a database of the page's own. */
const COMMITS = `(async () => {
	const timed = async run => {
		const since = performance.now()
		await run()
		return performance.now() - since
	}
	const own = await new Promise(resolve => {
		const opening = indexedDB.open('own-' + Math.random())
		opening.onupgradeneeded = () => opening.result.createObjectStore('own')
		opening.onsuccess = () => resolve(opening.result)
	})
	const write = () => new Promise(resolve => {
		const transaction = own.transaction('own', 'readwrite')
		transaction.oncomplete = resolve
		transaction.objectStore('own').put(1, 'own')
	})
	const took = []
	const owns = []
	for (let nth = 0; nth < 9; nth++) {
		took.push(await timed(() => nth % 3 === 2 ? session.renew() : session.stay()))
		owns.push(await timed(write))
	}
	return { took, owns }
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
	const slowestOwn: number[] = []
	for (let times = 1; times <= TIMES; times++) {
		// It rains already: the freeze comes in the middle of a look at the record.
		await clouds.evaluate(rain(recordName(demo)))
		await sleeper.raw.setLifecycle('frozen')
		await isNoted(sleeper, 'freeze', times)
		const frozenAt = Date.now()
		// Held up, a commit is given up after 5 s, and this fails.
		const { took, owns } = await other.raw.evaluate<{ took: number[]; owns: number[] }>(COMMITS)
		slowest.push(Math.max(...took))
		slowestOwn.push(Math.max(...owns))
		await clouds.evaluate('clearInterval(window.rain)')
		expect(sleeper.notes.filter(({ at }) => at > frozenAt)).toEqual([])
		const frozenMs = Date.now() - frozenAt
		await sleeper.raw.setLifecycle('active')
		await isNoted(sleeper, 'resume', times)
		const woken = sleeper.notes.findLast(({ what }) => what === 'resume')
		expect(woken?.what === 'resume' && woken.stoodStill, 'ms without a timer').toBeGreaterThanOrEqual(frozenMs)
	}
	console.log(`slowest of nine commits beside a frozen tab, ${TIMES} times: ${slowest.map(ms => ms.toFixed(0)).join(', ')} ms`)
	// As the machine is: a commit is several transactions, and a renewal some requests beside them.
	expect(Math.max(...slowest)).toBeLessThan(4000 + 10 * Math.max(...slowestOwn))
	// It has heard nothing, and knows it all the same.
	const tokenOf = ({ raw }: FaultTab) => raw.evaluate<string>('session.getAccessToken()')
	expect(await tokenOf(sleeper)).toBe(await tokenOf(other))
})
