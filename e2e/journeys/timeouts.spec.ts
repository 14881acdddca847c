// The timeouts that a visitor of the sample site sets to seconds, and what holds and ends a session then.
import type { Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import { watchRequests } from '../support/network.ts'
import { expectSignedIn, expectWelcome, openTab, signIn, signInButton, snapshotOf, warningOf, wiggle } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const stayButton = (page: Page) => warningOf(page).getByRole('button', { name: 'Stay signed in' })
const outdated = (page: Page) => page.getByText('Other timeouts were chosen in another tab')
const chosen = (page: Page) => page.getByText('That was chosen here')
const panel = (page: Page) => page.getByRole('region', { name: 'Timeouts' })

const timeoutsOf = (page: Page) => page.evaluate(() => window.session.timeouts)

/** @param choices by the names of the fields */
async function choose(page: Page, choices: Readonly<Record<string, string>>) {
	for (const [name, value] of Object.entries(choices)) await panel(page).getByRole('combobox', { name }).selectOption(value)
	await panel(page).getByRole('button', { name: 'Apply' }).click()
	await expect(chosen(page)).toBeVisible()
	await expectSignedIn(page)
}

test('set to seconds, all tabs go by them once they are reloaded, and the dialog comes in each', async ({ page, context, demo }) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo, '/session')
	await expectSignedIn(other)
	await choose(page, { 'Idle timeout': '20s', 'Warning ahead': '15s', Lifetime: '5m' })
	expect(await timeoutsOf(page)).toEqual({ idle: 20_000, lifetime: 300_000 })

	// What may have been typed there stays, until its user says so.
	await expect(outdated(other)).toBeVisible()
	expect(await timeoutsOf(other)).toEqual({ idle: 1_800_000, lifetime: 43_200_000 })
	await other.getByRole('button', { name: 'Reload' }).click()
	await expect(chosen(other)).toBeVisible()
	expect(await timeoutsOf(other)).toEqual({ idle: 20_000, lifetime: 300_000 })

	for (const tab of [page, other]) await expect(stayButton(tab)).toBeFocused()
	await page.keyboard.press('Enter')
	for (const tab of [page, other]) await expect(warningOf(tab)).toBeHidden()

	await page.getByRole('button', { name: 'Back to normal' }).first().click()
	await expect(chosen(page)).toHaveCount(0)
	await expect.poll(() => timeoutsOf(page)).toEqual({ idle: 1_800_000, lifetime: 43_200_000 })
	await expect(outdated(other)).toBeVisible()
})

test('a preset is a choice too', async ({ page, demo }) => {
	await signIn(page, demo)
	await choose(page, { Preset: 'owaspHighValue' })
	expect(await timeoutsOf(page)).toEqual({ idle: 300_000, lifetime: 14_400_000 })
})

test('where a confirmation is asked for, a moving mouse dismisses nothing, and "Stay signed in" does, in both tabs', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	await choose(page, { 'Idle timeout': '20s', 'Warning ahead': '15s', 'Continue on': 'confirm' })
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	for (const tab of [page, other]) await expect(stayButton(tab)).toBeFocused()
	const { idle: before = 0 } = await page.evaluate(() => window.session.getDeadlines())

	const since = performance.now()
	const moved = async () => {
		await wiggle(page)
		return performance.now() - since
	}
	await expect.poll(moved, { intervals: [250] }).toBeGreaterThan(3000)
	for (const tab of [page, other]) await expect(warningOf(tab)).toBeVisible()
	expect((await page.evaluate(() => window.session.getDeadlines())).idle).toBe(before)

	await stayButton(other).click()
	for (const tab of [page, other]) await expect(warningOf(tab)).toBeHidden()
	expect((await page.evaluate(() => window.session.getDeadlines())).idle).toBeGreaterThan(before)
})

test.describe('idle after sixteen seconds', () => {
	test.use({ demoOptions: { sessionOptions: { idle: { timeout: 16_000, warnBefore: 12_000 } } } })

	test('an upload keeps the warning away in all tabs, and it comes once that is over (I5)', async ({ page, context, demo }) => {
		await recordEvents(context)
		const other = await openTab(context, demo)
		await signIn(page, demo)
		await expectSignedIn(other)
		const upload = page.getByRole('button', { name: 'Pretend an upload' })
		await upload.click()
		await expect(page.getByText('Nobody is idle as long as this goes on: upload.')).toBeVisible()
		const warnings = await eventsOf(other, 'warned')
		const since = performance.now()
		await expect.poll(() => performance.now() - since, { timeout: 120_000 }).toBeGreaterThan(18_000)
		for (const tab of [page, other]) expect(await snapshotOf(tab)).toMatchObject({ status: 'authenticated', warning: undefined })
		expect(await eventsOf(other, 'warned')).toEqual(warnings)

		await page.getByRole('button', { name: 'Stop the upload' }).click()
		await expect(page.getByText('Nobody is idle')).toHaveCount(1)
		for (const tab of [page, other]) await expect(stayButton(tab)).toBeFocused()
	})
})

test('an idle end may end the provider’s session too: one tab goes there and comes back, and the provider knows nobody any more', async ({
	page,
	context,
	demo,
}) => {
	demo.setSessionOptions({ idle: { timeout: 20_000, warnBefore: 5000, signOutAt: 'provider' } })
	const visits = watchRequests(
		context,
		(url, request) => url.href.startsWith(`${demo.provider}/session/end?`) && request.isNavigationRequest(),
	)
	const other = await openTab(context, demo)
	await signIn(page, demo)
	await expectSignedIn(other)
	for (const tab of [page, other]) {
		await expectWelcome(tab)
		await expect(tab).toHaveURL(`${demo.shop}/`)
	}
	await expect.poll(() => visits.length).toBe(1)
	await expect.poll(() => demo.counts.grantsRevoked).toBeGreaterThan(0)

	await signInButton(other).click()
	await expect(other.getByText('Pick who you want to be.')).toBeVisible()
})
