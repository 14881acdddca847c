// For those who are not signed in: why, if there is a why, and the way in.
import { useSession, useSessionManager } from '@tabsession/react'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { endedForSafety, Why, type WhyProps } from '../../../ui/why.tsx'

export function Welcome(trouble: WhyProps) {
	const { signIn } = useSessionManager()
	const asksAgain = useSession(endedForSafety)
	// What stands in the way of a sign-in shows up in the snapshot, and so on this page.
	const enter = () => void signIn(asksAgain ? { prompt: 'login' } : {}).catch(() => {})
	return (
		<div className="welcome with-picture">
			<Why {...trouble} />
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
