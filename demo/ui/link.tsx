// A link within the site; leaves new tabs, new windows and downloads to the browser.
import type { MouseEvent, ReactNode } from 'react'
import { navigate, usePath } from './routes.ts'

export function Link({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
	const path = usePath()
	const follow = (event: MouseEvent) => {
		if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
		event.preventDefault()
		navigate(to)
	}
	return (
		<a href={to} className={className} aria-current={path === to ? 'page' : undefined} onClick={follow}>
			{children}
		</a>
	)
}
