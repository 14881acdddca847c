// Renders a component again and again.
import { useEffect, useReducer } from 'react'

/** @param intervalMs milliseconds between two renders; 0 for none */
export function useTick(intervalMs: number): void {
	const [, tick] = useReducer((ticks: number) => ticks + 1, 0)
	useEffect(() => {
		if (!intervalMs) return undefined
		const timer = setInterval(tick, intervalMs)
		return () => clearInterval(timer)
	}, [intervalMs])
}
