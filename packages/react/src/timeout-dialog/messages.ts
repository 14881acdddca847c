// What the dialog says, in the application's language or in English.
import type { TimeoutWarning } from '../use-timeout-warning.ts'
import { inWords } from './in-words.ts'

/** Which end is announced, and whole seconds until then. */
export type TimeoutCountdown = Pick<TimeoutWarning, 'cause' | 'secondsLeft'>

/** A text, or a function for one that depends on the cause or has the time in it. */
export type TimeoutMessage = string | ((countdown: TimeoutCountdown) => string)

export interface SessionTimeoutMessages {
	/** The dialog's name. */
	readonly heading: TimeoutMessage
	/** What is about to happen, and what can be done. */
	readonly text: TimeoutMessage
	/** The time that is left: on the page each second, spoken at sensible moments. */
	readonly timeLeft: TimeoutMessage
	/** In place of the time, once the session goes on. */
	readonly stayed: TimeoutMessage
	/** The button that stays: at the end of the lifetime it goes to the sign-in page. */
	readonly stay: TimeoutMessage
	/** The button that puts off the end of the lifetime's dialog. */
	readonly later: TimeoutMessage
	/** The button that signs out. */
	readonly signOut: TimeoutMessage
	/** What was asked for could not be done. */
	readonly failed: TimeoutMessage
	/** The document's title in a hidden tab; what is at its beginning is seen. */
	readonly documentTitle: TimeoutMessage
}

const timeLeft = ({ secondsLeft }: TimeoutCountdown) => `${inWords(secondsLeft)} left`

export const english: SessionTimeoutMessages = {
	heading: ({ cause }) => (cause === 'idle' ? 'Are you still there?' : 'Your session is about to end'),
	text: ({ cause }) =>
		cause === 'idle'
			? 'For your security you will soon be signed out, in all tabs.'
			: 'Save what you are working on, then sign in again to go on. That leaves this page.',
	timeLeft,
	stayed: 'You are still signed in.',
	stay: ({ cause }) => (cause === 'idle' ? 'Stay signed in' : 'Sign in again'),
	later: 'Not now',
	signOut: 'Sign out now',
	failed: 'That did not work. Please try again.',
	documentTitle: countdown => `${timeLeft(countdown)} – your session is about to end`,
}

/** Says one of the messages, with this time in place of the present one if it is given. */
export type Say = (name: keyof SessionTimeoutMessages, secondsLeft?: number) => string

export const sayWith =
	(messages: SessionTimeoutMessages, { cause, ...now }: TimeoutCountdown): Say =>
	(name, secondsLeft = now.secondsLeft) => {
		// One that is given as `undefined`, as by a translation that is not there yet, is not given.
		const message = messages[name] ?? english[name]
		return typeof message === 'function' ? message({ cause, secondsLeft }) : message
	}
