// Waiting for a window in which the user signs in. In a chunk of its own: only a popup needs it.

import { SessionError } from '../errors.ts'
import { bounded } from '../local/bounded.ts'
import type { SignInResponse } from '../local/response.ts'
import { schedule } from '../local/schedule.ts'
import type { Tab } from '../local/tab.ts'
import type { Popup } from '../platform/ports.ts'
import { requestOf } from '../policy/sign-in.ts'
import type { Context } from './context.ts'
import { within } from './wait.ts'

/** ms that a user may take. */
const LIMIT_MS = 600_000

/** ms between two looks at whether the window is still there. */
const LOOK_MS = 300

/** ms that the page which has exchanged the response has for the session to begin: to close it sooner would lose the tokens. */
const BEGIN_MS = 5000

/**
 * Shows the user the authorization request in `popup`.
 * @returns its response; `undefined` where another page has answered it, as one at the redirect URI that boots the application
 * @throws SessionError `popup_closed`, `timeout`
 */
export async function responseOfPopup(context: Context, popup: Popup, url: string, state: string): Promise<SignInResponse | undefined> {
	const { tab, arrivals, platform } = context
	const { clock } = tab.platform
	const arrival = arrivals.expect(state, platform.lineTo(popup))
	const over = new AbortController()
	let cancel = () => {}
	popup.go(url)
	const closed = new Promise<never>((_resolve, reject) => {
		const look = () => {
			if (popup.isLeft()) reject(new SessionError('popup_closed'))
			else cancel = schedule(tab, LOOK_MS, look)
		}
		cancel = schedule(tab, LOOK_MS, look)
	})
	const settled = answeredElsewhere(tab, state, over.signal).then(() => undefined)
	try {
		return await bounded(clock, LIMIT_MS, Promise.race([arrival.response, closed, settled]), 'popup')
	} finally {
		cancel()
		over.abort()
		arrival.stop()
		popup.close()
	}
}

/** Another page has exchanged the response, and what came of it is in the record. */
async function answeredElsewhere(tab: Tab, state: string, signal: AbortSignal): Promise<void> {
	const request = () => requestOf(tab.view.record, state)
	await tab.until(() => request()?.secret === undefined, signal)
	// Where no session begins in time, the record tells so.
	await within(tab, BEGIN_MS, () => request()?.outcome !== 'answered', 'popup', signal).catch(() => {})
}
