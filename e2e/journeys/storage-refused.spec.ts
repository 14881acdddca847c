// A browser that refuses storage and what goes with it: by scripts that stand in its way, and by Chromium's own setting.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'
import { eventsOf, recordEvents } from '../support/events.ts'
import { callApi, expectSignedIn, expectTrouble, expectWelcome, pick, signInButton, snapshotOf } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

/** As the engines refuse where all cookies are blocked: Chromium's IndexedDB and Web Locks, Firefox's BroadcastChannel. */
function refuseStorage({ withChannel }: { readonly withChannel: boolean }) {
	const denied = () => new DOMException('Access is denied for this document.', 'SecurityError')
	const refuse = () => {
		throw denied()
	}
	for (const area of ['localStorage', 'sessionStorage']) Object.defineProperty(window, area, { get: refuse })
	IDBFactory.prototype.open = () => {
		const request = Object.assign(new EventTarget(), { error: new DOMException('', 'UnknownError'), onerror() {} })
		setTimeout(() => request.onerror())
		return request as unknown as IDBOpenDBRequest
	}
	LockManager.prototype.request = () => Promise.reject(denied())
	if (!withChannel)
		Object.assign(window, {
			BroadcastChannel: function refused() {
				refuse()
			},
		})
}

const inWindow = (page: Page) => page.getByRole('button', { name: 'In a window of its own' })

async function signInByPopup(page: Page) {
	const opened = page.waitForEvent('popup')
	await inWindow(page).click()
	const popup = await opened
	const closed = popup.waitForEvent('close')
	await pick(popup, 'Ada')
	await closed
}

test('all storage is refused: the page starts in memory mode, and a popup signs in, renews and signs out', async ({
	page,
	context,
	demo,
}) => {
	await context.addInitScript(refuseStorage, { withChannel: true })
	await recordEvents(page)
	await page.goto(demo.shop)
	await expectWelcome(page)
	expect(await eventsOf(page, 'memoryMode')).toHaveLength(1)
	await signInByPopup(page)
	await expectSignedIn(page)
	await page.evaluate(() => window.session.renew())
	expect(await callApi(page, demo)).toBe(200)
	expect(demo.counts).toMatchObject({ code: 1, refresh: 1, reuse: 0 })
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
})

for (const withChannel of [true, false]) {
	test(`all storage is refused: a redirect sign-in is refused before the page is left (channel: ${withChannel})`, async ({
		page,
		context,
		demo,
	}) => {
		await context.addInitScript(refuseStorage, { withChannel })
		await page.goto(demo.shop)
		await expectWelcome(page)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'no-session', code: undefined })
		await signInButton(page).click()
		await expectTrouble(page, 'storage_unavailable')
		await expect(page).toHaveURL(`${demo.shop}/`)
		expect(demo.counts.code).toBe(0)
	})
}

/** What Chromium says for web storage, IndexedDB and Web Locks. */
async function whatIsRefused(): Promise<readonly string[]> {
	const nameOf = (error: unknown) => (error as Error).name
	const opening = new Promise<void>((resolve, reject) => {
		const request = indexedDB.open('probe')
		request.onsuccess = () => resolve()
		request.onerror = () => reject(request.error)
	})
	const named = (work: Promise<unknown>) => work.then(() => 'granted', nameOf)
	const reading = Promise.resolve().then(() => localStorage.length)
	return Promise.all([named(reading), named(opening), named(navigator.locks.request('probe', () => {}))])
}

/** A page of a Chromium whose setting blocks all cookies of `origin`, and with them its storage. The provider keeps its own, or no sign-in could succeed there. */
async function withBlockedCookies(origin: string, run: (page: Page) => Promise<void>) {
	const profile = await mkdtemp(join(tmpdir(), 'tabsession-'))
	await mkdir(join(profile, 'Default'))
	const preferences = { profile: { content_settings: { exceptions: { cookies: { [`${origin},*`]: { setting: 2 } } } } } }
	await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
	const context = await chromium.launchPersistentContext(profile, launchOptions)
	try {
		await run(await context.newPage())
	} finally {
		await context.close()
		await rm(profile, { recursive: true, force: true })
	}
}

test('Chromium blocks the cookies of the application: the page starts in memory mode, refuses to leave for a sign-in, and a popup signs in', async ({
	demo,
}) => {
	await withBlockedCookies(demo.shop, async page => {
		await recordEvents(page)
		await page.goto(demo.shop)
		await expectWelcome(page)
		expect(await page.evaluate(whatIsRefused), 'the setting is in force').toEqual(['SecurityError', 'UnknownError', 'SecurityError'])
		expect(await eventsOf(page, 'memoryMode')).toHaveLength(1)
		expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'no-session', code: undefined })
		await signInButton(page).click()
		await expectTrouble(page, 'storage_unavailable')
		await expect(page).toHaveURL(`${demo.shop}/`)
		await signInByPopup(page)
		await expectSignedIn(page)
		expect(await callApi(page, demo)).toBe(200)
	})
})
