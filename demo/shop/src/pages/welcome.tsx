// For those who are not signed in: why, if there is a why, and the way in.
import type { SessionError, Snapshot } from '@tabsession/core'
import { useSession, useSessionManager } from '@tabsession/react'
import { PageHeading } from '../page-heading.tsx'
import { reasonInWords, troubleInWords } from '../words.ts'

/** After such an end, whoever sits here confirms who they are, even if the provider still knows somebody. */
const endedForSafety = (snapshot: Snapshot) =>
	snapshot.status === 'unauthenticated' && ['signed-out', 'signed-out-at-provider', 'idle', 'lifetime'].includes(snapshot.reason)

function Why() {
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

export function Welcome({ error, retry }: { error?: SessionError; retry?: () => void }) {
	const { signIn } = useSessionManager()
	const asksAgain = useSession(endedForSafety)
	// What stands in the way of a sign-in shows up in the snapshot, and so on this page.
	const enter = () => void signIn(asksAgain ? { prompt: 'login' } : {}).catch(() => {})
	return (
		<div className="welcome with-picture">
			{error && retry ? <Trouble error={error} retry={retry} /> : <Why />}
			<PageHeading title="Welcome">Sign in once. Every tab knows.</PageHeading>
			<p>
				Paperlane sells notebooks, ink and letter paper, and is a sample of a site with a session: one for all its tabs, renewed by one of
				them, ended by any.
			</p>
			<button type="button" className="primary large" onClick={enter}>
				Sign in
			</button>
			<p className="quiet">The sign-in page is at a demo provider on your own machine. There are no passwords.</p>
			<img className="picture" src="/folder.svg" alt="" width="400" height="330" />
		</div>
	)
}
