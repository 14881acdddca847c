// Whether the user's hands are on the dialog. Any activity may take the warning away: a finger that is on its way to a button must not
// find what lies beneath instead.
import { useEffect, useRef, useState } from 'react'

/** ms after the last sign of a hand. */
const REST_MS = 1000

export interface Hands {
	readonly isOn: boolean
	/** There was a sign of one. */
	on(): void
	/** The user has done what they wanted to. */
	off(): void
}

export function useHands(): Hands {
	const [isOn, setOn] = useState(false)
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

	function off() {
		clearTimeout(timer.current)
		setOn(false)
	}

	useEffect(() => () => clearTimeout(timer.current), [])
	return {
		isOn,
		on() {
			clearTimeout(timer.current)
			timer.current = setTimeout(off, REST_MS)
			setOn(true)
		},
		off,
	}
}
