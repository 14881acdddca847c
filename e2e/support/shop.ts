// What a user does in the sample site and at the provider, and what the site knows of the session.
import { type BrowserContext, expect, type Page } from '@playwright/test'
import type { SessionErrorCode, SessionManager, Snapshot } from '@tabsession/core'
import type { Demo } from '@tabsession/demo'

declare global {
	interface Window {
		/** The sample site puts it there. */
		session: SessionManager
	}
}

type Name = 'Ada' | 'Grace' | 'Alan' | 'Katherine'

/** Picks a user on the provider's page. */
export async function pick(page: Page, name: Name) {
	await page.getByRole('button', { name: new RegExp(`^${name} `) }).click()
}

/** Opens the site and signs in, as a visitor would. */
export async function signIn(page: Page, demo: Demo, name: Name = 'Ada', path = '/') {
	await page.goto(demo.shop + path)
	if (new URL(path, demo.shop).pathname === '/') await signInButton(page).click()
	await pick(page, name)
	await expectSignedIn(page, name)
}

/** Another tab of the same browser. */
export async function openTab(context: BrowserContext, demo: Demo, path = '/'): Promise<Page> {
	const page = await context.newPage()
	await page.goto(demo.shop + path)
	return page
}

export const signInButton = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true })
export const warningOf = (page: Page) => page.getByRole('alertdialog', { name: /still there|about to end/ })
export const trouble = (page: Page) => page.getByTestId('session-error')
export const tryAgain = (page: Page) => trouble(page).getByRole('button', { name: 'Try again' })
export const endReason = (page: Page) => page.getByTestId('end-reason')

export const expectSignedIn = (page: Page, name: Name = 'Ada') => expect(page.getByTestId('user-name')).toContainText(name)
export const expectWelcome = (page: Page) => expect(page.getByRole('heading', { name: 'Sign in once' })).toBeVisible()

export async function expectTrouble(page: Page, code: SessionErrorCode) {
	await expect(trouble(page).locator('code')).toHaveText(code)
}

export interface Shown {
	readonly status: Snapshot['status']
	readonly user: string | undefined
	readonly reason: string | undefined
	readonly by: string | undefined
	readonly renewal: string | undefined
	readonly warning: string | undefined
	readonly code: SessionErrorCode | undefined
	readonly retryable: boolean | undefined
}

/** The present snapshot, in plain values. */
export const snapshotOf = (page: Page): Promise<Shown> =>
	page.evaluate(() => {
		const snapshot = window.session.getSnapshot()
		const { status, user, error } = snapshot
		const { reason, by, renewal, warning } = { reason: undefined, by: undefined, renewal: undefined, warning: undefined, ...snapshot }
		return { status, user: user?.name, reason, by, renewal, warning, code: error?.code, retryable: error?.retryable }
	})

/** A valid token, or the code of the error that stood in the way. */
export const tokenOf = (page: Page): Promise<string> =>
	page.evaluate(() =>
		window.session.getAccessToken().catch((error: Error & { code?: string }) => error.code ?? `${error.name}: ${error.message}`),
	)

/** Status of a call to the API with the session's `fetch`. */
export const callApi = (page: Page, demo: Demo): Promise<number> =>
	page.evaluate(async url => (await window.session.fetch(url)).status, `${demo.api}/api/orders`)

/** ms until the access token expires; negative once it has. */
export const tokenLeft = (page: Page): Promise<number> =>
	page.evaluate(() => {
		const { accessToken = Number.NaN, now } = window.session.getDeadlines()
		return accessToken - now
	})

/**
 * Waits for the lazy chunk, where the pages' clock is a test's: the load of a page counts as activity when the chunk is there, and an idle
 * callback loads it. The clock goes on by a second.
 */
export async function loadLazyChunk(context: BrowserContext) {
	await context.clock.fastForward(1000)
	for (const page of context.pages()) await page.evaluate(() => window.session?.stay())
}

/** A visible sign of life of the user. */
export const wiggle = (page: Page) => page.mouse.move(Math.random() * 300, Math.random() * 300)

/** The `sub` that a request was made for; `undefined` if it bears no token. */
export function subOf(authorization: string | undefined): string | undefined {
	const payload = authorization?.split('.')[1]
	return payload ? JSON.parse(Buffer.from(payload, 'base64url').toString()).sub : undefined
}
