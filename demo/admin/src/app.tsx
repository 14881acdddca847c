// The frame, and what is in it: everybody's orders for who is signed in, a way in for who is not.
import { RequireSession, SessionTimeoutDialog, SessionTimeoutNotice, useSession } from '@tabsession/react'
import { Account } from '../../ui/account.tsx'
import { config } from '../../ui/config.ts'
import { UserChanged } from '../../ui/user-changed.tsx'
import { Customers } from './customers.tsx'
import { Welcome } from './welcome.tsx'

const Status = () => {
	const status = useSession(snapshot => snapshot.status)
	return (
		<section aria-label="Session">
			<dl className="strip">
				<div>
					<dt>Status</dt>
					<dd aria-live="polite">
						<span className="status" data-testid="status" data-status={status}>
							{status}
						</span>
					</dd>
				</div>
				<div>
					<dt>Client</dt>
					<dd>admin</dd>
				</div>
			</dl>
		</section>
	)
}

export function App() {
	return (
		<>
			<div className="shell">
				<a className="skip" href="#content">
					Skip to the content
				</a>
				<header className="site-header">
					<a href="/" className="brand">
						<img src="/paperlane-admin.svg" alt="" width="30" height="30" />
						Paperlane <span className="brand-note">Admin</span>
					</a>
					<nav aria-label="Applications">
						<a href={config.neighbour}>Open the shop</a>
					</nav>
					<Account />
				</header>
				<div className="sheet">
					<Status />
					<main id="content" tabIndex={-1}>
						<RequireSession
							fallback={<p className="opening">Opening your session…</p>}
							signedOut={<Welcome />}
							userChanged={(previousUser, user, accept) => <UserChanged previousUser={previousUser} user={user} accept={accept} />}
							error={(error, retry) => <Welcome error={error} retry={retry} />}
						>
							<Customers />
						</RequireSession>
					</main>
				</div>
				<footer className="site-footer">
					<p>The second sample application of Tabsession: signed in once, for both.</p>
					<p>
						<SessionTimeoutNotice />
					</p>
				</footer>
			</div>
			<SessionTimeoutDialog />
		</>
	)
}
