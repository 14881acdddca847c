// Why nobody is signed in: what ended the session, or what stands in the way of a sign-in.
import type { SessionError } from '@tabsession/core'
import { useSession } from '@tabsession/react'
import { reasonInWords, troubleInWords } from './words.ts'

function Reason() {
	const why = useSession(snapshot => (snapshot.status === 'unauthenticated' ? reasonInWords(snapshot.reason, snapshot.by) : ''))
	return why ? (
		<p className="notice" role="status" data-testid="end-reason">
			{why}
		</p>
	) : null
}

function Trouble({ error, retry }: { error: SessionError; retry: () => void }) {
	return (
		<div className="notice trouble" role="alert" data-testid="session-error">
			<p>
				{troubleInWords(error)} <code>{error.code}</code>
			</p>
			{error.retryable && (
				<button type="button" onClick={retry}>
					Try again
				</button>
			)}
		</div>
	)
}

export interface WhyProps {
	readonly error?: SessionError
	readonly retry?: () => void
}

export const Why = ({ error, retry }: WhyProps) => (error && retry ? <Trouble error={error} retry={retry} /> : <Reason />)
