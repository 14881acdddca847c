// For those who are not signed in here: why, if there is a why, and the way in.
import { useSessionManager } from '@tabsession/react'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Why, type WhyProps } from '../../ui/why.tsx'

export function Welcome(trouble: WhyProps) {
	const { signIn } = useSessionManager()
	// What stands in the way of a sign-in shows up in the snapshot, and so on this page.
	const enter = () => void signIn().catch(() => {})
	return (
		<div className="welcome">
			<Why {...trouble} />
			<PageHeading title="Welcome">One sign-in, two applications.</PageHeading>
			<p>
				This is where Paperlane looks after its orders: another application, on another origin, with the same provider. Whoever is signed in
				to the shop is signed in here too, without a word.
			</p>
			<button type="button" className="primary large" onClick={enter}>
				Sign in
			</button>
		</div>
	)
}
