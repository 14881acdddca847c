// Says in the title bar of a hidden tab what nobody can see on the page.
import { useEffect, useState } from 'react'
import { useVisible } from '../use-visible.ts'
import { createTitleNotice } from './title-notice.ts'

/** @param text `undefined` where there is nothing to say */
export function useTitleNotice(text: string | undefined): void {
	const isVisible = useVisible()
	const [notice] = useState(createTitleNotice)
	const notable = isVisible ? undefined : text
	useEffect(() => {
		if (notable === undefined) notice.stop()
		else notice.say(notable)
	}, [notice, notable])
	useEffect(() => notice.stop, [notice])
}
