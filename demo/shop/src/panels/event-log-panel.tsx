// The session's events as they come.
import { useEventLog } from '../event-log.tsx'

export function EventLogPanel() {
	const { entries } = useEventLog()
	return (
		<section className="panel" aria-labelledby="events">
			<h2 id="events">Events in this tab</h2>
			<div className="log" role="log" aria-labelledby="events">
				{entries.length === 0 && <p className="quiet">Nothing yet. The next renewal will show here.</p>}
				<ol reversed>
					{entries.map(({ id, at, type, text }) => (
						<li key={id} data-event={type}>
							<time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
							<code>{type}</code>
							<span>{text}</span>
						</li>
					))}
				</ol>
			</div>
		</section>
	)
}
