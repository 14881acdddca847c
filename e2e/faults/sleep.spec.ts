import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { launchOptions } from '../support/browser.ts'
import { discoveryOf } from '../support/network.ts'
import type { RawTab, RawTabs } from '../support/raw-tabs.ts'
import { signIn } from '../support/shop.ts'
import { signInRaw } from '../support/signed-in.ts'
import { type First, HOLD, QUIET, sleepScript, type Waking } from '../support/sleep.ts'
import { expect, test } from '../support/test.ts'

// Playwright turns the back/forward cache off.
test.use({ launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } })

const MINUTE_MS = 60_000
const PRIVATE = /Ada|Lovelace|PL-\d/
const TYPED = 'for the third floor'

/** The tokens outlive the session: none is refused for its own age. */
const accessTokenSeconds = 4 * 3600
const idle = { demoOptions: { accessTokenSeconds, sessionOptions: { idle: { timeout: '15m', warnBefore: '6m' } } } } as const
const lifetime = { demoOptions: { accessTokenSeconds, sessionOptions: { idle: false, lifetime: { timeout: '1h' } } } } as const

/** A page with orders, and something typed into it, that nobody looks at for a moment. */
async function openSleeper(tabs: RawTabs, demo: Demo): Promise<RawTab> {
	const sleeper = await tabs.open(`${demo.shop}/orders`, { script: sleepScript(demo) })
	await signInRaw(sleeper)
	await expect.poll(() => sleeper.evaluate<string>('document.body.innerText')).toMatch(/PL-\d/)
	await sleeper.evaluate(`type(${JSON.stringify(TYPED)})`)
	return sleeper
}

const wakingOf = (tab: RawTab) => tab.evaluate<Waking>('waking')

async function freeze(sleeper: RawTab, first: First) {
	await sleeper.evaluate(`prepare(${JSON.stringify(first)})`)
	await expect.poll(() => sleeper.evaluate<string>('document.visibilityState')).toBe('hidden')
	await sleeper.evaluate(QUIET)
	await sleeper.setLifecycle('frozen')
	await expect.poll(async () => (await wakingOf(sleeper)).freezes).toBe(1)
}

const seenBy = async (tab: RawTab) => (await wakingOf(tab)).looks.map(({ what }) => what)

/** The user comes back, with a hand on the mouse. @returns what was seen before anybody could look at the record */
async function wake(sleeper: RawTab, holder: RawTab, first: First): Promise<Waking> {
	await holder.evaluate(HOLD)
	// Where nothing comes first, not even the user: it is thawed before it is shown.
	if (first === 'nothing') {
		await sleeper.setLifecycle('active')
		await expect.poll(() => seenBy(sleeper)).toEqual(['woken', 'told'])
	}
	await Promise.all([sleeper.activate(), sleeper.setLifecycle('active')])
	await expect.poll(() => seenBy(sleeper)).toEqual(['woken', 'told', 'frame'])
	await sleeper.moveMouse(300, 300)
	await expect.poll(() => seenBy(sleeper)).toEqual(['woken', 'told', 'frame', 'mouse'])
	const waking = await wakingOf(sleeper)
	await holder.evaluate('release()')
	return waking
}

function expectNothingShown({ looks, ...handedOut }: Waking, first: First) {
	const [woken, ...others] = looks
	// Who comes before the session is told finds it out.
	expect(woken?.status).toBe(first === 'nothing' ? 'authenticated' : 'checking')
	expect(others.map(({ status }) => status)).toEqual(['checking', 'checking', 'checking'])
	const drawn = others.filter(({ what }) => what !== 'told')
	for (const look of drawn) expect(look).toMatchObject({ isKept: true, isVisible: false, isInert: true })
	expect(drawn.filter(({ text }) => PRIVATE.test(text))).toEqual([])
	expect(handedOut).not.toHaveProperty('token')
	expect(handedOut).not.toHaveProperty('call')
}

const statusOf = (tab: RawTab) => tab.evaluate<string>('session.getSnapshot().status')

