import { type Frame, framesOf, recordFrames } from '../support/frames.ts'
import { isCallback, watchRequests } from '../support/network.ts'
import { expectSignedIn, openTab, signIn } from '../support/shop.ts'
import { expect, test } from '../support/test.ts'

const isSignedIn = ({ status, text }: Frame) => status === 'authenticated' && text.includes('Ada Lovelace')

test('a reload shows the user in its very first frame and never a loading or a signed-out one (P23)', async ({ page, demo }) => {
	await signIn(page, demo)
	await recordFrames(page)
	await page.reload()
	await expectSignedIn(page)
	// The record has confirmed the first frame's word by now, and that has been drawn too.
	await page.evaluate(() => window.session.getAccessToken())
	await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
	const frames = await framesOf(page)
	expect(frames.filter(frame => !isSignedIn(frame))).toEqual([])
	expect(frames.length).toBeGreaterThan(0)
})

test('a tab opened later is signed in at once, without a visit to the provider', async ({ page, context, demo }) => {
	await signIn(page, demo)
	await openTab(context, demo)
	await recordFrames(context)
	const visits = watchRequests(context, url => url.origin === demo.provider || isCallback(url))
	const third = await openTab(context, demo, '/orders')
	await expectSignedIn(third)
	await expect(third.getByTestId('orders')).toBeVisible()
	expect((await framesOf(third)).filter(frame => !isSignedIn(frame))).toEqual([])
	expect(visits.map(request => request.url())).toEqual([])
	expect(demo.counts).toMatchObject({ code: 1, refresh: 0 })
})
