// Something to try, and what it does.
import type { ReactNode } from 'react'

export function Try({ children, explained }: { children: ReactNode; explained: string }) {
	return (
		<li>
			{children}
			<p>{explained}</p>
		</li>
	)
}
