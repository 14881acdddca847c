// The application at the redirect URI in a popup that another page has opened: where that page has a storage partition of its own, as in a
// frame of another site, the record here does not know the sign-in, and the response goes to the opener.
import { pause } from '../local/pause.ts'
import type { SignInResponse } from '../local/response.ts'
import type { Context } from './context.ts'

/** ms that the opener has to answer. */
const HAND_OVER_MS = 1000

/** Hands a response to the page that opened this window, and closes the window if that page was waiting for it. */
export async function isHandedToOpener({ tab, platform }: Context, { state, code, error, ...more }: SignInResponse): Promise<boolean> {
	const { opener } = platform
	if (!opener) return false
	const { errorDescription: error_description, iss, sessionState: session_state } = more
	const query = new URLSearchParams({ state, code, error, error_description, iss, session_state })
	const taken = new Promise<boolean>(resolve => {
		opener.open(message => (message as { taken?: unknown } | undefined)?.taken === state && resolve(true))
	})
	opener.post({ callback: `?${query}` })
	const isTaken = await Promise.race([taken, pause(tab.platform.clock, HAND_OVER_MS).then(() => false)])
	opener.close()
	if (isTaken) platform.closeWindow()
	return isTaken
}
