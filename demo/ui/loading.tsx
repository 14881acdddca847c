// What is being loaded, could not be, or is there.
import type { ReactNode } from 'react'
import type { Loaded } from './use-resource.ts'

interface LoadingProps<T> {
	readonly state: Loaded<T>
	/** As in "Your orders could not be loaded." */
	readonly what: string
	readonly retry: () => void
	readonly children: (value: T) => ReactNode
}

export function Loading<T>({ state, what, retry, children }: LoadingProps<T>) {
	return (
		<div aria-live="polite" aria-busy={state.status === 'loading'}>
			{state.status === 'loading' && (
				<div className="orders placeholder">
					<p className="visually-hidden">Loading {what}…</p>
				</div>
			)}
			{state.status === 'failed' && (
				<div className="notice" role="alert">
					<p>
						{what.charAt(0).toUpperCase() + what.slice(1)} could not be loaded. {state.message}
					</p>
					<button type="button" onClick={retry}>
						Try again
					</button>
				</div>
			)}
			{state.status === 'loaded' && children(state.value)}
		</div>
	)
}
