// Counts the calls of event listeners in a page: the same number on any machine, unlike the time that they take.
import type { BrowserContext, Page } from '@playwright/test'

declare global {
	interface Window {
		/** Calls of listeners so far. */
		listenerCalls: number
	}
}

/** Call before the pages load. */
export const countListenerCalls = (context: BrowserContext) =>
	context.addInitScript(() => {
		window.listenerCalls = 0
		const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
		const counted = new WeakMap<EventListenerOrEventListenerObject, EventListener>()
		function countedOf(listener: EventListenerOrEventListenerObject): EventListener {
			const known = counted.get(listener)
			if (known) return known
			const wrapper = function (this: unknown, event: Event) {
				window.listenerCalls += 1
				if (typeof listener === 'function') listener.call(this as EventTarget, event)
				else listener.handleEvent(event)
			}
			counted.set(listener, wrapper)
			return wrapper
		}
		EventTarget.prototype.addEventListener = function (type, listener, options) {
			add.call(this, type, listener && countedOf(listener), options)
		}
		EventTarget.prototype.removeEventListener = function (type, listener, options) {
			remove.call(this, type, listener && countedOf(listener), options)
		}
	})

/** Dispatches `times` events of each type in one task, after a first one of each that does not count. @returns calls of listeners */
export const callsFor = (page: Page, types: readonly string[], times: number): Promise<number> =>
	page.evaluate(
		([types, times]) => {
			const dispatch = () => {
				for (const type of types) document.dispatchEvent(new Event(type, { bubbles: true }))
			}
			dispatch()
			const before = window.listenerCalls
			for (let time = 0; time < times; time++) dispatch()
			return window.listenerCalls - before
		},
		[types, times] as const,
	)
