import { check, each, openPages, type Subject } from '@tabsession/bench'
import { callsFor, countListenerCalls } from '../support/listener-calls.ts'
import { signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

// No renewal meanwhile.
test.use({ demoOptions: { accessTokenSeconds: 3600 } })

/** What a mouse move, a key and a wheel bring: both libraries listen to three of the four. */
const EVENTS = ['pointermove', 'mousemove', 'keydown', 'wheel']
const TIMES = 500

test('calls no listener for the events that follow one in the same second, where react-idle-timer with crossTab has a call for each (P24)', async ({
	page,
	context,
	demo,
}) => {
	await signIn(page, demo)
	await page.close()
	await countListenerCalls(context)
	const pages = await openPages(context, demo)
	const since = Date.now()
	const calls = await each(subject => callsFor(pages[subject], EVENTS, TIMES))
	// Playwright listens too, in every page.
	const own = (subject: Subject) => calls[subject] - calls.nothing
	expect([own('tabsession'), own('no-op'), own('react-idle-timer')]).toEqual([0, 3 * TIMES, 3 * TIMES])
	// They still notice the user.
	await check(pages, since)
})
