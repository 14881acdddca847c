// Subscribes a component to a part of the snapshot that keeps its identity while it is shallowly equal.
import type { SessionManager, Snapshot, User } from '@tabsession/core'
import { useRef, useSyncExternalStore } from 'react'

export function useSelected<U extends User, T>(
	manager: SessionManager<U>,
	selector: (snapshot: Snapshot<U>) => T,
	getServerSnapshot: () => Snapshot<U>,
): T {
	const last = useRef<T>(undefined)
	const select = (snapshot: Snapshot<U>): T => {
		const selected = selector(snapshot)
		if (!isShallowlyEqual(last.current, selected)) last.current = selected
		return last.current as T
	}
	return useSyncExternalStore(
		manager.subscribe,
		() => select(manager.getSnapshot()),
		() => select(getServerSnapshot()),
	)
}

/** Plain objects and arrays by their parts, all else by identity. */
export function isShallowlyEqual(a: unknown, b: unknown): boolean {
	if (Object.is(a, b)) return true
	if (!isPlain(a) || !isPlain(b) || a.constructor !== b.constructor) return false
	const keys = Object.keys(a)
	return keys.length === Object.keys(b).length && keys.every(key => key in b && Object.is(a[key], b[key]))
}

function isPlain(value: unknown): value is Record<string, unknown> {
	const kind = (value as object | null | undefined)?.constructor
	return kind === Object || kind === Array
}
