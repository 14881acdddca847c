// Keeps children mounted where nobody can see or reach them.
import type { ReactNode } from 'react'
import { Kept } from './kept.ts'

interface SubtreeProps {
	readonly hidden: boolean
	/** Whether they stay after an end that nobody meant. */
	readonly keep: boolean
	readonly children: ReactNode
}

export function Subtree({ hidden, keep, children }: SubtreeProps): ReactNode {
	return (
		<div
			hidden={hidden}
			style={{ display: hidden ? 'none' : 'contents' }}
			// By hand: React 18 does not know `inert`, and what makes it pass it on means `false` in React 19.
			ref={node => {
				node?.toggleAttribute('inert', hidden)
			}}
		>
			<Kept.Provider value={keep}>{children}</Kept.Provider>
		</div>
	)
}
