// Says what went wrong where nobody is signed in, and offers what can be done.
import type { EndReason, SessionError } from '@tabsession/core'
import type { ReactNode } from 'react'
import { SignInButton } from './sign-in.tsx'

interface TroubleProps {
	readonly error: SessionError
	readonly reason: EndReason
	readonly retry: () => void
}

export function Trouble({ error, reason, retry }: TroubleProps): ReactNode {
	const [firstLine] = error.message.split('\n')
	return (
		<div role="alert">
			<p>{firstLine}</p>
			{error.retryable ? (
				<button type="button" onClick={retry}>
					Try again
				</button>
			) : (
				<SignInButton reason={reason} />
			)}
		</div>
	)
}
