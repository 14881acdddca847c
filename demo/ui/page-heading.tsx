// The heading of a page: names the document, and takes the focus after a navigation so that a screen reader reads it.
import { type ReactNode, useEffect, useRef } from 'react'
import { hasNavigated } from './routes.ts'

/** The site's name, as its HTML has it. */
const site = document.title

export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
	const heading = useRef<HTMLHeadingElement>(null)
	useEffect(() => {
		document.title = `${title} · ${site}`
		if (hasNavigated) heading.current?.focus({ preventScroll: true })
	}, [title])
	return (
		<h1 ref={heading} tabIndex={-1}>
			{children ?? title}
		</h1>
	)
}
