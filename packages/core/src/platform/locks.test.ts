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
		const [giveUp, reason] = [new AbortController(), new Error('waited for too long')]
		const request = (_name: string, { signal }: { signal: AbortSignal }) =>
			new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
		vi.stubGlobal('navigator', { locks: { request } })
		const queued = locks.queue('shop:renewal', giveUp.signal, async () => 'done')
		giveUp.abort(reason)
		await expect(queued).rejects.toBe(reason)
	})

	it('that is given up before it is asked for runs no task', async () => {
		const task = vi.fn(async () => {})
		await expect(locks.queue('shop:renewal', AbortSignal.abort('over'), task)).rejects.toBe('over')
		expect(task).not.toHaveBeenCalled()
	})

	const refused = () => new DOMException('denied', 'SecurityError')

	it.each([
		{ how: 'are missing', given: {} },
		{
			how: 'throw when looked at',
			given: {
				get locks() {
					throw refused()
				},
			},
		},
		{
			how: 'throw when asked for',
			given: {
				locks: {
					request() {
						throw refused()
					},
				},
			},
		},
		{ how: 'are refused, as in Chromium where cookies are blocked', given: { locks: { request: () => Promise.reject(refused()) } } },
	])('is not waited for where locks $how: the intent in the record lets one tab send (I1)', async ({ given }) => {
		vi.stubGlobal('navigator', given)
		const task = vi.fn(async (isHeld: boolean) => `held: ${isHeld}`)
		expect(await locks.queue('shop:renewal', signal, task)).toBe('held: false')
		expect(task).toHaveBeenCalledTimes(1)
	})

	it('that is neither granted nor refused is given up with the signal, and runs no task if it comes late (I10)', async () => {
		let grant = () => {}
		const request = (_name: string, _options: unknown, task: () => unknown) => {
			grant = () => void task()
			return new Promise(() => {})
		}
		vi.stubGlobal('navigator', { locks: { request } })
		const giveUp = new AbortController()
		const task = vi.fn(async () => {})
		const queued = locks.queue('shop:renewal', giveUp.signal, task)
		giveUp.abort('waited for too long')
		await expect(queued).rejects.toBe('waited for too long')
		grant()
		expect(task).not.toHaveBeenCalled()
	})

	it.each([{ held: true }, { held: false }])(
		'gives what went wrong in the task to the caller, and runs it once (held: $held)',
		async ({ held }) => {
			vi.stubGlobal(
				'navigator',
				held ? { locks: { request: async (_name: string, _options: unknown, task: () => unknown) => task() } } : {},
			)
			const task = vi.fn(() => Promise.reject(refused()))
			await expect(locks.queue('shop:renewal', signal, task)).rejects.toMatchObject({ name: 'SecurityError' })
			expect(task).toHaveBeenCalledTimes(1)
		},
	)
})
