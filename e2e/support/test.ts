// The fixtures of every journey: a whole demo of its own for each test, and no error that nobody caught.
import { test as base } from '@playwright/test'
import { type Demo, type DemoOptions, startDemo } from '@tabsession/demo'
import { createRawTabs, type RawTabs } from './raw-tabs.ts'

export { expect } from '@playwright/test'

interface Fixtures {
	/** `test.use({ demoOptions: { ... } })` */
	readonly demoOptions: DemoOptions
	readonly demo: Demo
	/** Tabs that can be frozen; they belong to no context, and are closed in the end. */
	readonly rawTabs: RawTabs
	/** What pages threw and nobody caught; a test that expects some takes it out of here. */
	readonly uncaught: Error[]
}

/** Any free ports, so that workers do not meet. */
const ports = { shop: 0, api: 0, provider: 0, admin: 0 }

export const test = base.extend<Fixtures>({
	demoOptions: [{}, { option: true }],
	demo: async ({ demoOptions }, use) => {
		const demo = await startDemo({ ports, ...demoOptions })
		await use(demo)
		await demo.stop()
	},
	rawTabs: async ({ browser }, use) => {
		const tabs = await createRawTabs(browser)
		await use(tabs)
		await tabs.closeAll()
	},
	uncaught: [
		async ({ context }, use) => {
			const uncaught: Error[] = []
			context.on('weberror', error => uncaught.push(error.error()))
			await use(uncaught)
			base.expect(uncaught, 'errors that nobody caught').toEqual([])
		},
		{ auto: true },
	],
})
