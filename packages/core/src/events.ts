// The typed event stream: what happened to the session, as seen from this tab.
import type { Alert } from './alerts.ts'
import type { SessionError, StepUpChallenge } from './errors.ts'
import type { EndReason, User } from './snapshot.ts'

export interface SessionEvents<U extends User = User> {
	/** A session is there: restored, or signed in here or in another tab. */
	authenticated: { readonly user: U }
	/** Fresh tokens were published, by whichever tab. */
	renewed: { readonly by: 'this-tab' | 'other-tab'; readonly generation: number }
	/** A renewal failed for a passing reason and is tried again at `retryAt` (ms since the epoch). */
	renewalFailed: { readonly error: SessionError; readonly retryAt: number }
	/** An end is near; dismissed by activity or `stay()`. */
	warned: { readonly cause: 'idle' | 'lifetime'; readonly deadline: number }
	/**
	 * The session is over; once a tab, whatever the number of tabs that noticed. `revoked: false`: the tab that ended it did not have the
	 * session's key (`storage: 'tabs'`), so its refresh token was not revoked and stays valid at the provider until it expires.
	 */
	ended: { readonly reason: EndReason; readonly by: 'this-tab' | 'other-tab'; readonly at: number; readonly revoked?: false | undefined }
	/** Another user than this tab showed is signed in. */
	userChanged: { readonly previousUser: U; readonly user: U }
	/**
	 * An API wants the user to prove anew, or better, who they are (RFC 9470). A handler that calls `stepUp(challenge, { method: 'popup' })` has the
	 * call to `url` go out again once that is done; else the call fails with `step_up_required`.
	 */
	stepUpRequired: { readonly challenge: StepUpChallenge; readonly url: string }
	/** Something around sign-ins or sessions is not as it should be: in one tab, once an episode. */
	alert: Alert
	/** `getAlerts()` gives another list, in every tab. */
	alertsChanged: Record<never, never>
	/** IndexedDB is not to be had: the session lives in this page alone. */
	memoryMode: Record<never, never>
	/** A session of a newer version of the application is live; this page renews it no more. */
	updateRequired: Record<never, never>
}

export type SessionEventType = keyof SessionEvents

export type SessionEventHandler<T extends SessionEventType, U extends User = User> = (event: SessionEvents<U>[T]) => void
