// Who is signed in, and the way out.
import { useSession, useSessionManager } from '@tabsession/react'

export function Account() {
	const name = useSession(snapshot => (snapshot.status === 'authenticated' ? (snapshot.user.name ?? snapshot.user.sub) : undefined))
	const { signOut } = useSessionManager()
	if (name === undefined) return null
	return (
		<div className="account">
			<span className="avatar" aria-hidden="true">
				{name
					.split(' ')
					.map(word => word.charAt(0))
					.join('')}
			</span>
			<span className="account-name" data-testid="user-name">
				{name}
			</span>
			<button type="button" className="plain" onClick={() => void signOut()}>
				Sign out
			</button>
		</div>
	)
}
