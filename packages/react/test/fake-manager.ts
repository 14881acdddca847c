// A session manager that a test drives by hand: it has the contract of core, and no session.
import type {
	Alert,
	Authenticated,
	Deadlines,
	EndReason,
	SessionError,
	SessionEvents,
	SessionEventType,
	SessionManager,
	Snapshot,
	Unauthenticated,
	User,
} from '@tabsession/core'
import { vi } from 'vitest'

export const alice = { sub: 'alice', name: 'Alice', email: 'alice@example.com' }
export const bob = { sub: 'bob', name: 'Bob', email: 'bob@example.com' }

const nothing = { user: undefined, error: undefined }

export const loading = { status: 'loading', ...nothing } as const
export const checking = { status: 'checking', ...nothing } as const
export const redirecting = { status: 'redirecting', to: 'sign-in', ...nothing } as const
export const signingOut = { status: 'redirecting', to: 'sign-out', ...nothing } as const

export const authenticated = (user: User = alice, warning?: Authenticated['warning']): Authenticated => ({
	status: 'authenticated',
	user,
	renewal: 'ok',
	warning,
	error: undefined,
})

export const userChanged = (previousUser: User, user: User) => ({ status: 'user-changed', previousUser, user, error: undefined }) as const

export const unauthenticated = (reason: EndReason = 'no-session', error?: SessionError): Unauthenticated => ({
	status: 'unauthenticated',
	reason,
	at: undefined,
	by: 'this-tab',
	user: undefined,
	error,
})

/** @param first what it knows from the start */
export function createFakeManager(first: Snapshot = loading) {
	let snapshot: Snapshot = first
	let deadlines: Deadlines | undefined
	let alerts: readonly Alert[] = []
	const listeners = new Set<() => void>()
	const handlers = new Map<SessionEventType, Set<(event: never) => void>>()

	const tell = () => {
		for (const listener of [...listeners]) listener()
	}
	const emit = <T extends SessionEventType>(type: T, event: SessionEvents[T]) => {
		for (const handler of handlers.get(type) ?? []) handler(event as never)
	}
	const show = (next: Snapshot) => {
		snapshot = next
		tell()
	}

	/** The end that the snapshot announces. */
	function announced(): Pick<Deadlines, 'announced'> {
		const cause = snapshot.status === 'authenticated' ? snapshot.warning : undefined
		const at = cause && deadlines?.[cause]
		return at === undefined ? {} : { announced: at }
	}

	const manager = {
		start: vi.fn(async () => snapshot),
		getSnapshot: vi.fn(() => snapshot),
		getServerSnapshot: () => loading,
		subscribe: vi.fn((listener: () => void) => {
			// As different as two subscriptions of the same function are.
			const own = () => listener()
			listeners.add(own)
			return () => void listeners.delete(own)
		}),
		timeouts: { idle: 900_000, lifetime: 43_200_000 },
		getDeadlines: vi.fn(() => ({ now: Date.now(), ...announced(), ...deadlines })),
		signIn: vi.fn(async () => {}),
		stepUp: vi.fn(async () => {}),
		signOut: vi.fn(async () => {}),
		requireSession: vi.fn(async () => alice),
		getAccessToken: vi.fn(async () => 'token'),
		fetch: vi.fn(async () => new Response()),
		renew: vi.fn(async () => {}),
		retry: vi.fn(async () => snapshot),
		stay: vi.fn(async () => true),
		acceptUser: vi.fn(() => {
			if (snapshot.status === 'user-changed') show(authenticated(snapshot.user))
		}),
		reportActivity: vi.fn(),
		hold: vi.fn(() => vi.fn()),
		getAlerts: vi.fn(() => alerts),
		on: vi.fn((type: SessionEventType, handler: (event: never) => void) => {
			const known = handlers.get(type) ?? new Set()
			handlers.set(type, known.add(handler))
			return () => void known.delete(handler)
		}),
		dispose: vi.fn(),
	} satisfies SessionManager

	return {
		...manager,
		/** Changes what is known of the session. */
		show,
		/** A renewal that goes well, as loud as can be: listeners are called, and the snapshot is the same object. */
		renewed() {
			deadlines = { now: Date.now(), accessToken: Date.now() + 300_000 }
			tell()
		},
		setDeadlines(next: Omit<Deadlines, 'now'>) {
			deadlines = next as Deadlines
		},
		emit,
		/** Raises an alert. */
		alert(alert: Alert) {
			alerts = [alert, ...alerts]
			emit('alertsChanged', {})
			emit('alert', alert)
		},
		/** How many listen to the snapshot. */
		listenerCount: () => listeners.size,
		/** How many listen to an event. */
		handlerCount: (type: SessionEventType) => handlers.get(type)?.size ?? 0,
	}
}

export type FakeManager = ReturnType<typeof createFakeManager>
