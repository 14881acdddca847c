import { setTimeout as pause } from 'node:timers/promises'
import AxeBuilder from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import type { RawTab } from '../support/raw-tabs.ts'
import { endReason, expectSignedIn, expectWelcome, openTab, signIn, snapshotOf, warningOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

declare global {
	interface Window {
		/** What the page's policy has forbidden. */
		forbidden: string[]
		/** Clicks on what lies beneath the dialog. */
		clicksBeneath: number
	}
}

interface Box {
	readonly x: number
	readonly y: number
	readonly width: number
	readonly height: number
}

const idle = (timeout: number, warnBefore: number) => ({ demoOptions: { sessionOptions: { idle: { timeout, warnBefore } } } })

const stayButton = (page: Page) => warningOf(page).getByRole('button', { name: 'Stay signed in' })
const signOutButton = (page: Page) => warningOf(page).getByRole('button', { name: 'Sign out now' })
const ordersLink = (page: Page) => page.getByRole('link', { name: 'Orders', exact: true })

/** ms that a key or a finger is down, as people have it: the session knows of it before it is up. */
const DOWN_MS = 120

const press = (page: Page, key: string) => page.keyboard.press(key, { delay: DOWN_MS })

async function touch(page: Page, target: Locator) {
	const { x, y, width, height } = (await target.boundingBox()) as Box
	const client = await page.context().newCDPSession(page)
	await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + width / 2, y: y + height / 2 }] })
	await pause(DOWN_MS)
	await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
}

/** axe-core finds nothing. */
async function expectClean(page: Page) {
	const { violations } = await new AxeBuilder({ page }).analyze()
	expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}

/** Goes there by keyboard, and counts the clicks that it gets from then on. */
async function focusOrders(page: Page) {
	for (let steps = 0; steps < 20; steps++) {
		await page.keyboard.press('Tab')
		if (await ordersLink(page).evaluate(link => link === document.activeElement)) break
	}
	await expect(ordersLink(page)).toBeFocused()
	await page.evaluate(() => {
		window.clicksBeneath = 0
		document.querySelector('#root')?.addEventListener('click', () => {
			window.clicksBeneath += 1
		})
	})
}

const clicksBeneath = (page: Page) => page.evaluate(() => window.clicksBeneath)

