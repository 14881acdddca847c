// What is in the memory of a page's script.
import type { Page } from '@playwright/test'
import type { Demo } from '@tabsession/demo'
import { tokenEndpointOf } from './network.ts'

/** V8 cuts longer strings in a snapshot. */
const MAX_SHOWN = 1024
const NEEDLE = 40

/** Every token that the provider gives from now on. @param change what the page gets in place of the response */
export async function collectTokens(page: Page, demo: Demo, change = (json: Record<string, string>) => json): Promise<Set<string>> {
	const tokens = new Set<string>()
	await page.route(tokenEndpointOf(demo), async route => {
		const response = await route.fetch()
		const json = change(await response.json())
		for (const name of ['access_token', 'refresh_token', 'id_token']) if (json[name]) tokens.add(json[name])
		await route.fulfill({ response, json })
	})
	return tokens
}

/** A part that no other token has: of a JWT, of its signature. */
function needleOf(token: string): string {
	const at = Math.max(0, token.lastIndexOf('.') + 1)
	if (at + NEEDLE > MAX_SHOWN) throw new Error(`A token of ${token.length} characters cannot be found in a heap snapshot.`)
	return token.slice(at, at + NEEDLE)
}

/** Those of `tokens` that are in the heap after a garbage collection. */
export async function tokensInHeap(page: Page, tokens: Iterable<string>): Promise<string[]> {
	const cdp = await page.context().newCDPSession(page)
	const chunks: string[] = []
	cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
	await cdp.send('HeapProfiler.enable')
	await cdp.send('HeapProfiler.collectGarbage')
	await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
	await cdp.detach()
	const snapshot = chunks.join('')
	return [...tokens].filter(token => snapshot.includes(needleOf(token)))
}
