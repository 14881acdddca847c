// What surrounds each page: brand, navigation, who is signed in, and the tabs of the session above the sheet.
import { SessionTimeoutNotice, useSession } from '@tabsession/react'
import type { ReactNode } from 'react'
import { Account } from '../../ui/account.tsx'
import { Link } from '../../ui/link.tsx'
import { SessionStrip } from './panels/session-strip.tsx'
import { TabRow } from './panels/tab-row.tsx'
import { TimeoutsNote } from './panels/timeouts-note.tsx'

export function Shell({ children }: { children: ReactNode }) {
	const status = useSession(snapshot => snapshot.status)
	const isSignedIn = status === 'authenticated'
	return (
		<div className={isSignedIn ? 'shell signed-in' : 'shell'}>
			<a className="skip" href="#content">
				Skip to the content
			</a>
			<header className="site-header">
				<Link to="/" className="brand">
					<img src="/paperlane.svg" alt="" width="30" height="30" />
					Paperlane
				</Link>
				{isSignedIn && (
					<nav aria-label="Pages">
						<Link to="/">Overview</Link>
						<Link to="/orders">Orders</Link>
						<Link to="/invoices">Invoices</Link>
						<Link to="/session">Session</Link>
						<Link to="/alerts">Alerts</Link>
					</nav>
				)}
				<Account />
			</header>
			<TabRow />
			<div className="sheet">
				<SessionStrip />
				<TimeoutsNote />
				<main id="content" tabIndex={-1}>
					{children}
				</main>
			</div>
			<footer className="site-footer">
				<p>A sample site for Tabsession: one session, every tab.</p>
				<p>
					<SessionTimeoutNotice />
				</p>
			</footer>
		</div>
	)
}
