// Tabs that Playwright does not hold awake: opened over the raw DevTools protocol, they can be hidden, frozen and killed as a browser does it.
import type { Browser, CDPSession } from '@playwright/test'

export interface RawTab {
	/** Evaluates an expression in the page; a promise is waited for. */
	evaluate<T>(expression: string): Promise<T>
	navigate(url: string): Promise<void>
	/** Page Lifecycle: a frozen page runs no timer and no task. */
	setLifecycle(state: 'frozen' | 'active'): Promise<void>
	activate(): Promise<void>
	/** As the user's hand does it. */
	moveMouse(x: number, y: number): Promise<void>
	setOffline(isOffline: boolean): Promise<void>
	/** How many times slower than it is. */
	slowDown(times: number): Promise<void>
	/** Kills the renderer: no event, no last word. */
	crash(): Promise<void>
	close(): Promise<void>
	/** Crashed or closed, by whomever. */
	readonly isGone: boolean
}

export interface RawTabOptions {
	/** How servers know the tab. */
	readonly userAgent?: string
	/** Runs in each document before its own scripts, and may call `note(text)`. */
	readonly script?: string
	readonly onNote?: (text: string) => void
	/** An error that nobody caught. */
	readonly onError?: (text: string) => void
}

interface Message {
	readonly id?: number
	readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: { readonly text: string } }
	readonly error?: { readonly message: string }
	readonly method?: string
	readonly params?: {
		readonly payload?: string
		readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } }
	}
}

type Result = NonNullable<Message['result']>

interface Pending {
	resolve(result: Result): void
	reject(error: Error): void
}

async function attach(client: CDPSession, targetId: string, { userAgent, script, onNote, onError }: RawTabOptions): Promise<RawTab> {
	const { sessionId } = await client.send('Target.attachToTarget', { targetId, flatten: false })
	const pending = new Map<number, Pending>()
	let last = 0
	let isGone = false
	let gone = () => {}
	const whenGone = new Promise<void>(resolve => {
		gone = resolve
	})

	function leave() {
		isGone = true
		for (const { reject } of pending.values()) reject(new Error('the tab is gone'))
		pending.clear()
		gone()
	}

	function receive({ id, result = {}, error, method, params }: Message) {
		if (method === 'Inspector.targetCrashed') leave()
		if (method === 'Runtime.bindingCalled') onNote?.(params?.payload ?? '')
		if (method === 'Runtime.exceptionThrown') {
			const { text = '', exception } = params?.exceptionDetails ?? {}
			onError?.(exception?.description ?? text)
		}
		if (id === undefined) return
		if (error) pending.get(id)?.reject(new Error(error.message))
		else pending.get(id)?.resolve(result)
		pending.delete(id)
	}

	client.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
		if (from === sessionId) receive(JSON.parse(message))
	})
	client.on('Target.detachedFromTarget', ({ sessionId: from }) => {
		if (from === sessionId) leave()
	})

	function send(method: string, params: object = {}): Promise<Result> {
		if (isGone) return Promise.reject(new Error(`${method}: the tab is gone`))
		last += 1
		const id = last
		return new Promise((resolve, reject) => {
			pending.set(id, { resolve, reject: error => reject(new Error(`${method}: ${error.message}`)) })
			client.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject)
		})
	}

	await send('Inspector.enable')
	await send('Network.enable')
	if (onNote || onError) await send('Runtime.enable')
	if (onNote) await send('Runtime.addBinding', { name: 'note' })
	if (userAgent) await send('Network.setUserAgentOverride', { userAgent })
	if (script) {
		await send('Page.enable')
		await send('Page.addScriptToEvaluateOnNewDocument', { source: script })
	}

	return {
		async evaluate<T>(expression: string) {
			const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
			if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`)
			return result?.value as T
		},
		async navigate(url) {
			await send('Page.navigate', { url })
		},
		async setLifecycle(state) {
			await send('Page.setWebLifecycleState', { state })
		},
		async activate() {
			await client.send('Target.activateTarget', { targetId })
		},
		async moveMouse(x, y) {
			await send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
		},
		async setOffline(offline) {
			await send('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
		},
		async slowDown(rate) {
			await send('Emulation.setCPUThrottlingRate', { rate })
		},
		async crash() {
			// Nobody is left to answer; but a page that was just leaving for another process does, with an error, and lives on in that one.
			const kill = (): Promise<unknown> => send('Page.crash').catch(() => (isGone ? undefined : kill()))
			await kill()
			await whenGone
			await client.send('Target.closeTarget', { targetId })
		},
		async close() {
			await client.send('Target.closeTarget', { targetId })
			await whenGone
		},
		get isGone() {
			return isGone
		},
	}
}

export interface RawTabs {
	open(url: string, options?: RawTabOptions): Promise<RawTab>
	/** They belong to no test's context, and would stay for the next one. */
	closeAll(): Promise<void>
}

/** For the browser's own context: Playwright leaves its pages alone. */
export async function createRawTabs(browser: Browser): Promise<RawTabs> {
	const client = await browser.newBrowserCDPSession()
	const tabs: RawTab[] = []
	return {
		async open(url, options = {}) {
			const { targetId } = await client.send('Target.createTarget', { url: 'about:blank' })
			const tab = await attach(client, targetId, options)
			tabs.push(tab)
			await tab.navigate(url)
			return tab
		},
		async closeAll() {
			await Promise.all(tabs.filter(({ isGone }) => !isGone).map(tab => tab.close()))
		},
	}
}
