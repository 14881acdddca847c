import type { Page } from '@playwright/test'
import { eventsOf, recordEvents } from '../support/events.ts'
import { readRecord, recordName, spoilRecord } from '../support/record.ts'
import {
	callApi,
	endReason,
	expectSignedIn,
	expectWelcome,
	openTab,
	pick,
	signIn,
	signInButton,
	snapshotOf,
	tokenOf,
	wiggle,
} from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

test('IndexedDB is blocked: sign-in, API, renewal and sign-out work in memory, and one event says so', async ({ page, demo }) => {
	await page.addInitScript(() => {
		IDBFactory.prototype.open = () => {
			throw new DOMException('The operation is insecure.', 'SecurityError')
		}
	})
	await recordEvents(page)
	await signIn(page, demo, 'Ada', '/orders?x=1#h')
	await expect(page).toHaveURL(`${demo.shop}/orders?x=1#h`)
	await expect(page.getByTestId('orders')).toBeVisible()
	expect(await eventsOf(page, 'memoryMode')).toHaveLength(1)
	await page.evaluate(() => window.session.renew())
	expect(await callApi(page, demo)).toBe(200)
	expect(demo.counts).toMatchObject({ code: 1, refresh: 1, reuse: 0 })
	await page.getByRole('button', { name: 'Sign out', exact: true }).click()
	await expectWelcome(page)
	await expect(page).toHaveURL(`${demo.shop}/`)
	await expect.poll(() => demo.counts.revoked).toBe(1)
})

for (const { what, value } of [
	{ what: 'a text', value: 'garbage' },
	{ what: 'a list', value: [1, 2, 3] },
	{ what: 'an empty object', value: {} },
	{ what: 'a record with nonsense in it', value: { format: 1, revision: 3, id: 'x', sub: 'ada', requests: 'none', living: { tokens: 7 } } },
]) {
	test(`a corrupt record (${what}) reads as signed out, and a sign-in mends it`, async ({ page, demo }) => {
		await signIn(page, demo)
		await page.goto(`${demo.provider}/.well-known/openid-configuration`)
		const helper = await page.context().newPage()
		await helper.goto(`${demo.shop}/paperlane.svg`)
		await spoilRecord(helper, demo, { value })
		await page.goto(demo.shop)
		await expectWelcome(page)
		await signInButton(page).click()
		await expectSignedIn(page)
		expect(await callApi(page, demo)).toBe(200)
		await page.reload()
		await expectSignedIn(page)
	})
}

test('a record of a newer version of the app: this tab says so, hands out nothing, and can still sign out', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	await spoilRecord(other, demo, { change: { format: 99, novelty: { kept: true } }, hint: true })
	const record = await readRecord(page, demo)
	for (const tab of [page, other]) {
		await expect.poll(() => eventsOf(tab, 'updateRequired')).toHaveLength(1)
		expect(await tokenOf(tab)).toBe('update_required')
		await expect(tab.evaluate(() => window.session.renew().catch((error: { code?: string }) => error.code))).resolves.toBe(
			'update_required',
		)
		expect(await eventsOf(tab, 'ended')).toEqual([])
	}
	expect(demo.counts.refresh).toBe(0)
	await wiggle(page)
	expect(await readRecord(page, demo)).toEqual(record)

	await page.getByRole('button', { name: 'Sign out here' }).click()
	for (const tab of [page, other]) await expectWelcome(tab)
	// The newer version finds its own record, ended.
	expect(await readRecord(page, demo)).toMatchObject({ format: 99, novelty: { kept: true }, end: { reason: 'signed-out' } })
})

/** What an application may have put where this package has its own things too, and what it finds there later. */
const fillStorage = (page: Page) =>
	page.evaluate(
		() =>
			new Promise<void>(resolve => {
				for (const storage of [localStorage, sessionStorage]) {
					for (const key of ['cart', 'oidc.user:https://other.example.com:shop', 'oidc.0123456789abcdef', 'tabsession']) {
						storage.setItem(key, `the application's ${key}`)
					}
				}
				const opening = indexedDB.open('application', 3)
				opening.onupgradeneeded = () => opening.result.createObjectStore('sessions').put({ draft: 'unsaved' }, 'one')
				opening.onsuccess = () => {
					opening.result.close()
					resolve()
				}
			}),
	)

const ownStorage = (page: Page) =>
	page.evaluate(
		() =>
			new Promise<string>(resolve => {
				const own = (storage: Storage) => Object.entries(storage).filter(([, value]) => value.startsWith("the application's"))
				const opening = indexedDB.open('application')
				opening.onsuccess = () => {
					const reading = opening.result.transaction('sessions').objectStore('sessions').getAll()
					reading.onsuccess = () => {
						resolve(JSON.stringify([own(localStorage), own(sessionStorage), opening.result.version, reading.result]))
						opening.result.close()
					}
				}
			}),
	)

