// Somebody else has signed in in another tab or window: nothing of the previous user's is shown until that is accepted.
import type { User } from '@tabsession/core'
import { useSessionManager } from '@tabsession/react'
import { PageHeading } from './page-heading.tsx'

/** A constant, so that the focus is moved once. */
const focus = (button: HTMLButtonElement | null) => button?.focus()

const nameOf = (user: User) => user.name ?? user.sub

interface UserChangedProps {
	readonly previousUser: User
	readonly user: User
	readonly accept: () => void
}

export function UserChanged({ previousUser, user, accept }: UserChangedProps) {
	const { signOut } = useSessionManager()
	return (
		<div className="welcome" role="alertdialog" aria-labelledby="user-changed" data-testid="user-changed">
			<PageHeading title="Somebody else signed in">
				<span id="user-changed">{nameOf(user)} signed in</span>
			</PageHeading>
			<p>
				This tab was <strong>{nameOf(previousUser)}</strong>’s. Since then <strong>{nameOf(user)}</strong> has signed in, in another tab or
				window. What was open here is put away.
			</p>
			<div className="choices">
				<button type="button" className="primary" ref={focus} onClick={accept}>
					Continue as {nameOf(user)}
				</button>
				<button type="button" onClick={() => void signOut()}>
					Sign out
				</button>
			</div>
		</div>
	)
}
