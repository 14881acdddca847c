// Asks before this page goes on as another user.
import type { User } from '@tabsession/core'
import { type ReactNode, useId } from 'react'

const nameOf = ({ name, preferred_username, email, sub }: User) => name ?? preferred_username ?? email ?? sub

/** An alert dialog has the focus (WAI-ARIA 1.2); a constant, so that it is moved once. */
const focus = (button: HTMLElement | null) => {
	button?.focus()
}

export function UserChanged({ user, accept }: { readonly user: User; readonly accept: () => void }): ReactNode {
	const id = useId()
	return (
		<div role="alertdialog" aria-labelledby={id}>
			<p id={id}>{nameOf(user)} has signed in. What is not saved on this page will be lost.</p>
			<button type="button" ref={focus} onClick={accept}>
				Continue as {nameOf(user)}
			</button>
		</div>
	)
}
