import { createFaultTabs, statusOf } from '../support/fault-tabs.ts'
import { createRawTabs } from '../support/raw-tabs.ts'
import { recordName } from '../support/record.ts'
import { signInFirst } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

const COMMITS = `(async () => {
	const took = []
	for (let nth = 0; nth < 6; nth++) {
		const since = performance.now()
		const done = await (nth % 3 === 2 ? session.renew() : session.stay()).then(() => '', e => e.code)
		took.push(Math.round(performance.now() - since) + done)
	}
	return took
})()`
const rain = (name: string) => `(() => {
	const channel = new BroadcastChannel(${JSON.stringify(name)})
	let revision = 1_000_000
	window.rain = setInterval(() => channel.postMessage({ revision: ++revision }), 4)
})()`

for (const mode of ['no rain', 'after', 'before']) test(`freeze ${mode}`, async ({ demo, browser }) => {
	const raw = await createRawTabs(browser)
	const tabs = createFaultTabs(raw, demo, `Chrome/x`)
	const sleeper = await tabs.open()
	await signInFirst(sleeper)
	const source = await raw.open(`${demo.shop}/paperlane.svg`)
	const other = await tabs.open()
	await expect.poll(() => statusOf(other)).toBe('authenticated')
	await expect.poll(() => sleeper.raw.evaluate<string>('document.visibilityState')).toBe('hidden')
	console.log(mode, 'no freeze', await other.raw.evaluate(COMMITS))
	if (mode === 'before') await source.evaluate(rain(recordName(demo)))
	if (mode === 'before') console.log(mode, 'rain, no freeze', await other.raw.evaluate(COMMITS))
	for (let nth = 0; nth < 6; nth++) {
		await sleeper.raw.setLifecycle('frozen')
		await expect.poll(() => sleeper.notes.filter(({ what }) => what === 'freeze').length).toBe(nth + 1)
		if (mode === 'after' && nth === 0) await source.evaluate(rain(recordName(demo)))
		console.log(mode, 'frozen', nth, await other.raw.evaluate(COMMITS))
		await sleeper.raw.setLifecycle('active')
		await expect.poll(() => sleeper.notes.filter(({ what }) => what === 'resume').length).toBe(nth + 1)
		if (mode === 'after' && nth === 0) await source.evaluate('clearInterval(window.rain)')
		console.log(mode, 'awake', nth, await other.raw.evaluate(COMMITS))
	}
	await raw.closeAll()
})
