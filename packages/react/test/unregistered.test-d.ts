// What the types are where an application has registered no manager. Checked by `tsc -p packages/react`.
import type { SessionManager, Snapshot, User } from '@tabsession/core'
import {
	type RequireSessionProps,
	type SessionTimeoutDialogProps,
	type SessionTimeoutMessages,
	type TimeoutWarning,
	useSession,
	useSessionEvent,
	type useSessionManager,
	type useTimeoutWarning,
	useUser,
} from '../src/index.ts'

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <_ extends true>() => {}

export function useTypes() {
	is<Is<ReturnType<typeof useSessionManager>, SessionManager>>()

	const whole = useSession()
	is<Is<typeof whole, Snapshot>>()
	const status = useSession(s => s.status)
	is<Is<typeof status, Snapshot['status']>>()
	const name = useSession(s => s.user?.name)
	is<Is<typeof name, string | undefined>>()

	const user = useUser()
	is<Is<typeof user, User>>()
	const sub = useUser(u => u.sub)
	is<Is<typeof sub, string>>()
	// @ts-expect-error a claim nobody declared is unknown
	useUser(u => u.plan.toUpperCase())

	is<Is<ReturnType<typeof useTimeoutWarning>, TimeoutWarning | undefined>>()

	useSessionEvent('ended', event => is<Is<typeof event.by, 'this-tab' | 'other-tab'>>())
	useSessionEvent('userChanged', ({ user }) => is<Is<typeof user, User>>())
	// @ts-expect-error no such event
	useSessionEvent('finished', () => {})
	// @ts-expect-error another event's part
	useSessionEvent('renewed', event => event.reason)
}

export const props: RequireSessionProps = {
	fallback: undefined,
	when: u => u.sub === 'alice',
	error: (error, retry) => {
		retry()
		return error.code
	},
}
// @ts-expect-error whether, not who
export const wrong: RequireSessionProps = { when: u => u.name }

// A text or a function of cause and time, as many of them as the application wants.
export const dialog: SessionTimeoutDialogProps = {
	messages: { stay: 'Bleiben', timeLeft: ({ cause, secondsLeft }) => (cause === 'idle' ? `${secondsLeft.toFixed()} s` : '') },
}
// @ts-expect-error no such text
export const unknownText: SessionTimeoutDialogProps = { messages: { farewell: 'Bye' } }
// @ts-expect-error a translation is of all of them
export const translation: SessionTimeoutMessages = { heading: 'Sind Sie noch da?' }
