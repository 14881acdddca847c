// Says on every page that the timeouts are not the usual ones, or that this tab does not go by the latest.
import { SessionTimeoutNotice } from '@tabsession/react'
import { choose, chosen, useIsOutdated } from '../chosen-timeouts.ts'
import { asServed, isAsServed } from '../timeouts.ts'

export function TimeoutsNote() {
	const isOutdated = useIsOutdated()
	return (
		<div role="status" className={isOutdated ? 'sticky' : undefined}>
			{isOutdated ? (
				<p className="mode-note">
					Other timeouts were chosen in another tab. This one goes by them once it is reloaded.{' '}
					<button type="button" onClick={() => location.reload()}>
						Reload
					</button>
				</p>
			) : (
				!isAsServed(chosen) && (
					<p className="mode-note">
						<SessionTimeoutNotice /> That was chosen here.{' '}
						<button type="button" onClick={() => choose(asServed)}>
							Back to normal
						</button>
					</p>
				)
			)}
		</div>
	)
}
