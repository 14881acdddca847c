// When the time that is left is worth a word of a screen reader: not each second.
import { useState } from 'react'

/** Seconds before the end. What is left at first is in the dialog's description. */
const MOMENTS = [10, 30, 60, 120]

/** From here on a screen reader is interrupted. */
const URGENT_SECONDS = 10

export interface Spoken {
	/** What was left when the last of the moments came, if one has. */
	readonly secondsLeft: number | undefined
	readonly isUrgent: boolean
}

/** @param secondsLeft `undefined` where nothing is announced any more */
export function useSpoken(secondsLeft = Number.POSITIVE_INFINITY): Spoken {
	const moment = MOMENTS.find(seconds => secondsLeft <= seconds)
	const [last, setLast] = useState<{ moment: number | undefined; secondsLeft?: number }>({ moment })
	if (moment !== last.moment) setLast({ moment, secondsLeft })
	return { secondsLeft: last.secondsLeft, isUrgent: last.secondsLeft !== undefined && moment === URGENT_SECONDS }
}
