// The fixtures of every journey: a whole demo of its own for each test, and no error that nobody caught.
import { test as base } from '@playwright/test'
import { type Demo, type DemoOptions, startDemo } from '@tabsession/demo'

export { expect } from '@playwright/test'

interface Fixtures {
	/** `test.use({ demoOptions: { ... } })` */
	readonly demoOptions: DemoOptions
	readonly demo: Demo
	/** What pages threw and nobody caught; a test that expects some takes it out of here. */
	readonly uncaught: Error[]
}

/** Any free ports, so that workers do not meet. */
const ports = { shop: 0, api: 0, provider: 0 }

export const test = base.extend<Fixtures>({
	demoOptions: [{}, { option: true }],
	demo: async ({ demoOptions }, use) => {
		const demo = await startDemo({ ports, ...demoOptions })
		await use(demo)
		await demo.stop()
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
