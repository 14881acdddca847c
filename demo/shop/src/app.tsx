// The frame of the site, and which page is in it. Everything but the welcome needs a session.
import { RequireSession, SessionTimeoutDialog, useSession } from '@tabsession/react'
import { usePath } from '../../ui/routes.ts'
import { UserChanged } from '../../ui/user-changed.tsx'
import { EventLogProvider } from './event-log.tsx'
import { Alerts } from './pages/alerts.tsx'
import { Invoices } from './pages/invoices.tsx'
import { Orders } from './pages/orders.tsx'
import { Overview } from './pages/overview.tsx'
import { SessionDetails } from './pages/session-details.tsx'
import { Welcome } from './pages/welcome.tsx'
import { Shell } from './shell.tsx'

const PAGES = new Map([
	['/', Overview],
	['/orders', Orders],
	['/invoices', Invoices],
	['/session', SessionDetails],
	['/alerts', Alerts],
])

/** Shown while the session is being read: seen only if that takes long. */
const Opening = () => <p className="opening">Opening your session…</p>

function Page() {
	const path = usePath()
	const snapshot = useSession()

	// A deep link without a session goes straight to the sign-in and comes back; everybody else is welcomed first.
	const goesStraightOn = path !== '/' && snapshot.status === 'unauthenticated' && snapshot.reason === 'no-session'
	const Content = PAGES.get(path) ?? Overview
	return (
		<RequireSession
			fallback={<Opening />}
			{...(!goesStraightOn && { signedOut: <Welcome /> })}
			userChanged={(previousUser, user, accept) => <UserChanged previousUser={previousUser} user={user} accept={accept} />}
			error={(error, retry) => <Welcome error={error} retry={retry} />}
		>
			<Content />
		</RequireSession>
	)
}

export function App() {
	return (
		<EventLogProvider>
			<Shell>
				<Page />
			</Shell>
			<SessionTimeoutDialog />
		</EventLogProvider>
	)
}
