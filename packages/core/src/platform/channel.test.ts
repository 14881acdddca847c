import { afterEach, describe, expect, it, vi } from 'vitest'
import { createChannel } from './channel.ts'
import type { Channel } from './ports.ts'

const opened: Channel[] = []

/** A tab whose messages can be awaited. */
function tab(name = 'shop') {
	const channel = createChannel(name)
	const heard: unknown[] = []
	let wake = () => {}
	const receive = (message: unknown) => {
		heard.push(message)
		wake()
	}
	channel.open(receive)
	opened.push(channel)
	const hears = async (count: number) => {
		while (heard.length < count) {
			await new Promise<void>(resolve => {
				wake = resolve
			})
		}
		return heard
	}
	return { channel, receive, heard, hears }
}

afterEach(() => {
	for (const channel of opened.splice(0)) channel.close()
	vi.unstubAllGlobals()
})

describe('a channel', () => {
	it('tells the other tabs of its name, and not its own', async () => {
		const [tabA, tabB, tabC, other] = [tab(), tab(), tab(), tab('admin')]
		tabA.channel.post({ revision: 7 })
		expect(await tabB.hears(1)).toEqual([{ revision: 7 }])
		expect(await tabC.hears(1)).toEqual([{ revision: 7 }])
		expect([tabA.heard, other.heard]).toEqual([[], []])
	})

	it.each([{ message: 'text' }, { message: null }, { message: 7 }, { message: { revision: { of: 'another version' } } }])(
		'hands on whatever comes, for it is no truth: $message',
		async ({ message }) => {
			const [tabA, tabB] = [tab(), tab()]
			tabA.channel.post(message)
			expect(await tabB.hears(1)).toEqual([message])
		},
	)

	it('is one, though it is opened twice, so that closing it leaves none open (I3)', () => {
		const made = vi.fn()
		vi.stubGlobal(
			'BroadcastChannel',
			class extends BroadcastChannel {
				constructor(name: string) {
					super(name)
					made(name)
				}
			},
		)
		const { channel, receive } = tab()
		channel.open(receive)
		expect(made.mock.calls).toEqual([['shop']])
	})

	it('hears nothing while it is closed, and hears again once reopened (I3)', async () => {
		const [tabA, tabB, witness] = [tab(), tab(), tab()]
		tabB.channel.close()
		tabA.channel.post('while closed')
		await witness.hears(1)
		tabB.channel.open(tabB.receive)
		tabA.channel.post('after')
		expect(await tabB.hears(1)).toEqual(['after'])
	})

	it('that is closed drops what is posted: that is no error', () => {
		const { channel } = tab()
		channel.close()
		expect(() => channel.post('lost')).not.toThrow()
		expect(() => channel.close()).not.toThrow()
	})

	it('was never opened, and drops what is posted', () => {
		expect(() => createChannel('shop').post('lost')).not.toThrow()
	})

	it('does nothing in a browser that has none', () => {
		vi.stubGlobal('BroadcastChannel', undefined)
		const { channel, heard } = tab()
		expect(() => channel.post('lost')).not.toThrow()
		expect(() => channel.close()).not.toThrow()
		expect(heard).toEqual([])
	})

	it('does nothing in a browser that refuses it, as Firefox does where cookies are blocked', () => {
		vi.stubGlobal(
			'BroadcastChannel',
			class {
				constructor() {
					throw new DOMException('denied', 'SecurityError')
				}
			},
		)
		const { channel } = tab()
		expect(() => channel.post('lost')).not.toThrow()
		expect(() => channel.close()).not.toThrow()
	})

	it.each(['InvalidStateError', 'DataCloneError', 'SecurityError'])('drops what the browser refuses to post with %s', name => {
		vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementationOnce(() => {
			throw new DOMException('', name)
		})
		const { channel } = tab()
		expect(() => channel.post('lost')).not.toThrow()
	})
})