for (const [reason, first, options, sleepMs] of [
	['idle', 'nothing', idle, 20 * MINUTE_MS],
	['idle', 'a move of the mouse', idle, 20 * MINUTE_MS],
	['lifetime', 'a call', lifetime, 61 * MINUTE_MS],
] as const) {
	test.describe(`${reason}, ${first} first`, () => {
		test.use(options)

		test(`a page that slept past the ${reason} deadline shows and hands out nothing when it wakes, and the hand that wakes it revives nothing (I2, I4, I5)`, async ({
			demo,
			rawTabs,
		}) => {
			const sleeper = await openSleeper(rawTabs, demo)
			// On the site, without a session of its own.
			const holder = await rawTabs.open(`${demo.shop}/paperlane.svg`)
			await holder.activate()
			await freeze(sleeper, first)
			const before = demo.counts
			const frozenAt = performance.now()
			await sleeper.evaluate(`moveClock(${sleepMs})`)
			await pause(1500)
			const frozenMs = performance.now() - frozenAt
			const waking = await wake(sleeper, holder, first)
			expect(waking.stoodStill, 'ms without a timer').toBeGreaterThan(frozenMs)
			expectNothingShown(waking, first)

			await expect
				.poll(() => sleeper.evaluate('JSON.stringify(session.getSnapshot())').then(text => JSON.parse(text as string)))
				.toMatchObject({
					status: 'unauthenticated',
					reason,
					by: 'this-tab',
				})
			if (first === 'a call')
				await expect.poll(() => wakingOf(sleeper)).toMatchObject({ token: 'not_authenticated', call: 'not_authenticated' })
			expect(await sleeper.evaluate('session.getAccessToken().catch(({ code }) => code)')).toBe('not_authenticated')
			expect(await sleeper.evaluate('typed()')).toBeUndefined()
			expect(await sleeper.evaluate('document.body.innerText')).not.toMatch(PRIVATE)
			await expect.poll(() => demo.counts.revoked).toBe(1)
			const { apiCalls, refresh } = demo.counts
			expect({ apiCalls, refresh }).toEqual({ apiCalls: before.apiCalls, refresh: before.refresh })
		})
	})
}

test.describe('idle, with another tab', () => {
	test.use(idle)

	test('a page that slept past the deadline it knew of shows nothing until the record says that the user was active elsewhere, and then all that was typed (I3, I4, I5)', async ({
		demo,
		rawTabs,
	}) => {
		const sleeper = await openSleeper(rawTabs, demo)
		const other = await rawTabs.open(`${demo.shop}/session`, { script: sleepScript(demo) })
		await other.activate()
		await expect.poll(() => statusOf(other).catch(() => '')).toBe('authenticated')
		const idleDeadline = () => other.evaluate<number>('session.getDeadlines().idle')
		await freeze(sleeper, 'a call')
		for (let minutes = 0; minutes < 20; minutes += 10) {
			const before = await idleDeadline()
			await other.evaluate(`moveClock(${10 * MINUTE_MS})`)
			await expect
				.poll(async () => {
					await other.moveMouse(Math.random() * 300, Math.random() * 300)
					return (await idleDeadline()) - before
				})
				.toBeGreaterThan(9 * MINUTE_MS)
		}
		await sleeper.evaluate(`moveClock(${20 * MINUTE_MS})`)
		const waking = await wake(sleeper, other, 'a call')
		expectNothingShown(waking, 'a call')

		await expect.poll(() => statusOf(sleeper)).toBe('authenticated')
		expect(await sleeper.evaluate('typed()')).toBe(TYPED)
		expect(await sleeper.evaluate('document.body.innerText')).toMatch(PRIVATE)
		await expect.poll(() => wakingOf(sleeper)).toMatchObject({ token: expect.stringContaining('.'), call: '200' })
		expect(await statusOf(other)).toBe('authenticated')
		expect(demo.counts).toMatchObject({ refresh: 0, revoked: 0 })
	})
})

test.describe('in the back/forward cache', () => {
	test.use(idle)

	test('a page that comes back past the deadline shows and hands out nothing, whatever the mouse does (I3, I4, I5)', async ({
		page,
		context,
		demo,
	}) => {
		await context.addInitScript(sleepScript(demo))
		await signIn(page, demo, 'Ada', '/orders')
		await expect(page.getByTestId('orders')).toBeVisible()
		await page.evaluate(text => window.type(text), TYPED)
		const holder = await context.newPage()
		await holder.goto(`${demo.shop}/paperlane.svg`)
		await page.evaluate(ms => window.prepare('a call', ms), 20 * MINUTE_MS)
		await page.evaluate(QUIET)
		const before = demo.counts
		await page.goto(discoveryOf(demo))
		await holder.evaluate(HOLD)
		await page.goBack({ waitUntil: 'commit' })
		await page.mouse.move(300, 300)
		const wakingOf = (page: Page) => page.evaluate(() => window.waking)
		await expect.poll(async () => (await wakingOf(page)).looks.map(({ what }) => what).sort()).toEqual(['frame', 'mouse', 'told', 'woken'])
		const waking = await wakingOf(page)
		expect(waking).toMatchObject({ freezes: 1, isRestored: true })
		expectNothingShown(waking, 'a call')
		await holder.evaluate('release()')

		await expect.poll(() => wakingOf(page)).toMatchObject({ token: 'not_authenticated', call: 'not_authenticated' })
		expect(await page.evaluate(() => window.session.getSnapshot())).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
		expect(await page.content()).not.toMatch(PRIVATE)
		await expect.poll(() => demo.counts.revoked).toBe(1)
		const { apiCalls, refresh } = demo.counts
		expect({ apiCalls, refresh }).toEqual({ apiCalls: before.apiCalls, refresh: before.refresh })
	})
})
