// Asks before the session ends: a native modal dialog in every tab, and a notice in the title of the hidden ones.
import type { Snapshot } from '@tabsession/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useSession } from '../use-session.ts'
import { useSessionManager } from '../use-session-manager.ts'
import { type TimeoutWarning, useTimeoutWarning } from '../use-timeout-warning.ts'
import { AlertDialog } from './alert-dialog.tsx'
import { english, type SessionTimeoutMessages, sayWith } from './messages.ts'
import { useAsked } from './use-asked.ts'
import { type Hands, useHands } from './use-hands.ts'
import { useTitleNotice } from './use-title-notice.ts'

export interface SessionTimeoutDialogProps {
	/** Texts in place of the English ones. */
	readonly messages?: Partial<SessionTimeoutMessages>
}

/** Seconds before the end of the lifetime at which a dialog that was put off comes again, once. */
const REMINDER = 60

const isSignedIn = ({ status }: Snapshot) => status === 'authenticated'

/**
 * An alert dialog with the time that is left, while an end of the session is announced, and nothing otherwise. Idle: "Stay signed in" has
 * the focus, and Escape stays too. At the end of the lifetime, where staying means to sign in anew and so to leave the page, Escape and "Not
 * now" put it off to the last minute, so that what was begun can be saved.
 *
 * Put it once into the application, outside of `RequireSession` or in it; it is shown in the `body`. Its look is changed by CSS variables.
 */
export function SessionTimeoutDialog({ messages }: SessionTimeoutDialogProps): ReactNode {
	const warning = useTimeoutWarning()
	const isHere = useSession(isSignedIn)
	const hands = useHands()
	if (!warning && !(hands.isOn && isHere)) return null
	return <Announced warning={warning} messages={{ ...english, ...messages }} hands={hands} />
}

interface AnnouncedProps {
	/** `undefined` once it is dismissed, as long as the user's hands are on the dialog. */
	readonly warning: TimeoutWarning | undefined
	readonly messages: SessionTimeoutMessages
	readonly hands: Hands
}

function Announced({ warning: announced, messages, hands }: AnnouncedProps): ReactNode {
	const { signOut } = useSessionManager()
	const { ask, hasFailed } = useAsked()
	const [cause, setCause] = useState(announced?.cause ?? 'idle')
	// A hand that is on its way to "Stay signed in" must not find "Sign in again", which leaves the page.
	const isOnItsWay = hands.isOn && cause === 'idle' && announced?.cause === 'lifetime'
	const warning = isOnItsWay ? undefined : announced
	const [showsFrom, setShowsFrom] = useState(Number.POSITIVE_INFINITY)
	if (warning && warning.cause !== cause) setCause(warning.cause)
	const { secondsLeft } = warning ?? {}
	const say = sayWith(messages, { cause, secondsLeft: secondsLeft ?? 0 })
	useTitleNotice(warning && say('documentTitle'))
	// biome-ignore lint/correctness/useExhaustiveDependencies: with the dialog goes what was on it.
	useEffect(() => hands.off, [])

	const later = () => setShowsFrom(secondsLeft !== undefined && secondsLeft > REMINDER ? REMINDER : -1)
	if (cause === 'lifetime' && secondsLeft !== undefined && secondsLeft > showsFrom) return null
	return (
		<AlertDialog
			secondsLeft={secondsLeft}
			say={say}
			hasFailed={hasFailed}
			hands={hands}
			stay={() => (warning ? ask(warning.stay, hands.off) : hands.off())}
			later={cause === 'lifetime' ? later : undefined}
			signOut={() => ask(signOut)}
		/>
	)
}