test.describe('nearly always announced', () => {
	test.use(idle(124_000, 120_000))

	for (const key of ['Enter', 'Space', 'Escape']) {
		test(`by keyboard: ${key} stays, the focus is back where it was, and nothing beneath was pressed (WCAG 2.2.1, 2.4.3)`, async ({
			page,
			demo,
		}) => {
			await signIn(page, demo)
			await focusOrders(page)
			await expect(stayButton(page)).toBeFocused()
			const { idle: before = 0 } = await page.evaluate(() => window.session.getDeadlines())
			await press(page, key)
			await expect(warningOf(page)).toBeHidden()
			await expect(ordersLink(page)).toBeFocused()
			const { idle: after = 0 } = await page.evaluate(() => window.session.getDeadlines())
			expect(after).toBeGreaterThan(before)
			expect(await clicksBeneath(page)).toBe(0)
			expect(new URL(page.url()).pathname).toBe('/')
			// And again: one Escape after the other does not close what must not be lost.
			await expect(stayButton(page)).toBeFocused()
			await press(page, key)
			await expect(warningOf(page)).toBeHidden()
		})
	}

	test('by keyboard: Tab leads to "Sign out now", and Enter signs out, though the first key was activity', async ({ page, demo }) => {
		await signIn(page, demo)
		await focusOrders(page)
		await expect(stayButton(page)).toBeFocused()
		await press(page, 'Tab')
		await expect(signOutButton(page)).toBeFocused()
		await pause(DOWN_MS * 3)
		await press(page, 'Enter')
		await expectWelcome(page)
		await expect(endReason(page)).toContainText('signed out')
		await expect(page.getByRole('alertdialog')).toHaveCount(0)
	})

	test('by mouse: the dialog waits for a hand that is on its way to a button', async ({ page, demo }) => {
		await signIn(page, demo)
		await focusOrders(page)
		await expect(stayButton(page)).toBeFocused()
		const { x, y, width, height } = (await signOutButton(page).boundingBox()) as Box
		await page.mouse.move(5, 5)
		await expect(warningOf(page).getByText('You are still signed in.').first()).toBeVisible()
		await page.mouse.move(x + width / 2, y + height / 2, { steps: 20 })
		await page.mouse.down()
		await pause(DOWN_MS)
		await page.mouse.up()
		await expectWelcome(page)
		await expect(endReason(page)).toContainText('signed out')
	})

	test('by mouse: a hand that moves elsewhere is let go', async ({ page, demo }) => {
		await signIn(page, demo)
		await expect(warningOf(page)).toBeVisible()
		await page.mouse.move(5, 5)
		await expect(warningOf(page)).toBeHidden()
		expect(await snapshotOf(page)).toMatchObject({ status: 'authenticated', warning: undefined })
	})

	test.describe('by touch', () => {
		test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 700 } })

		test('a button is what is touched, not what lies beneath, though the touch is activity', async ({ page, demo }) => {
			await signIn(page, demo)
			await focusOrders(page)
			await expect(stayButton(page)).toBeVisible()
			await touch(page, stayButton(page))
			await expect(warningOf(page)).toBeHidden()
			expect(await clicksBeneath(page)).toBe(0)
			expect((await snapshotOf(page)).status).toBe('authenticated')

			await expect(signOutButton(page)).toBeVisible()
			await touch(page, signOutButton(page))
			await expectWelcome(page)
			await expect(endReason(page)).toContainText('signed out')
		})
	})

	test('dismissed in one tab it is gone in both, and neither has ended', async ({ context, demo }) => {
		await recordEvents(context)
		const page = await context.newPage()
		await signIn(page, demo)
		const other = await openTab(context, demo)
		await expectSignedIn(other)
		await expect(stayButton(page)).toBeFocused()
		await expect(stayButton(other)).toBeFocused()
		await page.evaluate(() => window.session.stay())
		await Promise.all([page, other].map(tab => expect(warningOf(tab)).toBeHidden({ timeout: 120_000 })))
		expect((await Promise.all([page, other].map(tab => eventsOf(tab, 'ended')))).flat()).toEqual([])
	})

	test("over an application's own modal, and beneath one that opens later, the focus is always where it can be used", async ({
		page,
		demo,
	}) => {
		await signIn(page, demo)
		const openModal = (name: string) =>
			page.evaluate(label => {
				const dialog = document.createElement('dialog')
				dialog.innerHTML = `<label>${label} <input></label>`
				document.body.append(dialog)
				dialog.showModal()
			}, name)
		await openModal('Coupon')
		await expect(page.getByLabel('Coupon')).toBeFocused()
		await expect(stayButton(page)).toBeFocused()
		await page.keyboard.press('Enter')
		await expect(warningOf(page)).toBeHidden()
		await expect(page.getByLabel('Coupon')).toBeFocused()

		await expect(stayButton(page)).toBeFocused()
		await openModal('Address')
		await expect(page.getByLabel('Address')).toBeFocused()
		await page.keyboard.type('Elm Street')
		await expect(page.locator('.tabsession-dialog')).toHaveCount(0)
		await expect(page.getByLabel('Address')).toBeFocused()
		await expect(page.getByLabel('Address')).toHaveValue('Elm Street')
	})
})

test.describe('announced for a short while', () => {
	test.use(idle(8000, 5000))

	test('its opening is no activity, though the pointer rests where it opens', async ({ page, demo }) => {
		await recordEvents(page)
		await signIn(page, demo)
		const { width, height } = page.viewportSize() as { width: number; height: number }
		await page.mouse.move(width / 2, height / 2)
		await expect(stayButton(page)).toBeFocused()
		await expect(endReason(page)).toContainText('away for a while', { timeout: 120_000 })
		expect(await eventsOf(page, 'warned')).toHaveLength(1)
		await expect(page.getByRole('alertdialog')).toHaveCount(0)
	})
})

test.describe('in a hidden tab', () => {
	test.use(idle(40_000, 36_000))

	const titleOf = (tab: RawTab) => tab.evaluate<string>('document.title')

	test('the title tells of the end until somebody looks, and is then what it was', async ({ rawTabs, demo }) => {
		const tab = await rawTabs.open(`${demo.shop}/orders`)
		const has = (expression: string) => expect.poll(() => tab.evaluate<boolean>(expression).catch(() => false)).toBe(true)
		await has(`!!document.querySelector('button[value=ada]')`)
		await tab.evaluate(`document.querySelector('button[value=ada]').click()`)
		await has(`document.title === 'Your orders · Paperlane'`)
		const front = await rawTabs.open('about:blank')
		await front.activate()
		await has('document.hidden')
		await expect.poll(() => titleOf(tab)).toMatch(/^\d+ seconds left – your session is about to end$/)
		const first = await titleOf(tab)
		await expect.poll(() => titleOf(tab)).not.toBe(first)
		await tab.activate()
		await has('!document.hidden')
		await expect.poll(() => titleOf(tab)).toBe('Your orders · Paperlane')
		expect(await tab.evaluate<string>('session.getSnapshot().status')).toBe('authenticated')
	})
})

