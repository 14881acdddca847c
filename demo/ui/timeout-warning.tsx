// Says that the session is about to end, in every tab, and lets the user stay.
import { useSessionManager, useTimeoutWarning } from '@tabsession/react'
import { useEffect, useRef } from 'react'

interface WarningProps {
	readonly cause: 'idle' | 'lifetime'
	readonly secondsLeft: number
	readonly stay: () => unknown
}

function Warning({ cause, secondsLeft, stay }: WarningProps) {
	const { signOut } = useSessionManager()
	const dialog = useRef<HTMLDialogElement>(null)
	useEffect(() => {
		const shown = dialog.current
		shown?.showModal()
		return () => shown?.close()
	}, [])
	const stayHere = () => void stay()
	return (
		<dialog
			ref={dialog}
			role="alertdialog"
			className="warning"
			data-testid="timeout-warning"
			aria-labelledby="warning-title"
			aria-describedby="warning-text"
			onCancel={event => {
				event.preventDefault()
				stayHere()
			}}
		>
			<h2 id="warning-title">{cause === 'idle' ? 'Are you still there?' : 'Your session is about to end'}</h2>
			<p id="warning-text">
				{cause === 'idle'
					? 'To keep your account safe, all tabs are signed out soon.'
					: 'To go on, confirm who you are at the sign-in page.'}
			</p>
			<p className="seconds" role="timer">
				<span className="figure">{secondsLeft}</span> {secondsLeft === 1 ? 'second' : 'seconds'} left
			</p>
			<div className="choices">
				<button type="button" className="primary" onClick={stayHere}>
					Stay signed in
				</button>
				<button type="button" onClick={() => void signOut()}>
					Sign out now
				</button>
			</div>
		</dialog>
	)
}

export function TimeoutWarning() {
	const warning = useTimeoutWarning()
	return warning ? <Warning {...warning} /> : null
}
