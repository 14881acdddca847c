// What does not go as it should, as this browser has noticed it and as the API has been told, and how to bring some about.
import { useAlerts, useSessionManager } from '@tabsession/react'
import { PageHeading } from '../../../ui/page-heading.tsx'
import { alertInWords } from '../../../ui/words.ts'
import { config } from '../config.ts'
import { Try } from '../panels/try.tsx'
import { useReceivedAlerts } from '../use-received-alerts.ts'

interface Entry {
	readonly id: string
	readonly type: string
	readonly at: number
	readonly clientId?: string
}

function AlertList({ name, entries, nothing }: { name: string; entries: readonly Entry[]; nothing: string }) {
	return (
		<div className="log" data-testid={name}>
			{entries.length === 0 && <p className="quiet">{nothing}</p>}
			<ol reversed>
				{entries.map(alert => (
					<li key={alert.id} data-event="alert">
						<time dateTime={new Date(alert.at).toISOString()}>{new Date(alert.at).toLocaleTimeString()}</time>
						<code>{alert.type}</code>
						<span>
							{alert.clientId && <span className="tag">{alert.clientId}</span>} {alertInWords(alert)}
						</span>
					</li>
				))}
			</ol>
		</div>
	)
}

function Raised() {
	const alerts = useAlerts()
	return (
		<section className="panel" aria-labelledby="raised">
			<h2 id="raised">Raised in this browser</h2>
			<p className="quiet">By whichever tab; all of them know, and it is still here after a restart.</p>
			<AlertList name="raised" entries={alerts} nothing="Nothing out of the ordinary." />
		</section>
	)
}

function Received() {
	const alerts = useReceivedAlerts()
	return (
		<section className="panel" aria-labelledby="received">
			<h2 id="received">Received by the API</h2>
			<p className="quiet">Of both applications and all browsers: each once, without a token and without a name.</p>
			<AlertList name="received" entries={alerts ?? []} nothing={alerts ? 'Nothing yet.' : 'Asking the API…'} />
		</section>
	)
}

function Provoke() {
	const { signIn } = useSessionManager()
	return (
		<section className="panel" aria-labelledby="provoke">
			<h2 id="provoke">Raise one</h2>
			<ul className="actions">
				<Try explained="Opens the callback page with a response to a sign-in that was never begun (login CSRF).">
					<a className="button" href="/signed-in?code=x&state=forged" target="_blank" rel="noopener">
						Forge a response
					</a>
				</Try>
				<Try explained="Within five minutes of the sign-in: the provider has ended the session early.">
					<a className="button" href={`${config.authority}/session/end?client_id=shop`} target="_blank" rel="noopener">
						Sign out over there
					</a>
				</Try>
				<Try explained="Three users within an hour are many for one device.">
					<button type="button" onClick={() => void signIn({ prompt: 'login', returnTo: '/alerts' }).catch(() => {})}>
						Switch user
					</button>
				</Try>
			</ul>
		</section>
	)
}

export function Alerts() {
	return (
		<>
			<div className="lead">
				<PageHeading title="Alerts" />
				<p>Sign-ins and sessions that do not go as they should: noticed over all tabs, once each time, and reported to the API.</p>
			</div>
			<div className="panels">
				<div className="column">
					<Provoke />
					<Raised />
				</div>
				<Received />
			</div>
		</>
	)
}
