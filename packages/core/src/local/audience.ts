// Who is told: the listeners to the snapshot and the handlers of events.
import type { SessionEvents, SessionEventType } from '../events.ts'

export type Audience = ReturnType<typeof createAudience>

export function createAudience(isDebugged: boolean) {
	const listeners = new Set<() => void>()
	const handlers = new Map<SessionEventType, Set<(event: never) => void>>()
	const news: (() => void)[] = []

	/** Calls the application so that its errors stay its own. */
	function tell<T>(listener: (event: T) => void, event: T) {
		try {
			listener(event)
		} catch (error) {
			queueMicrotask(() => {
				throw error
			})
		}
	}

	function emit<T extends SessionEventType>(type: T, event: SessionEvents[T]) {
		if (__DEV__ && isDebugged) console.debug('tabsession', type, event)
		for (const handler of handlers.get(type) ?? []) tell(handler, event as never)
	}

	return {
		listeners,
		handlers,
		tell,
		emit,
		/** An event of what was read waits for the snapshot, so that a handler sees what it is told of. */
		later<T extends SessionEventType>(type: T, event: SessionEvents[T]) {
			news.push(() => emit(type, event))
		},
		tellNews() {
			for (const tellOf of news.splice(0)) tellOf()
		},
	}
}
