import { signInRaw } from '../support/signed-in.ts'
import { expect, test } from '../support/test.ts'

const TABS = 20
const TOKEN_SECONDS = 20
/** Tokens are renewed with a fifth of their lifetime to go. */
const PERIOD_MS = TOKEN_SECONDS * 1000 * 0.8

// Twenty pages load at their own pace where the machine is busy.
test.setTimeout(600_000)
test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS } })

/** Written by the page itself while it is frozen and when it wakes: nobody else could know. */
interface Log {
	readonly freezes: number
	readonly resumes: number
	/** ms that no timer ran for */
	readonly stoodStill: number
	/** ms from the wake to the token, and the last of the token that came */
	readonly askedMs: number
	readonly token: string
	readonly status: string
}

/** Counts what a frozen page must not do, and asks for a token as soon as it is awake. */
const WATCH = `(() => {
	const log = { freezes: 0, resumes: 0, stoodStill: 0, askedMs: 0, token: '', status: '' }
	let tickedAt = performance.now()
	const tick = () => {
		log.stoodStill = Math.max(log.stoodStill, performance.now() - tickedAt)
		tickedAt = performance.now()
	}
	setInterval(tick, 100)
	document.addEventListener('freeze', () => { log.freezes += 1 })
	document.addEventListener('resume', async () => {
		log.resumes += 1
		tick()
		const wokenAt = performance.now()
		const token = await session.getAccessToken().catch(error => 'error: ' + error.code)
		log.askedMs = performance.now() - wokenAt
		log.token = token.slice(-20)
		log.status = session.getSnapshot().status
	})
	window.log = log
})()`

test(`${TABS} tabs frozen past the token's expiry and woken together: one refresh request, ${TABS} live tabs (I1, I3, P1, P9)`, async ({
	rawTabs,
	demo,
}) => {
	const first = await rawTabs.open(`${demo.shop}/orders`)
	await signInRaw(first)
	const signedInAt = Date.now()
	const tabs = [first]
	while (tabs.length < TABS) {
		// Each is shown once: Chromium holds back timers and database alike, for a minute, in a tab that has never been.
		const tab = await rawTabs.open(`${demo.shop}/session`)
		await tab.activate()
		await expect.poll(() => tab.evaluate<string>('window.session?.getSnapshot().status').catch(() => '')).toBe('authenticated')
		tabs.push(tab)
	}
	const all = <T>(expression: string) => Promise.all(tabs.map(tab => tab.evaluate<T>(expression)))
	await all(WATCH)

	// A request that a freeze holds back leaves at the wake, and what it brings is as old as the freeze: another renewal. None may be due here.
	const issuedAt = () => Math.max(signedInAt, ...demo.renewals.map(({ at }) => at))
	if (Date.now() - issuedAt() > PERIOD_MS / 2) await first.evaluate('session.renew()')

	// Whoever is in front cannot be frozen.
	const front = await rawTabs.open('about:blank')
	await front.activate()
	await expect.poll(() => all<string>('document.visibilityState')).toEqual(tabs.map(() => 'hidden'))
	await Promise.all(tabs.map(tab => tab.setLifecycle('frozen')))
	await expect.poll(async () => (await all<Log>('log')).map(({ freezes }) => freezes)).toEqual(tabs.map(() => 1))
	const frozenAt = Date.now()
	const { refresh } = demo.counts
	const known = demo.renewals.length
	await expect.poll(() => Date.now() - Math.max(issuedAt() + TOKEN_SECONDS * 1000, frozenAt), { timeout: 120_000 }).toBeGreaterThan(2500)
	expect(demo.counts.refresh, 'requests of frozen tabs').toBe(refresh)

	await Promise.all(tabs.map(tab => tab.setLifecycle('active')))
	await expect.poll(async () => (await all<Log>('log')).filter(({ token }) => token).length, { timeout: 120_000 }).toBe(TABS)
	const logs = await all<Log>('log')
	const alive = logs.filter(({ status, token }) => status === 'authenticated' && !token.startsWith('error'))
	const slowest = Math.max(...logs.map(({ askedMs }) => askedMs))
	console.log(
		`${TABS} tabs woken: ${demo.counts.refresh - refresh} refresh requests, reuse ${demo.counts.reuse}, ${alive.length} alive, all with a token after ${slowest.toFixed(0)} ms`,
	)
	for (const { freezes, resumes, stoodStill } of logs) {
		expect([freezes, resumes]).toEqual([1, 1])
		expect(stoodStill, 'ms without a timer').toBeGreaterThan(2000)
	}
	expect(alive.length).toBe(TABS)
	expect(new Set(logs.map(({ token }) => token)).size).toBe(1)
	// On a machine that takes a whole period to wake them all, the next renewal is due; a page counts from when it asked, not from when it was heard.
	const woken = demo.renewals.slice(known)
	const tooEarly = woken.filter(({ at }, index) => at - (woken[index - 1]?.at ?? 0) < PERIOD_MS / 2)
	expect(woken.length, JSON.stringify(woken)).toBeGreaterThan(0)
	expect(tooEarly, JSON.stringify(woken)).toEqual([])
	expect(demo.counts, JSON.stringify(woken)).toMatchObject({ reuse: 0, grantsRevoked: 0 })
})
