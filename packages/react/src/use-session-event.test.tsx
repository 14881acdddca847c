import { act } from '@testing-library/react'
import { useEffect } from 'react'
import { expect, test, vi } from 'vitest'
import { createFakeManager } from '../test/fake-manager.ts'
import { renderWith } from '../test/render.tsx'
import { useSessionEvent } from './index.ts'

const renewed = { by: 'this-tab', generation: 2 } as const

test('calls the newest handler without subscribing again', () => {
	const manager = createFakeManager()
	const first = vi.fn()
	const second = vi.fn()
	const Listener = ({ handler }: { handler: typeof first }) => {
		useSessionEvent('renewed', handler)
		return null
	}
	const { rerender } = renderWith(manager, <Listener handler={first} />)
	rerender(<Listener handler={second} />)
	act(() => manager.emit('renewed', renewed))
	expect(first).not.toHaveBeenCalled()
	expect(second).toHaveBeenCalledExactlyOnceWith(renewed)
	expect(manager.on).toHaveBeenCalledTimes(1)
})

test("an event that an effect of the same render makes happen finds that render's handler", () => {
	const manager = createFakeManager()
	const seen: number[] = []
	const Child = ({ n }: { n: number }) => {
		useEffect(() => {
			if (n === 2) manager.emit('renewed', renewed)
		}, [n])
		return null
	}
	const Listener = ({ n }: { n: number }) => {
		useSessionEvent('renewed', () => seen.push(n))
		return <Child n={n} />
	}
	const { rerender } = renderWith(manager, <Listener n={1} />)
	rerender(<Listener n={2} />)
	expect(seen).toEqual([2])
})

test('stops listening when unmounted', () => {
	const manager = createFakeManager()
	const handler = vi.fn()
	const Listener = () => {
		useSessionEvent('ended', handler)
		return null
	}
	const { unmount } = renderWith(manager, <Listener />)
	expect(manager.handlerCount('ended')).toBe(1)
	unmount()
	expect(manager.handlerCount('ended')).toBe(0)
})

test('another type moves the subscription', () => {
	const manager = createFakeManager()
	const Listener = ({ type }: { type: 'memoryMode' | 'updateRequired' }) => {
		useSessionEvent(type, () => {})
		return null
	}
	const { rerender } = renderWith(manager, <Listener type="memoryMode" />)
	rerender(<Listener type="updateRequired" />)
	expect([manager.handlerCount('memoryMode'), manager.handlerCount('updateRequired')]).toEqual([0, 1])
})
