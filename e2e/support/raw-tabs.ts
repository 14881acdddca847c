// Tabs that Playwright does not hold awake: opened over the raw DevTools protocol, they can be hidden and frozen as a browser does it.
import type { Browser, CDPSession } from '@playwright/test'

export interface RawTab {
	/** Evaluates an expression in the page; a promise is waited for. */
	evaluate<T>(expression: string): Promise<T>
	/** Page Lifecycle: a frozen page runs no timer and no task. */
	setLifecycle(state: 'frozen' | 'active'): Promise<void>
	activate(): Promise<void>
}

interface Reply {
	readonly id?: number
	readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: { readonly text: string } }
	readonly error?: { readonly message: string }
}

type Pending = (reply: Reply) => void

async function attach(client: CDPSession, targetId: string): Promise<RawTab> {
	const { sessionId } = await client.send('Target.attachToTarget', { targetId, flatten: false })
	const pending = new Map<number, Pending>()
	let last = 0

	client.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
		if (from !== sessionId) return
		const reply: Reply = JSON.parse(message)
		if (reply.id === undefined) return
		pending.get(reply.id)?.(reply)
		pending.delete(reply.id)
	})

	function send(method: string, params: object): Promise<NonNullable<Reply['result']>> {
		last += 1
		const id = last
		return new Promise((resolve, reject) => {
			pending.set(id, ({ error, result = {} }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)))
			client.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject)
		})
	}

	return {
		async evaluate<T>(expression: string) {
			const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
			if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`)
			return result?.value as T
		},
		async setLifecycle(state) {
			await send('Page.setWebLifecycleState', { state })
		},
		async activate() {
			await client.send('Target.activateTarget', { targetId })
		},
	}
}

export interface RawTabs {
	open(url: string): Promise<RawTab>
}

/** For the browser's own context: Playwright leaves its pages alone. */
export async function createRawTabs(browser: Browser): Promise<RawTabs> {
	const client = await browser.newBrowserCDPSession()
	return {
		async open(url) {
			const { targetId } = await client.send('Target.createTarget', { url })
			return attach(client, targetId)
		},
	}
}
