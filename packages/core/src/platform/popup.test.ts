import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLine } from './line.ts'
import { popup } from './popup.ts'

const ORIGIN = 'https://app.example'

let messages: EventTarget

/** A page, and the window that it opens. */
function page({ isFramed = false, isBlocked = false } = {}) {
	messages = new EventTarget()
	const opened = { opener: {}, closed: false, location: { replace: vi.fn() }, close: vi.fn(), focus: vi.fn(), postMessage: vi.fn() }
	const own = {}
	vi.stubGlobal('window', own)
	vi.stubGlobal('parent', isFramed ? {} : own)
	for (const size of ['screenX', 'screenY', 'outerWidth', 'outerHeight']) vi.stubGlobal(size, 0)
	vi.stubGlobal('location', { origin: ORIGIN })
	vi.stubGlobal('addEventListener', messages.addEventListener.bind(messages))
	vi.stubGlobal('open', () => (isBlocked ? null : opened))
	return opened
}

const say = (source: unknown, origin: string, data: unknown) =>
	messages.dispatchEvent(Object.assign(new Event('message'), { source, origin, data }))

afterEach(() => vi.unstubAllGlobals())

describe('a popup', () => {
	it('cannot navigate the page that opened it', () => {
		const opened = page()
		popup()
		expect(opened.opener).toBeNull()
	})

	it('keeps its opener where that is in a frame, to hand the response over', () => {
		const opened = page({ isFramed: true })
		popup()
		expect(opened.opener).not.toBeNull()
	})

	it('that the browser blocks is none', () => {
		page({ isBlocked: true })
		expect(popup()).toBeUndefined()
	})
})

describe('the line to a popup', () => {
	it('takes messages of that window at this origin alone', () => {
		const opened = page()
		const line = createLine(opened as unknown as Window)
		const heard: unknown[] = []
		line.open(message => heard.push(message))
		line.open(() => heard.push('twice'))
		say(opened, 'https://evil.example', 'of another origin')
		say(opened, 'null', 'of a sandbox')
		say({}, ORIGIN, 'of another window')
		say(null, ORIGIN, 'of a window that is gone')
		say(opened, ORIGIN, 'ours')
		expect(heard).toEqual(['ours'])
		line.close()
		say(opened, ORIGIN, 'too late')
		expect(heard).toEqual(['ours'])
	})

	it('sends to this origin alone', () => {
		const opened = page()
		createLine(opened as unknown as Window).post('hello')
		expect(opened.postMessage).toHaveBeenCalledExactlyOnceWith('hello', ORIGIN)
	})
})
