// The first page: a greeting, things to try, and the session at work.
import { useUser } from '@tabsession/react'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { Actions } from '../panels/actions.tsx'
import { Deadlines } from '../panels/deadlines.tsx'
import { EventLogPanel } from '../panels/event-log-panel.tsx'
import { TimeoutsPanel } from '../panels/timeouts-panel.tsx'

function greeting(hour: number) {
	if (hour < 5) return 'Good night'
	if (hour < 12) return 'Good morning'
	return hour < 18 ? 'Good afternoon' : 'Good evening'
}

export function Overview() {
	const name = useUser(user => user.given_name ?? user.name ?? user.sub)
	return (
		<>
			<div className="lead">
				<PageHeading title="Overview">
					{greeting(new Date().getHours())}, {name}.
				</PageHeading>
				<p>You are signed in once, for every tab. Open a few of them, and watch one renew for all and all sign out together.</p>
			</div>
			<div className="panels">
				<div className="column">
					<Actions />
					<TimeoutsPanel />
				</div>
				<div className="column">
					<Deadlines />
					<EventLogPanel />
				</div>
			</div>
		</>
	)
}
