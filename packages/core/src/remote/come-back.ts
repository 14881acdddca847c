// A call made while nobody is signed in, for the session could not be renewed: it waits for its user.
import { SessionError } from '../errors.ts'
import { isSameUser } from '../policy/record.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Context } from './context.ts'
import { within } from './wait.ts'

/** Ends that nobody meant: the user who comes back by a sign-in goes on where they were. */
const UNMEANT = /^(renewal-rejected|interaction-required|expired|invalid-tokens)$/

const isWaiting = (snapshot: Snapshot) =>
	/^(loading|checking)$/.test(snapshot.status) || (snapshot.status === 'unauthenticated' && UNMEANT.test(snapshot.reason))

/**
 * Returns once the same user is back.
 * @param error what the call fails with otherwise
 * @param signal of the call, which waits no longer once it is aborted
 * @throws SessionError `error`, or `user_changed` if another user came (I9)
 */
export async function comeBack({ tab }: Context, error: SessionError, signal: AbortSignal): Promise<void> {
	const { accepted } = tab.view
	const { waitForSignInMs } = tab.config
	if (!waitForSignInMs || !accepted || error.code !== 'not_authenticated' || !isWaiting(tab.settle())) throw error
	await within(tab, waitForSignInMs, snapshot => !isWaiting(snapshot), 'sign-in', signal).catch(() => Promise.reject(error))
	if (tab.getSnapshot().status === 'unauthenticated') throw error
	if (!isSameUser(tab.view.accepted, accepted) || tab.getSnapshot().status !== 'authenticated') throw new SessionError('user_changed')
}
