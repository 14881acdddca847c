// The provider's pages in an iframe of the shop, as an application would embed them.
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { isCallback } from './network.ts'

/** Asks the provider in a hidden iframe of the page whether somebody is signed in. @returns what it answers, as parameters */
export async function askSilently(page: Page, demo: Demo): Promise<URLSearchParams> {
	const query = new URLSearchParams({
		client_id: 'shop',
		response_type: 'code',
		redirect_uri: `${demo.shop}/signed-in`,
		scope: 'openid',
		prompt: 'none',
		// Nobody here exchanges the code: the page that it arrives at knows of no such sign-in.
		state: 'asked-by-a-test',
		code_challenge: 'x'.repeat(43),
		code_challenge_method: 'S256',
	})
	const answered = page.waitForRequest(request => isCallback(new URL(request.url())))
	await embed(page, `${demo.provider}/auth?${query}`)
	return new URL((await answered).url()).searchParams
}

/** Puts a hidden iframe into the page, and waits until it has loaded. */
export const embed = (page: Page, address: string) =>
	page.evaluate(
		src =>
			new Promise<void>(resolve => {
				const frame = document.createElement('iframe')
				frame.hidden = true
				frame.onload = () => resolve()
				frame.src = src
				document.body.append(frame)
			}),
		address,
	)

/** What the embedded `check_session_iframe` says to a message (OpenID Connect Session Management 1.0 section 3.1). */
export const checkSession = (page: Page, demo: Demo, message: string) =>
	page.evaluate(
		({ origin, text }) =>
			new Promise<unknown>(resolve => {
				const frame = [...document.querySelectorAll('iframe')].find(one => one.src === `${origin}/session/check`)
				const hear = ({ data, source }: MessageEvent) => {
					if (source !== frame?.contentWindow) return
					removeEventListener('message', hear)
					resolve(data)
				}
				addEventListener('message', hear)
				frame?.contentWindow?.postMessage(text, origin)
			}),
		{ origin: demo.provider, text: message },
	)
