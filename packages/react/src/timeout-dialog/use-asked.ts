// What the user asks for, one at a time: a double click is one.
import { useRef, useState } from 'react'

export interface Asked {
	/** @param story resolves to false where it came to nothing */
	ask(story: () => Promise<unknown>, done?: () => void): void
	/** Whether the last came to nothing. */
	readonly hasFailed: boolean
}

export function useAsked(): Asked {
	const isUnderWay = useRef(false)
	const [hasFailed, setFailed] = useState(false)

	async function run(story: () => Promise<unknown>, done?: () => void) {
		isUnderWay.current = true
		setFailed(false)
		const outcome = await story().catch(() => false)
		isUnderWay.current = false
		if (outcome === false) setFailed(true)
		else done?.()
	}

	return {
		hasFailed,
		ask(story, done) {
			if (!isUnderWay.current) void run(story, done)
		},
	}
}
