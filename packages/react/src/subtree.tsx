// Keeps children mounted where nobody can see or reach them.
import type { ReactNode } from 'react'

export function Subtree({ hidden, children }: { readonly hidden: boolean; readonly children: ReactNode }): ReactNode {
	return (
		<div
			hidden={hidden}
			style={{ display: hidden ? 'none' : 'contents' }}
			// By hand: React 18 does not know `inert`, and what makes it pass it on means `false` in React 19.
			ref={node => {
				node?.toggleAttribute('inert', hidden)
			}}
		>
			{children}
		</div>
	)
}
