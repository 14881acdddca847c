// Shows a part of the application to somebody who is signed in, and what stands in its place otherwise.
import type { SessionError, Snapshot } from '@tabsession/core'
import { type ReactNode, useState } from 'react'
import { isUnmeant } from './kept.ts'
import type { RegisteredManager, RegisteredUser } from './register.ts'
import { SignIn } from './sign-in.tsx'
import { Subtree } from './subtree.tsx'
import { Trouble } from './trouble.tsx'
import { useSession } from './use-session.ts'
import { useSessionManager } from './use-session-manager.ts'
import { UserChanged } from './user-changed.tsx'

export interface RequireSessionProps {
	readonly children?: ReactNode
	/** While it is not known whether somebody is signed in, and while the page leaves for the provider. Default: nothing. */
	readonly fallback?: ReactNode
	/**
	 * Where nobody is signed in. Without it the page signs in and comes back; after an end by the user (here or at the provider), idleness
	 * or lifetime it shows a sign-in button instead.
	 */
	readonly signedOut?: ReactNode
	/**
	 * After an end that nobody meant (`renewal-rejected`, `interaction-required`, `expired`, `invalid-tokens`) the children stay mounted, hidden and
	 * inert, so that what was typed is there again once the same user is back. It needs a `signedOut` that does not leave the page: `signIn({ method: 'popup' })`. Default: no.
	 */
	readonly keep?: boolean
	/** Where nobody is signed in and something went wrong. Default: the error's first line, and a button to try again. */
	readonly error?: (error: SessionError, retry: () => void) => ReactNode
	/** Whether this user may see the children. Default: everybody. */
	readonly when?: (user: RegisteredUser) => boolean
	/** In place of the children where `when` says no. Default: nothing. */
	readonly forbidden?: ReactNode
	/** Where another user has signed in in another tab. Default: a question, and a button that accepts. */
	readonly userChanged?: (previousUser: RegisteredUser, user: RegisteredUser, accept: () => void) => ReactNode
}

/**
 * Shows its children while somebody is signed in. While the session is in doubt (`checking`, `redirecting`, `user-changed`) they stay
 * mounted, hidden and inert, so that what was typed survives; when the session has ended (but see `keep`), or another user is accepted, they
 * are unmounted and nothing of the session stays on the page. Never signs in by itself while an `error` is set.
 */
export function RequireSession({ children, ...props }: RequireSessionProps): ReactNode {
	const manager = useSessionManager()
	const snapshot = useSession()
	const [shown, setShown] = useState<string>()
	const sub = subjectShown(snapshot, shown, props)
	if (sub !== shown) setShown(sub)
	return (
		<>
			{sub && (
				<Subtree key={sub} hidden={snapshot.status !== 'authenticated'} keep={!!props.keep}>
					{children}
				</Subtree>
			)}
			{sub && snapshot.status === 'authenticated' ? null : beside(snapshot, manager, props)}
		</>
	)
}

/** Whose children are mounted, given whose were. */
function subjectShown(
	snapshot: Snapshot<RegisteredUser>,
	shown: string | undefined,
	{ when, keep }: RequireSessionProps,
): string | undefined {
	switch (snapshot.status) {
		case 'authenticated':
			// Of several issuers' users the `sub` alone does not say who it is.
			return !when || when(snapshot.user) ? `${snapshot.user.sub} ${snapshot.user['iss']}` : undefined
		case 'loading':
			return undefined
		case 'unauthenticated':
			return keep && isUnmeant(snapshot.reason) ? shown : undefined
		default:
			return shown
	}
}

/** What stands beside hidden children, or in the place of those that are not mounted. */
function beside(snapshot: Snapshot<RegisteredUser>, { acceptUser, retry }: RegisteredManager, props: RequireSessionProps): ReactNode {
	const { fallback, signedOut, error, forbidden, userChanged } = props
	switch (snapshot.status) {
		case 'authenticated':
			return forbidden
		case 'user-changed':
			if (userChanged) return userChanged(snapshot.previousUser, snapshot.user, acceptUser)
			return <UserChanged user={snapshot.user} accept={acceptUser} />
		case 'unauthenticated':
			if (snapshot.error)
				return error ? error(snapshot.error, retry) : <Trouble error={snapshot.error} reason={snapshot.reason} retry={retry} />
			return signedOut === undefined ? <SignIn reason={snapshot.reason} fallback={fallback} /> : signedOut
		default:
			return fallback
	}
}
