// Sign-in in a popup of a page that another site embeds, where the browser partitions storage and channels by the embedding site.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BrowserContext, chromium, type Frame } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { launchOptions } from '../support/browser.ts'
import { expectWelcome, pick } from '../support/shop.ts'
import { test as base, expect } from '../support/test.ts'

interface Embedded {
	readonly context: BrowserContext
	/** The shop in a page of another site. */
	readonly frame: Frame
}

/** Playwright switches the partitions off. What an embedded page asks of this machine, the browser would ask the user about. */
const args = launchOptions.args.map(arg => arg.replace('ThirdPartyStoragePartitioning', 'LocalNetworkAccessChecks'))

/** The sample site forbids every page to embed it. */
async function allowEmbedding(context: BrowserContext, demo: Demo) {
	await context.route(`${demo.shop}/**`, async route => {
		if (!route.request().isNavigationRequest()) return route.fallback()
		const response = await route.fetch({ maxRedirects: 0 })
		const { 'content-security-policy': _, 'x-frame-options': __, ...headers } = response.headers()
		await route.fulfill({ response, headers })
	})
}

const test = base.extend<{ embedded: Embedded }>({
	embedded: async ({ demo }, use) => {
		const embedder = createServer((_request, response) => {
			response.setHeader('Content-Type', 'text/html').end(`<!doctype html><iframe src="${demo.shop}" width="900" height="600"></iframe>`)
		})
		await new Promise<void>(resolve => embedder.listen(0, '127.0.0.1', resolve))
		const browser = await chromium.launch({ ...launchOptions, args })
		const context = await browser.newContext()
		await allowEmbedding(context, demo)
		const page = await context.newPage()
		await page.goto(`http://127.0.0.1:${(embedder.address() as AddressInfo).port}/`)
		await use({ context, frame: page.frames()[1] as Frame })
		await browser.close()
		embedder.close()
	},
})

for (const callbackPage of [true, false]) {
	test.describe(callbackPage ? 'with a callback page' : 'where the application boots at the redirect URI', () => {
		test.use({ demoOptions: { callbackPage } })

		test('a popup signs the embedded page in, and closes by itself (I10)', async ({ embedded, demo }) => {
			const { context, frame } = embedded
			const opened = context.waitForEvent('page')
			await frame.getByRole('button', { name: 'In a window of its own' }).click()
			const popup = await opened
			const closed = popup.waitForEvent('close')
			await pick(popup, 'Ada')
			await closed
			await expect(frame.getByTestId('user-name')).toContainText('Ada')
			expect(demo.counts).toMatchObject({ code: 1 })
			// The storage is another one indeed.
			const page = await context.newPage()
			await page.goto(demo.shop)
			await expectWelcome(page)
		})
	})
}
