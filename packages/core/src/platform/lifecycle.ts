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
		addEventListener('pagehide', () => sleep(), { signal })
		document.addEventListener('freeze', () => sleep(), { signal })
		addEventListener('pageshow', event => event.persisted && wake(true), { signal })
		document.addEventListener('resume', () => wake(false), { signal })
		document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look('visible'), { signal })
		addEventListener('focus', () => look('focus'), { signal })
		addEventListener('online', () => look('online'), { signal })
		return () => stop.abort()
	},
	idle(task) {
		// Safari has no requestIdleCallback.
		if (typeof requestIdleCallback === 'function') requestIdleCallback(task)
		else setTimeout(task, 1000)
	},
}
