// The session's states in words and figures.
import type { Alert, AlertType, EndReason, SessionError, SessionEvents, SessionEventType } from '@tabsession/core'

const REASONS: Record<EndReason, string> = {
	'no-session': '',
	'signed-out': 'You signed out.',
	idle: 'You were away for a while, so we signed you out.',
	lifetime: 'Your session reached its end. Sign in again to go on.',
	'renewal-rejected': 'The provider ended your session.',
	'interaction-required': 'The provider wants you to sign in again.',
	expired: 'Your session has run out.',
	'invalid-tokens': 'The provider’s answer failed a security check, so we signed you out.',
	'signed-out-at-provider': 'You signed out at the provider.',
	replaced: 'Somebody else signed in in this browser.',
	'storage-cleared': 'This browser’s storage was cleared, and the session with it.',
	'key-unavailable': 'The session ended with the last open tab.',
}

/** Why there is no session; empty where there was none. */
export function reasonInWords(reason: EndReason, by: 'this-tab' | 'other-tab'): string {
	return reason === 'signed-out' && by === 'other-tab' ? 'You signed out in another tab.' : REASONS[reason]
}

const TROUBLES: Partial<Record<SessionError['code'], string>> = {
	access_denied: 'The sign-in was cancelled.',
	client_refused: 'The sign-in service does not accept this site. Its operator needs to fix this.',
	network_error: 'The sign-in service cannot be reached.',
	timeout: 'The sign-in service does not answer.',
	discovery_failed: 'The sign-in service cannot be reached.',
	redirect_uri_mismatch: 'The sign-in came back to the wrong address of this site. Its operator needs to fix this.',
	sign_in_loop: 'Signing in failed several times in a row, so this site stopped trying by itself.',
	sign_in_interrupted: 'The sign-in was interrupted.',
	sign_out_incomplete: 'You are signed out here, but the sign-in service could not be told.',
	popup_blocked: 'The browser did not open the window.',
	popup_closed: 'The window was closed before you were signed in.',
	storage_unavailable: 'This browser’s storage is out of reach.',
}

export const troubleInWords = ({ code }: SessionError) => TROUBLES[code] ?? 'Something went wrong with the sign-in.'

const DAY = 86_400

/** `1:05`, `2:00:00`, `14 days`; a dash where there is no deadline. */
export function countdown(deadline: number | undefined, now: number): string {
	if (deadline === undefined) return '–'
	const seconds = Math.max(0, Math.ceil((deadline - now) / 1000))
	if (seconds > 2 * DAY) return `${Math.round(seconds / DAY)} days`
	const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
	const shown = parts[0] === 0 ? parts.slice(1) : parts
	return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

const who = (by: 'this-tab' | 'other-tab') => (by === 'this-tab' ? 'this tab' : 'another tab')

type AlertWords = { [T in AlertType]: (alert: Extract<Alert, { type: T }>) => string }

const seconds = (ms: number) => `${Math.round(Math.abs(ms) / 1000)} s`

const ALERTS: AlertWords = {
	'repeated-failures': ({ count }) => `${count} sign-ins in a row were refused`,
	'repeated-attempts': ({ count }) => `${count} sign-ins were begun in a short time`,
	'redirect-loop': () => 'Sign-ins that nobody asked for went round in circles',
	'unsolicited-callback': ({ check }) => `A response whose ${check} answers no sign-in of this browser`,
	'many-users': ({ count }) => `${count} users signed in on this device`,
	'ended-early': ({ reason, after }) => `The provider ended the session ${seconds(after)} after the sign-in (${reason})`,
	'refresh-token-reuse': ({ age }) => `A refresh token was refused that should have been good, ${seconds(age)} old`,
	'clock-off': ({ ms }) => `This device’s clock is ${seconds(ms)} ${ms > 0 ? 'fast' : 'slow'}`,
}

/** What an alert says; nothing where this version of the site does not know it. */
export const alertInWords = (alert: { readonly type: string }): string =>
	alert.type in ALERTS ? (ALERTS[alert.type as AlertType] as (alert: object) => string)(alert) : ''

/** What an event says, for the log. */
export const eventInWords: { [T in SessionEventType]: (event: SessionEvents[T]) => string } = {
	authenticated: ({ user }) => `${user.name ?? user.sub} is signed in`,
	renewed: ({ by }) => `Fresh tokens, renewed by ${who(by)}`,
	renewalFailed: ({ error }) => `A renewal failed (${error.code}) and is tried again`,
	warned: ({ cause }) => (cause === 'idle' ? 'Nobody is active: the session is about to end' : 'The session’s lifetime is about to end'),
	ended: ({ reason, by }) => `The session ended (${reason}), noticed by ${who(by)}`,
	userChanged: ({ user }) => `${user.name ?? user.sub} signed in in another tab`,
	alert: alert => alertInWords(alert),
	alertsChanged: () => 'The list of alerts has changed',
	memoryMode: () => 'No storage: the session lives in this page alone',
	stepUpRequired: () => 'An API asks who you are once more',
	updateRequired: () => 'Another tab runs a newer version of this site',
}