test.describe('announced for long', () => {
	// Six looks at everything take a while; and to scroll in the dialog, as a look at a small screen has to, is activity.
	test.use({ demoOptions: { sessionOptions: { idle: { timeout: 303_000, warnBefore: 300_000, continueOn: 'confirm' } } } })

	const looks = [
		{ name: 'light', media: { colorScheme: 'light' } },
		{ name: 'dark', media: { colorScheme: 'dark' } },
		{ name: 'forced colours', media: { forcedColors: 'active' } },
		{ name: 'forced colours, dark', media: { forcedColors: 'active', colorScheme: 'dark' } },
		{ name: 'narrow', media: {}, viewport: { width: 320, height: 640 } },
		// A window of 1280 by 1024 CSS pixels (WCAG 2.2, 1.4.10).
		{ name: 'at 400 %', media: {}, viewport: { width: 320, height: 256 } },
	] as const

	test('axe-core finds nothing, nor does the content security policy, in any look', async ({ page, demo }) => {
		await page.addInitScript(() => {
			window.forbidden = []
			document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
				window.forbidden.push(`${violatedDirective} ${blockedURI}`),
			)
		})
		await signIn(page, demo)
		await expect(stayButton(page)).toBeFocused()
		const { width = 0, height = 0 } = page.viewportSize() ?? {}
		for (const { name, media, ...rest } of looks) {
			await test.step(name, async () => {
				await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', ...media })
				await page.setViewportSize({ width, height, ...('viewport' in rest && rest.viewport) })
				await expectClean(page)
				expect(await page.evaluate(() => window.forbidden)).toEqual([])
				const box = await warningOf(page).evaluate(({ scrollWidth, clientWidth, offsetLeft, offsetTop }: HTMLElement) => ({
					isWhole: scrollWidth <= clientWidth,
					isInside: offsetLeft > 0 && offsetTop > 0,
				}))
				expect(box, 'what can be seen of the dialog').toEqual({ isWhole: true, isInside: true })
				for (const button of await warningOf(page).getByRole('button').all()) {
					await button.scrollIntoViewIfNeeded()
					await expect(button).toBeInViewport({ ratio: 1 })
					const target = await button.boundingBox()
					expect(Math.min(target?.width ?? 0, target?.height ?? 0), 'size of a target').toBeGreaterThanOrEqual(44)
				}
			})
		}
		expect(await page.evaluate(() => document.adoptedStyleSheets.length)).toBe(1)
		await page.keyboard.press('Enter')
		await expect(warningOf(page)).toBeHidden()
		expect(await page.evaluate(() => document.adoptedStyleSheets.length)).toBe(0)
	})
})

test.describe('at the end of the lifetime', () => {
	// Time enough to be in the page before it is announced, which no activity puts off.
	test.use({ demoOptions: { sessionOptions: { idle: false, lifetime: { timeout: 90_000, warnBefore: 66_000 } } } })

	test('Escape leaves the page to the user, who signs in again when asked once more', async ({ page, demo }) => {
		await signIn(page, demo)
		await focusOrders(page)
		const heading = page.getByRole('heading', { name: 'Your session is about to end' })
		await expect(heading).toBeFocused({ timeout: 120_000 })
		await expectClean(page)
		// A key that was meant for the page.
		await press(page, 'Enter')
		await press(page, 'Escape')
		await expect(warningOf(page)).toBeHidden()
		await expect(ordersLink(page)).toBeFocused()
		expect(await clicksBeneath(page)).toBe(0)

		await expect(heading).toBeFocused()
		await warningOf(page).getByRole('button', { name: 'Sign in again' }).click()
		await expect(page.getByText('confirm who you are')).toBeVisible()
	})
})

test('the welcome page says how long a session may last (WCAG 2.2.6)', async ({ page, demo }) => {
	for (const site of [demo.shop, demo.admin]) {
		await page.goto(site)
		await expect(
			page.getByText('For your security you are signed out after 30 minutes without activity, and after 12 hours in any case.'),
		).toBeVisible()
	}
})
