import { check, openPages, steady } from '@tabsession/bench'
import { signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

// No renewal meanwhile.
test.use({ demoOptions: { accessTokenSeconds: 3600 } })

/** What both listen to. */
const EVENTS = ['pointermove', 'mousemove', 'keydown', 'wheel']

test('an event of a user costs at most twice a listener that does nothing, and a tenth of react-idle-timer with crossTab (P24)', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	await page.close()
	const pages = await openPages(context, demo)
	const since = Date.now()
	const costs = await steady(pages, EVENTS)
	console.log(`ns beyond the dispatch of ${EVENTS}: ${JSON.stringify(costs)}`)
	expect(costs.tabsession).toBeLessThanOrEqual(2 * costs['no-op'])
	expect(10 * costs.tabsession).toBeLessThanOrEqual(costs['react-idle-timer'])
	// Cheap, and awake.
	await check(pages, since)
})
