// Sign-in in a window of its own: the page stays, with all that the user has typed. Commits: signInBegun, and those of the answer.
import { SessionError } from '../errors.ts'
import type { Popup } from '../platform/ports.ts'
import { isLiving, type SessionRecord } from '../policy/record.ts'
import { requestOf } from '../policy/sign-in.ts'
import { sessionErrorOf } from '../protocol/http.ts'
import type { SignInOptions } from '../session-manager.ts'
import { answerInPlace } from './answer.ts'
import type { Context } from './context.ts'
import { beginSignIn, paramsOf } from './sign-in.ts'

/**
 * Signs in in `popup`; the page stays as it is.
 * @param answering told of the exchange as it begins
 * @throws SessionError what stands in the way; `popup_closed`, `not_authenticated` where the session that was there has ended meanwhile
 */
export async function signInInPopup(
	context: Context,
	options: SignInOptions,
	popup: Popup,
	answering: (exchange: Promise<void>) => void,
): Promise<void> {
	const { tab, loadPopup, note } = context
	try {
		const { responseOfPopup } = await loadPopup()
		const { url, state } = await beginSignIn(context, { params: paramsOf(context, options), returnTo: options.returnTo, isInPlace: true })
		void note({ kind: 'sign-in-started' })
		const response = await responseOfPopup(context, popup, url, state)
		await tab.awake()
		if (!response) return wasAnswered(await tab.read(), state)
		const exchange = answerInPlace(context, response)
		answering(exchange)
		await exchange
	} catch (error) {
		popup.close()
		const shown = sessionErrorOf(error)
		if (shown.code === 'popup_closed') void note({ kind: 'sign-in-cancelled' })
		// The user has gone on to a sign-in by redirect, or to a sign-out: an error shown now would cancel that.
		throw tab.view.redirecting ? new SessionError('popup_closed', { cause: shown }) : shown
	}
}

/** Another page has taken the response; what came of it is in the record, and why in that page. */
function wasAnswered(record: SessionRecord | undefined, state: string): void {
	if (!isLiving(record) || requestOf(record, state)?.outcome === 'refused') throw new SessionError('sign_in_interrupted')
}
