// Says from the start how long the session may last (WCAG 2.2, success criterion 2.2.6).
import type { Timeouts } from '@tabsession/core'
import type { ReactNode } from 'react'
import { useSessionManager } from '../use-session-manager.ts'
import { inWords } from './in-words.ts'

export interface SessionTimeoutNoticeProps {
	/** The sentence, or a function of the timeouts in ms. Default: English. */
	readonly message?: string | ((timeouts: Timeouts) => string)
}

function english({ idle, lifetime }: Timeouts): string {
	const ends = [idle && `after ${inWords(idle / 1000)} without activity`, lifetime && `after ${inWords(lifetime / 1000)} in any case`]
	return `For your security you are signed out ${ends.filter(Boolean).join(', and ')}.`
}

/** One sentence, as text: where users sign in, or in the footer. Nothing where the session has no timeouts. */
export function SessionTimeoutNotice({ message = english }: SessionTimeoutNoticeProps): ReactNode {
	const { timeouts } = useSessionManager()
	if (!timeouts.idle && !timeouts.lifetime) return null
	return typeof message === 'function' ? message(timeouts) : message
}
