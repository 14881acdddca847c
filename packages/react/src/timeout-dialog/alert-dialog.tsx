// The dialog itself.
import { type KeyboardEvent, type PointerEvent, type ReactNode, type SyntheticEvent, useId, useState } from 'react'
import { createPortal } from 'react-dom'
import type { Say } from './messages.ts'
import { useTimeoutStyles } from './styles.ts'
import type { Hands } from './use-hands.ts'
import { useModal } from './use-modal.ts'
import { useSpoken } from './use-spoken.ts'

export interface AlertDialogProps {
	/** `undefined` once the session goes on. */
	readonly secondsLeft: number | undefined
	readonly say: Say
	readonly hasFailed: boolean
	readonly hands: Hands
	readonly stay: () => void
	/** Where staying means to leave the page: puts the dialog off. */
	readonly later: (() => void) | undefined
	readonly signOut: () => void
}

const CHOICE = 'tabsession-choice'

export function AlertDialog({ secondsLeft, say, hasFailed, hands, stay, later, signOut }: AlertDialogProps): ReactNode {
	const id = useId()
	const [atFirst] = useState(secondsLeft)
	const isOver = secondsLeft === undefined
	const { isUrgent, ...spoken } = useSpoken(secondsLeft)
	// A key that was meant for the page must not leave it: no button has the focus there.
	const modal = useModal(later ? 'h2' : 'button')
	useTimeoutStyles()

	const dismiss = (event: SyntheticEvent) => {
		event.preventDefault()
		const choose = later ?? stay
		choose()
	}
	const onKeyDown = (event: KeyboardEvent) => {
		hands.on()
		if (event.key !== 'Escape') return
		// It is no key for what lies beneath.
		event.stopPropagation()
		dismiss(event)
	}
	// What moves beside a dialog that is over is on its way to the page.
	const onPointerMove = ({ target, currentTarget }: PointerEvent) => {
		if (!isOver || target !== currentTarget) hands.on()
	}

	const words = isOver ? say('stayed') : spoken.secondsLeft === undefined ? '' : say('timeLeft', spoken.secondsLeft)
	const dialog = (
		<dialog
			ref={modal.ref}
			role="alertdialog"
			className="tabsession-dialog"
			aria-labelledby={`${id}heading`}
			aria-describedby={`${id}text ${id}first`}
			onCancel={dismiss}
			onClose={modal.reopen}
			onKeyDown={onKeyDown}
			onPointerDown={hands.on}
			onPointerMove={onPointerMove}
		>
			<div className="tabsession-panel">
				<h2 className="tabsession-heading" id={`${id}heading`} {...(later && { tabIndex: -1 })}>
					{say('heading')}
				</h2>
				<p id={`${id}text`}>{say('text')}</p>
				<p id={`${id}first`} hidden>
					{say('timeLeft', atFirst)}
				</p>
				<p className="tabsession-time" {...(!isOver && { role: 'timer', 'aria-live': 'off' })}>
					{say(isOver ? 'stayed' : 'timeLeft')}
				</p>
				<p role="alert">{hasFailed && say('failed')}</p>
				<div className="tabsession-choices">
					<button type="button" className={`${CHOICE} tabsession-primary`} onClick={stay}>
						{say('stay')}
					</button>
					{later && (
						<button type="button" className={CHOICE} onClick={later}>
							{say('later')}
						</button>
					)}
					<button type="button" className={CHOICE} onClick={signOut}>
						{say('signOut')}
					</button>
				</div>
				<p className="tabsession-spoken" role="status">
					{!isUrgent && words}
				</p>
				<p className="tabsession-spoken" role="alert">
					{isUrgent && words}
				</p>
			</div>
		</dialog>
	)
	// In the body: an application's own modal hides from screen readers what was beside it.
	return createPortal(dialog, document.body)
}
