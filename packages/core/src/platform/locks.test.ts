import { afterEach, describe, expect, it, vi } from 'vitest'
import { locks } from './locks.ts'

const { signal } = new AbortController()

afterEach(() => {
	vi.unstubAllGlobals()
})

describe('a lock', () => {
	it('is a Web Lock of the name, given up with the signal, that is held as long as the task runs', async () => {
		const request = vi.fn((_name: string, _options: unknown, task: () => unknown) => task())
		vi.stubGlobal('navigator', { locks: { request } })
		expect(await locks.queue('shop:renewal', signal, async isHeld => `held: ${isHeld}`)).toBe('held: true')
		expect(request.mock.calls).toEqual([['shop:renewal', { signal }, expect.any(Function)]])
	})

	it('that is given up in the queue rejects with the reason (I10)', async () => {
		const reason = new Error('waited for too long')
		vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(reason) } })
		await expect(locks.queue('shop:renewal', signal, async () => 'done')).rejects.toBe(reason)
	})

	it('is not waited for where there are none: the intent in the record lets one tab send (I1)', async () => {
		vi.stubGlobal('navigator', {})
		expect(await locks.queue('shop:renewal', signal, async isHeld => `held: ${isHeld}`)).toBe('held: false')
	})

	it('gives what went wrong in the task to whoever asked', async () => {
		vi.stubGlobal('navigator', {})
		const failing = locks.queue('shop:renewal', signal, () => Promise.reject(new Error('a mistake')))
		await expect(failing).rejects.toThrow('a mistake')
	})
})
