// Signing in, and in again: what the user of a crowd's front tab does.
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { type FaultTab, type FaultTabs, isSignedIn, statusOf } from './fault-tabs.ts'
import type { RawTab } from './raw-tabs.ts'

/** ms after which somebody who is on no page of the site opens it anew: the provider was away when they signed in. */
const LOST_MS = 5000

const click = (selector: string) => `void document.querySelector(${JSON.stringify(selector)})?.click()`

/** Once and for all at the provider: it knows its user from then on. */
export async function signInFirst(tab: Pick<FaultTab, 'raw'>) {
	await tab.raw.evaluate('void session.signIn()')
	await expect.poll(() => tab.raw.evaluate<boolean>(`!!document.querySelector('button[value=ada]')`).catch(() => false)).toBe(true)
	await tab.raw.evaluate(click('button[value=ada]'))
	await expect.poll(() => statusOf(tab)).toBe('authenticated')
}

/** In a tab that has gone to the provider by itself. */
export async function signInRaw(tab: RawTab) {
	const has = (expression: string) => expect.poll(() => tab.evaluate<boolean>(expression).catch(() => false)).toBe(true)
	await has(`!!document.querySelector('button[value=ada]')`)
	await tab.evaluate(`document.querySelector('button[value=ada]').click()`)
	await has(`window.session?.getSnapshot().status === 'authenticated'`)
}

const isFrozen = ({ faults }: FaultTabs, { name }: FaultTab) =>
	faults.some(({ kind, tab, to }) => kind === 'freeze' && tab === name && to > Date.now())

/** When a tab first noted an end; one that slept through it and the next sign-in says `replaced`. */
const firstEnd = ({ all }: FaultTabs, since: number): number | undefined =>
	all
		.flatMap(({ notes }) => notes.filter(note => note.what === 'ended' && note.reason !== 'replaced' && note.at >= since))
		.map(({ at }) => at)
		.sort((a, b) => a - b)[0]

async function signInAgain(tabs: FaultTabs, shop: string) {
	const lostAt = Date.now()
	let onTheWay = lostAt
	const goOn = async () => {
		const signer = tabs.healthy()[0]
		if (!signer) return false
		if (tabs.front !== signer) await tabs.show(signer)
		const status = await statusOf(signer)
		if (status !== '') onTheWay = Date.now()
		if (status === 'unauthenticated') await signer.raw.evaluate('void session.signIn().catch(() => {})')
		else if (Date.now() - onTheWay > LOST_MS) await signer.raw.navigate(shop)
		return tabs.all.some(({ notes }) => notes.some(({ what, at }) => what === 'authenticated' && at >= lostAt))
	}
	// Somebody may kill the tab at any moment: then it is another's turn.
	await expect.poll(() => goOn().catch(() => false), { message: 'signed in again', timeout: 120_000, intervals: [250] }).toBe(true)
}

/**
 * Signs in again whenever the session is lost, once every tab that can know does.
 * @returns the moments at which it was lost
 */
export async function keepSignedIn(tabs: FaultTabs, shop: string, until: AbortSignal): Promise<readonly number[]> {
	const losses: number[] = []
	for (let since = Date.now(); !until.aborted; ) {
		const lostAt = firstEnd(tabs, since)
		if (!lostAt) {
			await pause(100)
			continue
		}
		losses.push(lostAt)
		const unaware = () => tabs.living().filter(tab => isSignedIn(tab) && !isFrozen(tabs, tab))
		await expect
			.poll(() => unaware().map(({ name }) => name), { message: 'tabs that do not know of the end', timeout: 120_000 })
			.toEqual([])
		await signInAgain(tabs, shop)
		since = Date.now()
	}
	return losses
}

/** Ends the session in one tab. @returns when the first of `tabs` knew */
export async function signOut(tabs: readonly FaultTab[]): Promise<number> {
	const since = Date.now()
	const endOf = ({ notes }: FaultTab) => notes.find(({ what, at }) => what === 'ended' && at >= since)
	await tabs[0]?.raw.evaluate(`void session.signOut({ at: 'device' })`)
	await expect
		.poll(() => tabs.filter(tab => !endOf(tab)).map(({ name }) => name), { message: 'tabs that do not know of the sign-out' })
		.toEqual([])
	for (const tab of tabs) expect(endOf(tab)).toMatchObject({ reason: 'signed-out' })
	return Math.min(...tabs.map(tab => endOf(tab)?.at ?? Number.POSITIVE_INFINITY))
}
