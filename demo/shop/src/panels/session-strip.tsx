// The session at a glance, on every page.
import { useDeadlines, useSession } from '@tabsession/react'
import { countdown } from '../../../ui/words.ts'
import { useEventLog } from '../event-log.tsx'

function Countdowns() {
	const { now, accessToken, idle } = useDeadlines()
	return (
		<>
			<div>
				<dt>Access token</dt>
				<dd>
					<span role="timer" data-testid="access-token-countdown">
						{countdown(accessToken, now)}
					</span>
				</dd>
			</div>
			<div>
				<dt>Idle</dt>
				<dd>
					<span role="timer" data-testid="idle-countdown">
						{countdown(idle, now)}
					</span>
				</dd>
			</div>
		</>
	)
}

export function SessionStrip() {
	const { status, retrying, isAsked } = useSession(snapshot => ({
		status: snapshot.status,
		retrying: snapshot.status === 'authenticated' && snapshot.renewal === 'retrying',
		isAsked: snapshot.status === 'authenticated' && snapshot.renewal === 'interaction-required',
	}))
	const { renewals } = useEventLog()
	return (
		<section aria-label="Session">
			<dl className="strip">
				<div>
					<dt>Status</dt>
					<dd aria-live="polite">
						<span className="status" data-testid="status" data-status={retrying ? 'retrying' : status}>
							{status}
						</span>
						{retrying && <span className="retrying">renewal is being retried</span>}
						{isAsked && <span className="retrying">the provider wants you to sign in again</span>}
					</dd>
				</div>
				{status === 'authenticated' && (
					<>
						<Countdowns />
						<div>
							<dt>Renewals seen</dt>
							<dd data-testid="renewals">{renewals}</dd>
						</div>
					</>
				)}
			</dl>
		</section>
	)
}
