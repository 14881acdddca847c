// Waiting for a window in which the user signs in. In a chunk of its own: only a popup needs it.

import { SessionError } from '../errors.ts'
import { bounded, pause } from '../local/bounded.ts'
import type { SignInResponse } from '../local/response.ts'
import type { Tab } from '../local/tab.ts'
import type { Popup } from '../platform/ports.ts'
import { requestOf } from '../policy/sign-in.ts'
import type { Context } from './context.ts'

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
	let isOver = false
	popup.go(url)
	const closed = new Promise<never>((_resolve, reject) => {
		const look = () => {
			if (isOver) return
			if (popup.isLeft()) reject(new SessionError('popup_closed'))
			else clock.after(LOOK_MS, look)
		}
		clock.after(LOOK_MS, look)
	})
	const settled = answeredElsewhere(tab, state, () => isOver).then(() => undefined)
	try {
		return await bounded(clock, LIMIT_MS, Promise.race([arrival.response, closed, settled]), 'popup')
	} finally {
		isOver = true
		arrival.stop()
		popup.close()
		tab.settle()
	}
}

/** Another page has exchanged the response, and what came of it is in the record. */
async function answeredElsewhere(tab: Tab, state: string, isOver: () => boolean): Promise<void> {
	const request = () => requestOf(tab.view.record, state)
	await tab.until(() => isOver() || request()?.secret === undefined)
	await Promise.race([tab.until(() => isOver() || request()?.outcome !== 'answered'), pause(tab.platform.clock, BEGIN_MS)])
}