test('what the application itself keeps in the browser is never touched', async ({ page, demo }) => {
	await page.goto(demo.shop)
	await fillStorage(page)
	const before = await ownStorage(page)
	expect(before).toContain('unsaved')
	await signIn(page, demo)
	await page.evaluate(() => window.session.renew())
	await page.getByRole('button', { name: 'Sign out here' }).click()
	await expectWelcome(page)
	await signInButton(page).click()
	await pick(page, 'Grace')
	await expectSignedIn(page, 'Grace')
	expect(await ownStorage(page)).toBe(before)
	expect(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).sort())).toEqual([
		'application',
		'tabsession',
	])
})

const clearEverything = async (page: Page, origin: string) => {
	const client = await page.context().newCDPSession(page)
	await client.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
}

test('storage that is cleared under a running session ends it in every tab, and says why', async ({ page, context, demo }) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	// As an application does that starts afresh: the open connections make way, or this would hang.
	await page.evaluate(
		() =>
			new Promise<void>((resolve, reject) => {
				const deleting = indexedDB.deleteDatabase('tabsession')
				deleting.onsuccess = () => resolve()
				deleting.onblocked = () => reject(new Error('blocked'))
			}),
	)
	for (const tab of [page, other]) {
		await tab.evaluate(() => dispatchEvent(new Event('focus')))
		await expect(endReason(tab)).toContainText('storage was cleared')
		expect(await eventsOf(tab, 'ended')).toEqual([{ type: 'ended', by: 'other-tab', reason: 'storage-cleared' }])
		expect(await tokenOf(tab)).toBe('not_authenticated')
	}
	expect(await snapshotOf(page)).toMatchObject({ status: 'unauthenticated', reason: 'storage-cleared' })
	expect(await page.evaluate(name => localStorage.getItem(name), recordName(demo))).toBeNull()
	await signInButton(page).click()
	await expectSignedIn(page)
})

test('a browser that clears everything of the site under three running tabs ends the session in each, once, and nothing brings it back (I3, I6, I8)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo)
	const [asking, looking] = [await openTab(context, demo), await openTab(context, demo)]
	const tabs = [page, asking, looking]
	for (const tab of tabs) await expectSignedIn(tab)
	await clearEverything(page, demo.shop)
	// A token in memory is trusted for five seconds; the user comes back to one tab; and one is left to itself: it looks every 30 s.
	await page.evaluate(() => dispatchEvent(new Event('focus')))
	await expect.poll(() => tokenOf(asking)).toBe('not_authenticated')
	for (const tab of tabs) await expect(endReason(tab)).toContainText('storage was cleared', { timeout: 120_000 })
	for (const tab of tabs) {
		await tab.evaluate(() => dispatchEvent(new Event('focus')))
		expect(await tokenOf(tab)).toBe('not_authenticated')
		expect(await eventsOf(tab, 'ended')).toEqual([{ type: 'ended', by: 'other-tab', reason: 'storage-cleared' }])
		expect(await snapshotOf(tab)).toMatchObject({ status: 'unauthenticated', reason: 'storage-cleared' })
	}
	expect((await readRecord(page, demo))?.living).toBeUndefined()
	await signInButton(page).click()
	// The provider's cookies have gone with all others of the host.
	await pick(page, 'Ada')
	for (const tab of tabs) await expectSignedIn(tab)
})

test('storage that is cleared while a renewal is on its way: the answer does not bring the session back (I2, I8)', async ({
	page,
	context,
	demo,
}) => {
	await recordEvents(context)
	await signIn(page, demo)
	const other = await openTab(context, demo)
	await expectSignedIn(other)
	const held = demo.holdRenewal()
	await page.evaluate(() => void window.session.renew().catch(() => {}))
	await held.taken
	await clearEverything(page, demo.shop)
	held.release()
	for (const tab of [page, other]) {
		await tab.evaluate(() => dispatchEvent(new Event('focus')))
		await expect(endReason(tab)).toContainText('storage was cleared')
		expect(await eventsOf(tab, 'ended')).toEqual([{ type: 'ended', by: 'other-tab', reason: 'storage-cleared' }])
		expect(await tokenOf(tab)).toBe('not_authenticated')
	}
	expect((await readRecord(page, demo))?.living).toBeUndefined()
	expect(demo.counts).toMatchObject({ refresh: 1, reuse: 0 })
})
