import type { Lifecycle } from './ports.ts'

/** Page Lifecycle, back/forward cache, prerendering: who may work when. */
export const lifecycle: Lifecycle = {
	visible: () => document.visibilityState === 'visible',
	shown() {
		const { prerendering } = document as Document & { prerendering?: boolean }
		return prerendering
			? new Promise(resolve => document.addEventListener('prerenderingchange', () => resolve(), { once: true }))
			: undefined
	},
	watch({ sleep, wake, look }) {
		const stop = new AbortController()
		const { signal } = stop
		const onPage = (type: string, task: (event: Event) => void) => addEventListener(type, task, { signal })
		const onDocument = (type: string, task: () => void) => document.addEventListener(type, task, { signal })
		onPage('pagehide', sleep)
		onDocument('freeze', sleep)
		onPage('pageshow', event => (event as PageTransitionEvent).persisted && wake(true))
		onDocument('resume', () => wake(false))
		onDocument('visibilitychange', () => lifecycle.visible() && look('visible'))
		onPage('focus', () => look('focus'))
		onPage('online', () => look('online'))
		return () => stop.abort()
	},
	idle(task) {
		// Safari has no requestIdleCallback.
		if (typeof requestIdleCallback === 'function') requestIdleCallback(task)
		else setTimeout(task, 1000)
	},
}
