// For those who are not signed in: why, if there is a why, and the ways in.
import type { SessionError } from '@tabsession/core'
import { useSessionManager } from '@tabsession/react'
import { useState } from 'react'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { Why, type WhyProps } from '../../../ui/why.tsx'

export function Welcome(trouble: WhyProps) {
	const { signIn } = useSessionManager()
	const [problem, setProblem] = useState<SessionError>()
	// What stands in the way of a sign-in shows up in the snapshot, and so on this page.
	const enter = () => void signIn().catch(() => {})
	const enterInPopup = () => {
		setProblem(undefined)
		// A window that was not opened is nothing of the session's.
		signIn({ method: 'popup' }).catch(setProblem)
	}
	return (
		<div className="welcome with-picture">
			<Why {...trouble} {...(problem && { error: problem, retry: enterInPopup })} />
			<PageHeading title="Welcome">Sign in once. Every tab knows.</PageHeading>
			<p>
				Paperlane sells notebooks, ink and letter paper, and is a sample of a site with a session: one for all its tabs, renewed by one of
				them, ended by any.
			</p>
			<div className="choices">
				<button type="button" className="primary large" onClick={enter}>
					Sign in
				</button>
				<button type="button" className="plain large" onClick={enterInPopup}>
					In a window of its own
				</button>
			</div>
			<p className="quiet">The sign-in page is at a demo provider on your own machine. There are no passwords.</p>
			<img className="picture" src="/folder.svg" alt="" width="400" height="330" />
		</div>
	)
}
