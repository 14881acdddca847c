// Somebody else has signed in in another tab: nothing of the previous user's is shown until that is accepted.
import type { User } from '@tabsession/core'
import { useSessionManager } from '@tabsession/react'
import { PageHeading } from '../page-heading.tsx'

const nameOf = (user: User) => user.name ?? user.sub

interface UserChangedProps {
	readonly previousUser: User
	readonly user: User
	readonly accept: () => void
}

export function UserChanged({ previousUser, user, accept }: UserChangedProps) {
	const { signOut } = useSessionManager()
	return (
		<div className="welcome" role="alert" data-testid="user-changed">
			<PageHeading title="Somebody else signed in">{nameOf(user)} signed in</PageHeading>
			<p>
				This tab was <strong>{nameOf(previousUser)}</strong>’s. In another tab, <strong>{nameOf(user)}</strong> has signed in since. What
				was open here is put away.
			</p>
			<div className="choices">
				<button type="button" className="primary" onClick={accept}>
					Continue as {nameOf(user)}
				</button>
				<button type="button" onClick={() => void signOut()}>
					Sign out
				</button>
			</div>
		</div>
	)
}
