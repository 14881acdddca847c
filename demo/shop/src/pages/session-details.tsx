// What the application sees of the session, and what there is to try in the console.
import { useUser } from '@tabsession/react'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { Deadlines } from '../panels/deadlines.tsx'
import { EventLogPanel } from '../panels/event-log-panel.tsx'

const SNIPPETS: readonly (readonly [code: string, meaning: string])[] = [
	['session.getSnapshot()', 'status, user, warning'],
	['session.getDeadlines()', 'what is due, and when'],
	['await session.getAccessToken()', 'a valid token, renewed where needed'],
	['await session.renew()', 'fresh tokens for every tab'],
	["session.on('renewed', console.log)", 'who renewed, in whichever tab'],
	["session.signOut({ at: 'device' })", 'in all tabs, at once'],
]

export function SessionDetails() {
	const user = useUser()
	return (
		<>
			<div className="lead">
				<PageHeading title="Your session" />
				<p>What this page knows of you comes from the ID token. No token is ever in the page’s markup or in its storage in plain text.</p>
			</div>
			<div className="panels">
				<section className="panel" aria-labelledby="claims">
					<h2 id="claims">Who you are</h2>
					<dl className="claims">
						{Object.entries(user).map(([claim, value]) => (
							<div key={claim}>
								<dt>{claim}</dt>
								<dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
							</div>
						))}
					</dl>
				</section>
				<Deadlines />
				<section className="panel" aria-labelledby="console">
					<h2 id="console">Try it in the console</h2>
					<p className="quiet">
						The manager is <code>window.session</code>. Open the developer tools and type:
					</p>
					<dl className="snippets">
						{SNIPPETS.map(([code, meaning]) => (
							<div key={code}>
								<dt>
									<code>{code}</code>
								</dt>
								<dd>{meaning}</dd>
							</div>
						))}
					</dl>
				</section>
				<EventLogPanel />
			</div>
		</>
	)
}
