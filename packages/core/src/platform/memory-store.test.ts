import { describe, expect, it } from 'vitest'
import { createMemoryStore } from './memory-store.ts'
import type { Note } from './ports.ts'

/** A note of `sessionStorage`, which a reload of the page leaves. */
function note(text?: string) {
	let kept = text
	return {
		read: () => kept,
		write: given => {
			kept = given
		},
		clear: () => {
			kept = undefined
		},
	} satisfies Note
}

const request = { state: 'state', returnTo: '/orders', secret: { codeVerifier: 'verifier' } }
const record = {
	format: 1,
	revision: 3,
	highTime: 1_800_000_000_000,
	requests: [request],
	id: 'of-alice',
	sub: 'alice',
	end: undefined,
	living: { tokens: 'sealed', key: 'key' },
}

describe('the memory of a page without IndexedDB', () => {
	it('is all there is where nothing is to be kept for the tab', async () => {
		const store = createMemoryStore()
		expect(await store.read()).toBeUndefined()
		await store.update(() => record, true)
		expect(await store.read()).toBe(record)
		expect(await createMemoryStore().read()).toBeUndefined()
	})

	it('keeps what was stored', async () => {
		const store = createMemoryStore(note())
		await store.update(() => record, true)
		expect(await store.read()).toBe(record)
	})

	it('gives a change what is stored now', async () => {
		const store = createMemoryStore(note())
		await store.update(() => ({ revision: 1 }), true)
		await store.update(current => ({ revision: (current as { revision: number }).revision + 1 }), true)
		expect(await store.read()).toEqual({ revision: 2 })
	})

	it('leaves the value alone if the change gives none', async () => {
		const store = createMemoryStore(note())
		await store.update(() => record, true)
		await store.update(() => undefined, true)
		expect(await store.read()).toBe(record)
	})

	it('takes a change that gives none while there is nothing yet', async () => {
		const store = createMemoryStore(note())
		await store.update(() => undefined, true)
		expect(await store.read()).toBeUndefined()
	})

	it('keeps sign-ins under way over the redirect, or none could ever come back (P5)', async () => {
		const kept = note()
		await createMemoryStore(kept).update(() => record, true)
		const { format, revision, highTime, requests } = record
		expect(await createMemoryStore(kept).read()).toEqual({ format, revision, highTime, requests })
	})

	it('keeps no session and no token over it', async () => {
		const kept = note()
		await createMemoryStore(kept).update(() => record, true)
		expect(kept.read()).not.toMatch(/alice|sealed|key/)
	})

	it.each([undefined, '', 'garbage', '{"format":1', 'null', '7', '"text"', '[]', '{}'])('can be used over a note of %j', async text => {
		const store = createMemoryStore(note(text))
		await store.read()
		await store.update(() => record, true)
		expect(await store.read()).toBe(record)
	})
})
